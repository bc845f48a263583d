"""The context variables of CPython: prints operations and nanoseconds, of which the loop is a part."""

import contextvars
import sys
import time

what, count, others = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
variable = contextvars.ContextVar("variable")
variable.set(7)
for number in range(others):
    contextvars.ContextVar(f"other {number}").set(number)


def get():
    for _ in range(count):
        variable.get()


def set_reset():
    for number in range(count):
        token = variable.set(number)
        variable.reset(token)


def copy():
    for _ in range(count):
        contextvars.copy_context()


def run():
    context = contextvars.copy_context()
    for _ in range(count):
        context.run(int)


start = time.perf_counter_ns()
{"get": get, "set_reset": set_reset, "copy": copy, "run": run}[what]()
nanoseconds = time.perf_counter_ns() - start
assert variable.get() == 7
print(count, nanoseconds)
