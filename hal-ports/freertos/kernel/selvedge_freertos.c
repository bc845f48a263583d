/*
 * Selvedge on FreeRTOS: the seam between the kernel, which is configured by macros, and Rust, which cannot see them.
 *
 * Add this file to the sources of your kernel (V10.4.0 or later, one core), where it finds the same FreeRTOSConfig.h. It is all that is needed of C. It fixes one calling
 * convention for every width of ticks, stacks and enumerations, and passes on what the kernel has as macros only.
 *
 * FreeRTOSConfig.h needs INCLUDE_xTaskGetSchedulerState, INCLUDE_xTaskGetCurrentTaskHandle and INCLUDE_vTaskDelay, and may say:
 *
 *   SELVEDGE_NOTIFICATION_INDEX  which of a task's notifications is Selvedge's alone; by default its last one
 *   SELVEDGE_INTERRUPT()         the number of the interrupt whose handler runs, 0 for none; known for Cortex-M
 *   SELVEDGE_YIELD_IS_DEFERRED   1 if portYIELD() in a critical section takes effect after it; known for Cortex-M
 */

#include <stddef.h>
#include <stdint.h>

#include "FreeRTOS.h"
#include "task.h"

#if (configUSE_MUTEXES == 1)
    #include "semphr.h"
#endif

#ifndef SELVEDGE_NOTIFICATION_INDEX
    #define SELVEDGE_NOTIFICATION_INDEX    (configTASK_NOTIFICATION_ARRAY_ENTRIES - 1)
#endif

#if (configUSE_TASK_NOTIFICATIONS != 1)
    #error "Selvedge sleeps by task notifications: configUSE_TASK_NOTIFICATIONS must be 1"
#endif

#if (SELVEDGE_NOTIFICATION_INDEX < 0) || (SELVEDGE_NOTIFICATION_INDEX >= configTASK_NOTIFICATION_ARRAY_ENTRIES)
    #error "SELVEDGE_NOTIFICATION_INDEX: a task has no such notification, see configTASK_NOTIFICATION_ARRAY_ENTRIES"
#endif

#if (INCLUDE_xTaskGetSchedulerState != 1) && (configUSE_TIMERS != 1)
    #error "Selvedge asks whether the scheduler runs: INCLUDE_xTaskGetSchedulerState must be 1"
#endif

#if defined(configNUMBER_OF_CORES) && (configNUMBER_OF_CORES > 1)
    #error "Selvedge's port is for kernels of one core"
#endif

#ifdef configINITIAL_TICK_COUNT
    #define INITIAL_TICK    ((TickType_t) (configINITIAL_TICK_COUNT))
#else
    #define INITIAL_TICK    ((TickType_t) 0)
#endif

#if defined(__ARM_ARCH_PROFILE) && (__ARM_ARCH_PROFILE == 'M')
    #define CORTEX_M    1
#else
    #define CORTEX_M    0
#endif

#ifndef SELVEDGE_YIELD_IS_DEFERRED
    #define SELVEDGE_YIELD_IS_DEFERRED    CORTEX_M
#endif

/* Handlers. Where the processor does not tell, Rust's `in_handler` does, which wraps the body of each. */

static volatile uint32_t handlers;

void selvedge_freertos_1_handler(int32_t change)
{
    handlers += (uint32_t) change;
}

static uint32_t interrupt(void)
{
    #if defined(SELVEDGE_INTERRUPT)
        return (uint32_t) SELVEDGE_INTERRUPT();
    #elif CORTEX_M
        uint32_t ipsr;
        __asm volatile ("mrs %0, ipsr" : "=r" (ipsr));
        return ipsr;
    #else
        return handlers;
    #endif
}

static int is_masked(void)
{
    #if CORTEX_M
        uint32_t mask;
        __asm volatile ("mrs %0, primask" : "=r" (mask));
        #if (__ARM_ARCH >= 7) && !defined(__ARM_ARCH_8M_BASE__)
            uint32_t basepri;
            __asm volatile ("mrs %0, basepri" : "=r" (basepri));
            mask |= basepri;
        #endif
        return mask != 0;
    #else
        return 0;
    #endif
}

/* 0: the caller may sleep. 1: it is a handler. 2: the scheduler does not run, or is suspended. 3: interrupts are masked. */
uint32_t selvedge_freertos_1_may_block(void)
{
    if (interrupt() != 0)
        return 1;
    if (xTaskGetSchedulerState() != taskSCHEDULER_RUNNING)
        return 2;
    return is_masked() ? 3 : 0;
}

/* Tasks. */

void *selvedge_freertos_1_current(void)
{
    return xTaskGetCurrentTaskHandle();
}

/* Who runs: the task's address, which is even, or an odd number for a handler, or 1 for what runs before the scheduler. */
uintptr_t selvedge_freertos_1_identity(void)
{
    uint32_t number = interrupt();
    if (number != 0 || xTaskGetSchedulerState() == taskSCHEDULER_NOT_STARTED)
        return ((uintptr_t) number << 1) | 1;
    return (uintptr_t) xTaskGetCurrentTaskHandle();
}

uint32_t selvedge_freertos_1_priority(void)
{
    #if (INCLUDE_uxTaskPriorityGet == 1)
        return (uint32_t) uxTaskPriorityGet(NULL);
    #else
        return 0;
    #endif
}

/* UINT32_MAX is for ever; what the tick counter cannot hold is cut short, and the caller sleeps again. */
static TickType_t ticks_of(uint32_t ticks)
{
    if (ticks == UINT32_MAX)
        return portMAX_DELAY;
    const uint64_t most = (uint64_t) portMAX_DELAY - 1;
    return (TickType_t) (ticks < most ? ticks : most);
}

void selvedge_freertos_1_take(uint32_t ticks)
{
    (void) ulTaskNotifyTakeIndexed(SELVEDGE_NOTIFICATION_INDEX, pdTRUE, ticks_of(ticks));
}

void selvedge_freertos_1_give(void *task)
{
    if (interrupt() == 0)
    {
        (void) xTaskNotifyGiveIndexed((TaskHandle_t) task, SELVEDGE_NOTIFICATION_INDEX);
        return;
    }
    #if defined(__unix__) || defined(__APPLE__)
        /* The simulator switches at once, and this is the middle of its tick. It does so by itself at the end. */
        vTaskNotifyGiveIndexedFromISR((TaskHandle_t) task, SELVEDGE_NOTIFICATION_INDEX, NULL);
    #else
        BaseType_t woken = pdFALSE;
        vTaskNotifyGiveIndexedFromISR((TaskHandle_t) task, SELVEDGE_NOTIFICATION_INDEX, &woken);
        portYIELD_FROM_ISR(woken);
    #endif
}

void selvedge_freertos_1_delay(uint32_t ticks)
{
    vTaskDelay(ticks_of(ticks));
}

void selvedge_freertos_1_schedule(void)
{
    vTaskStartScheduler();
}

/* The guard of the lists of waiters. Inside it, tasks are notified; where that would switch tasks at once, the scheduler is suspended as well. */

uint32_t selvedge_freertos_1_enter(void)
{
    if (interrupt() != 0)
    {
        /* One that the kernel cannot hold off could come in the middle of the section of another. */
        portASSERT_IF_INTERRUPT_PRIORITY_INVALID();
        return (uint32_t) taskENTER_CRITICAL_FROM_ISR();
    }
    #if !SELVEDGE_YIELD_IS_DEFERRED
        vTaskSuspendAll();
    #endif
    taskENTER_CRITICAL();
    return 0;
}

void selvedge_freertos_1_leave(uint32_t state)
{
    if (interrupt() != 0)
    {
        taskEXIT_CRITICAL_FROM_ISR((UBaseType_t) state);
        return;
    }
    taskEXIT_CRITICAL();
    #if !SELVEDGE_YIELD_IS_DEFERRED
        (void) xTaskResumeAll();
    #endif
}

/* Time. The kernel counts how often its counter has gone round; together they never do. */

uint64_t selvedge_freertos_1_ticks(void)
{
    TimeOut_t now;
    if (interrupt() == 0)
    {
        taskENTER_CRITICAL();
        vTaskInternalSetTimeOutState(&now);
        taskEXIT_CRITICAL();
    }
    else
    {
        UBaseType_t state = taskENTER_CRITICAL_FROM_ISR();
        vTaskInternalSetTimeOutState(&now);
        taskEXIT_CRITICAL_FROM_ISR(state);
    }
    uint64_t turns = (uint64_t) (UBaseType_t) now.xOverflowCount;
    /* Two shifts: one by 64 is undefined. */
    turns = turns << (sizeof(TickType_t) * 4) << (sizeof(TickType_t) * 4);
    return turns + now.xTimeOnEntering - INITIAL_TICK;
}

uint32_t selvedge_freertos_1_rate(void)
{
    return (uint32_t) configTICK_RATE_HZ;
}

/* New tasks. */

#if (configSUPPORT_STATIC_ALLOCATION == 1)

/* What a task runs; it returns when there will be nothing more to do, and the task sleeps from then on. */
void selvedge_freertos_1_run(void *task);

static void run(void *task)
{
    selvedge_freertos_1_run(task);
    for (;;)
        vTaskSuspend(NULL);
}

/* NULL if `memory` is too small for this kernel. */
void *selvedge_freertos_1_create(const char *name, uint32_t priority, void *task, void *stack, size_t stack_size, void *memory, size_t memory_size)
{
    if (memory_size < sizeof(StaticTask_t))
        return NULL;
    return xTaskCreateStatic(run, name, stack_size / sizeof(StackType_t), task, priority, stack, memory);
}

#endif

/* Bytes; 0 if the kernel does not know. */
size_t selvedge_freertos_1_unused_stack(void *task)
{
    #if (INCLUDE_uxTaskGetStackHighWaterMark == 1)
        return uxTaskGetStackHighWaterMark((TaskHandle_t) task) * sizeof(StackType_t);
    #else
        (void) task;
        return 0;
    #endif
}

/* The kernel's mutex, for its inheritance of priorities. */

#if (configUSE_MUTEXES == 1) && (configSUPPORT_STATIC_ALLOCATION == 1)

void *selvedge_freertos_1_mutex(void *memory, size_t memory_size)
{
    return memory_size < sizeof(StaticSemaphore_t) ? NULL : xSemaphoreCreateMutexStatic(memory);
}

uint32_t selvedge_freertos_1_mutex_take(void *mutex, uint32_t ticks)
{
    return xSemaphoreTake((SemaphoreHandle_t) mutex, ticks_of(ticks)) == pdTRUE;
}

void selvedge_freertos_1_mutex_give(void *mutex)
{
    (void) xSemaphoreGive((SemaphoreHandle_t) mutex);
}

#endif
