"""The child processes of CPython: prints operations and nanoseconds."""

import subprocess
import sys
import time

what, count, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
MIB = 1 << 20
nanoseconds = 0

if what == "run":
    program, mib = rest[0], int(rest[1])
    ballast = bytearray(mib * MIB)
    ballast[::4096] = b"\x01" * len(range(0, len(ballast), 4096))
    start = time.perf_counter_ns()
    for _ in range(count):
        code = subprocess.call([program])
        assert code == 0, code
    nanoseconds = time.perf_counter_ns() - start
elif what == "wait":
    for number in range(count):
        delay = 10 + number * 7 % 30
        child = subprocess.Popen([rest[0], rest[1], str(delay)], stdout=subprocess.PIPE)
        child.wait(timeout=50)
        known = time.time_ns()
        assert child.returncode == 0
        nanoseconds += known - int.from_bytes(child.stdout.read(16), "little")
        child.stdout.close()
else:
    data = bytes(range(256)) * (count * MIB // 256)
    if what == "capture":
        with open(rest[0], "wb") as file:
            file.write(data)
        start = time.perf_counter_ns()
        output = subprocess.check_output(["cat", rest[0]])
    else:
        start = time.perf_counter_ns()
        output = subprocess.run(["cat"], input=data, stdout=subprocess.PIPE, check=True).stdout
    nanoseconds = time.perf_counter_ns() - start
    assert output == data
print(count, nanoseconds)
