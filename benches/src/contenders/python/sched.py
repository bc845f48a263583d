"""The scheduler of CPython: prints operations and nanoseconds."""

import random
import sched
import sys
import time

what, count = sys.argv[1], int(sys.argv[2])
random.seed(1)
base = time.monotonic()
events = [(base - random.random(), random.randrange(8)) for _ in range(count)]
ran = 0


def action():
    global ran
    ran += 1


# Its own way of yielding after each action, `sleep(0)`, sleeps for a while from 3.11 on: without it.
scheduler = sched.scheduler(delayfunc=lambda _: None)
if what == "run":
    start = time.perf_counter_ns()
    for when, priority in events:
        scheduler.enterabs(when, priority, action)
    scheduler.run()
    nanoseconds = time.perf_counter_ns() - start
    assert ran == count
else:
    start = time.perf_counter_ns()
    entered = [scheduler.enterabs(when, priority, action) for when, priority in events]
    nanoseconds = time.perf_counter_ns() - start
    # To cancel one takes time by the number of events: some of them say what each takes.
    some = random.sample(entered, min(count, 100))
    start = time.perf_counter_ns()
    for event in some:
        scheduler.cancel(event)
    nanoseconds += (time.perf_counter_ns() - start) * count // len(some)
    assert len(scheduler.queue) == count - len(some)
print(count, nanoseconds)
