/* The kernel's configuration: Arm's MPS2 boards as the emulator has them, or the simulator on a PC. */

#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#include <stdint.h>

#define configUSE_PREEMPTION                     1
#define configUSE_TIME_SLICING                   1
#define configMAX_PRIORITIES                     8
#define configMAX_TASK_NAME_LEN                  12
#define configUSE_IDLE_HOOK                      0
#define configUSE_TICK_HOOK                      1
#define configIDLE_SHOULD_YIELD                  1

/* Every program goes round the counter after half a second. */
#define configINITIAL_TICK_COUNT                 (((TickType_t) 0) - 500)
#if defined(TICKS_16) && !defined(__unix__)
    #define configTICK_TYPE_WIDTH_IN_BITS        TICK_TYPE_WIDTH_16_BITS
#elif defined(__unix__)
    #define configTICK_TYPE_WIDTH_IN_BITS        TICK_TYPE_WIDTH_64_BITS
#else
    #define configTICK_TYPE_WIDTH_IN_BITS        TICK_TYPE_WIDTH_32_BITS
#endif

/* The first of the two is the tests' own; the other one is Selvedge's. */
#define configUSE_TASK_NOTIFICATIONS             1
#define configTASK_NOTIFICATION_ARRAY_ENTRIES    2
#define SELVEDGE_NOTIFICATION_INDEX              1

#define configUSE_MUTEXES                        1
#define configSUPPORT_STATIC_ALLOCATION          1
#define configSUPPORT_DYNAMIC_ALLOCATION         0
#define configUSE_TIMERS                         0
#define configUSE_CO_ROUTINES                    0

#define INCLUDE_vTaskDelay                       1
#define INCLUDE_vTaskDelete                      1
#define INCLUDE_vTaskPrioritySet                 1
#define INCLUDE_vTaskSuspend                     1
#define INCLUDE_uxTaskGetStackHighWaterMark      1
#define INCLUDE_uxTaskPriorityGet                1
#define INCLUDE_xTaskGetCurrentTaskHandle        1
#define INCLUDE_xTaskGetSchedulerState           1

void selvedge_freertos_1_deleted(void *task);
#define traceTASK_DELETE(task)                   selvedge_freertos_1_deleted(task)

void board_assert_failed(const char *file, int line) __attribute__((noreturn));
#define configASSERT(holds)    do { if (!(holds)) board_assert_failed(__FILE__, __LINE__); } while (0)

#ifdef __unix__
    #define configTICK_RATE_HZ                          5000
    #define configMINIMAL_STACK_SIZE                    16384
#else
    #define configCPU_CLOCK_HZ                          25000000UL
    #define configTICK_RATE_HZ                          1000
    #define configMINIMAL_STACK_SIZE                    256
    #define configCHECK_FOR_STACK_OVERFLOW              2
    #define configKERNEL_INTERRUPT_PRIORITY             255
    #define configMAX_SYSCALL_INTERRUPT_PRIORITY        0x50
    /* The names of the crate cortex-m-rt. */
    #define vPortSVCHandler                             SVCall
    #define xPortPendSVHandler                          PendSV
    #define xPortSysTickHandler                         SysTick
#endif

#endif
