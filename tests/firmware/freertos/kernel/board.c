/* What the tests need of the kernel besides what they test: tasks and their memory, and waiting by a notification of their own. */

#include "FreeRTOS.h"
#include "task.h"

#ifdef __unix__
    #define STACK    16384
#else
    #define STACK    4096
#endif
#define TASKS    12

static StaticTask_t tasks[TASKS];
static StackType_t stacks[TASKS][STACK];

/* Each place is used once. */
void *board_create(unsigned place, void (*run)(void *), void *argument, unsigned priority)
{
    configASSERT(place < TASKS);
    return xTaskCreateStatic(run, "test", STACK, argument, priority, stacks[place], &tasks[place]);
}

void board_schedule(void)
{
    vTaskStartScheduler();
    configASSERT(0);
}

void *board_current(void)
{
    return xTaskGetCurrentTaskHandle();
}

void board_give(void *task)
{
    xTaskNotifyGiveIndexed(task, 0);
}

void board_take(void)
{
    ulTaskNotifyTakeIndexed(0, pdTRUE, portMAX_DELAY);
}

uint64_t board_ticks(void)
{
    return xTaskGetTickCount();
}

/* Overwrites the stack of a task that was deleted. */
void board_spoil(unsigned place)
{
    for (unsigned i = 0; i < STACK; i++)
        stacks[place][i] = (StackType_t) 0xFFFFFFFF;
}

void board_nap(void)
{
    vTaskDelay(1);
}

void board_yield(void)
{
    taskYIELD();
}

void board_set_priority(void *task, unsigned priority)
{
    vTaskPrioritySet(task, priority);
}

unsigned board_priority(void *task)
{
    return uxTaskPriorityGet(task);
}

void board_delete(void *task)
{
    vTaskDelete(task);
}

void board_suspend_all(void)
{
    vTaskSuspendAll();
}

void board_enter_critical(void)
{
    taskENTER_CRITICAL();
}

unsigned board_unused_stack(void *task)
{
    return uxTaskGetStackHighWaterMark(task) * sizeof(StackType_t);
}

void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, configSTACK_DEPTH_TYPE *size)
{
    static StaticTask_t idle;
    static StackType_t memory[configMINIMAL_STACK_SIZE];
    *task = &idle;
    *stack = memory;
    *size = configMINIMAL_STACK_SIZE;
}

#if (configCHECK_FOR_STACK_OVERFLOW > 0)
    void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
    {
        (void) task;
        board_assert_failed(name, 0);
    }
#endif
