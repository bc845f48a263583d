"""The processes of CPython with each other: prints operations and nanoseconds."""

import multiprocessing
import sys
import time
from multiprocessing.shared_memory import SharedMemory

what, count, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3]
nanoseconds = 0

if what == "start":
    context = multiprocessing.get_context(rest)
    start = time.perf_counter_ns()
    for _ in range(count):
        process = context.Process(target=abs, args=(1,))
        process.start()
        process.join()
        assert process.exitcode == 0
    nanoseconds = time.perf_counter_ns() - start
elif what == "trip":

    def echo(there):
        for _ in range(count + 1):
            there.send_bytes(there.recv_bytes())

    context = multiprocessing.get_context("fork")
    message = bytes(range(64)) * (int(rest) // 64)
    here, there = context.Pipe()
    process = context.Process(target=echo, args=(there,))
    process.start()
    here.send_bytes(message)
    back = here.recv_bytes()
    start = time.perf_counter_ns()
    for _ in range(count):
        here.send_bytes(message)
        back = here.recv_bytes()
    nanoseconds = time.perf_counter_ns() - start
    assert back == message
    process.join()
else:
    size = int(rest)
    start = time.perf_counter_ns()
    for _ in range(count):
        memory = SharedMemory(create=True, size=size)
        memory.buf[::4096] = b"\x01" * len(range(0, size, 4096))
        memory.close()
        memory.unlink()
    nanoseconds = time.perf_counter_ns() - start
print(count, nanoseconds)
