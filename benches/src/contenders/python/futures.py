"""The thread pool of CPython: prints operations and nanoseconds."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait

what, count, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def tiny(number):
    return number * number


with ThreadPoolExecutor(workers) as pool:
    list(pool.map(tiny, range(64 * workers)))
    start = time.perf_counter_ns()
    if what == "outside":
        wait([pool.submit(tiny, number) for number in range(count)])
    elif what == "results":
        futures = [pool.submit(tiny, number) for number in range(count)]
        found = [future.result() for future in futures]
    elif what == "round_trip":
        count = min(count, 10_000)
        found = [pool.submit(tiny, number).result() for number in range(count)]
    else:
        found = list(pool.map(tiny, range(count)))
    nanoseconds = time.perf_counter_ns() - start
    if what != "outside":
        assert found == [tiny(number) for number in range(count)]
print(count, nanoseconds)
