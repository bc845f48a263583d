/* The kernel's configuration: what the programs here use of it and no more, without assertions, hooks and ticks. */

#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#include <stdint.h>

#define configUSE_PREEMPTION                     1
#define configUSE_TIME_SLICING                   0
#define configUSE_PORT_OPTIMISED_TASK_SELECTION  1
#define configMAX_PRIORITIES                     4
#define configMAX_TASK_NAME_LEN                  4
#define configUSE_IDLE_HOOK                      0
#define configUSE_TICK_HOOK                      0
#define configTICK_TYPE_WIDTH_IN_BITS            TICK_TYPE_WIDTH_32_BITS
#define configTICK_RATE_HZ                       1000
#define configCPU_CLOCK_HZ                       25000000UL
#define configMINIMAL_STACK_SIZE                 128

#define configUSE_TASK_NOTIFICATIONS             1
#define configTASK_NOTIFICATION_ARRAY_ENTRIES    1
#define configUSE_MUTEXES                        1
#define configUSE_COUNTING_SEMAPHORES            1
#define configUSE_EVENT_GROUPS                   1
#define configSUPPORT_STATIC_ALLOCATION          1
#define configSUPPORT_DYNAMIC_ALLOCATION         0
#define configUSE_TIMERS                         0
#define configUSE_CO_ROUTINES                    0

#define INCLUDE_vTaskDelay                       1
#define INCLUDE_vTaskSuspend                     1
#define INCLUDE_uxTaskPriorityGet                1
#define INCLUDE_xTaskGetCurrentTaskHandle        1
#define INCLUDE_xTaskGetSchedulerState           1

#define configKERNEL_INTERRUPT_PRIORITY          255
#define configMAX_SYSCALL_INTERRUPT_PRIORITY     0x50
/* The names of the crate cortex-m-rt. */
#define vPortSVCHandler                          SVCall
#define xPortPendSVHandler                       PendSV
#define xPortSysTickHandler                      SysTick

#endif
