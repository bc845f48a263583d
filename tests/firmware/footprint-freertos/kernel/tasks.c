/* The tasks, the same in each program: one that measures, and three more urgent ones that wait. */

#include "FreeRTOS.h"
#include "task.h"

/* As src/bin/kernel.rs has them. */
_Static_assert(sizeof(StaticQueue_t) == 72, "the size of a queue");
_Static_assert(sizeof(StaticEventGroup_t) == 24, "the size of an event group");

#define TASKS    4
#define STACK    512

static StaticTask_t tasks[TASKS];
static StackType_t stacks[TASKS][STACK];

void footprint_task(unsigned place, void (*run)(void *), unsigned priority)
{
    xTaskCreateStatic(run, "", STACK, NULL, priority, stacks[place], &tasks[place]);
}

void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack, configSTACK_DEPTH_TYPE *size)
{
    static StaticTask_t idle;
    static StackType_t memory[configMINIMAL_STACK_SIZE];
    *task = &idle;
    *stack = memory;
    *size = configMINIMAL_STACK_SIZE;
}

/* No ticks: the timer counts instructions. */
void vPortSetupTimerInterrupt(void)
{
}
