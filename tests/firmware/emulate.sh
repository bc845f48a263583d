#!/usr/bin/env bash
# Runs one firmware image in the emulator of its target and ends with the image's own exit status, or with 124 if it is not finished after LIMIT seconds; for the conformance suite, if a rung is not.
set -euo pipefail

image=$1
common=(-nic none -nographic -monitor none -serial null -semihosting-config 'enable=on,target=native')
case $image in
    */thumbv6m-*) machine=(qemu-system-arm -machine microbit) ;;
    */thumbv7m-*) machine=(qemu-system-arm -machine mps2-an385) ;;
    */thumbv7em-*) machine=(qemu-system-arm -machine mps2-an386) ;;
    */thumbv8m.main-*) machine=(qemu-system-arm -machine mps2-an521) ;;
    */riscv32*) machine=(qemu-system-riscv32 -machine virt -bios none -smp "${CORES:-4}") ;;
    */riscv64*) machine=(qemu-system-riscv64 -machine virt -bios none -smp "${CORES:-4}") ;;
    */aarch64-*) machine=(qemu-system-aarch64 -machine virt -cpu cortex-a57 -smp "${CORES:-4}") ;;
    *) echo "no machine for $image" >&2; exit 125 ;;
esac
# Time by instructions, not by the host's clock: interrupts then come as often on a busy machine, and at the same instructions in each run. One thread emulates all cores, so not for several.
case $image in
    # A nanosecond is an instruction.
    */footprint-*) common+=(-icount shift=0) ;;
    */interrupts | */stacks | */tickless | */*-interrupts | */examples/*) common+=(-icount shift=5) ;;
esac
# What some programs are to do: a number in the last word of the memory.
[ -z "${WAY:-}" ] || common+=(-device "loader,addr=0x203ffffc,data=$WAY,data-len=4")
limit=${LIMIT:-120}
case $image in
    *conformance) ;;
    *) exec timeout --foreground "$limit" "${machine[@]}" "${common[@]}" -kernel "$image" ;;
esac
# The suite names each rung before it climbs it. So one that hangs is told from a machine that is only slow: by silence.
exec {words}< <(exec "${machine[@]}" "${common[@]}" -kernel "$image" 2>&1 </dev/null)
emulator=$!
trap 'kill "$emulator" 2>/dev/null || true' EXIT
status=0
while [ $status = 0 ]; do
    IFS= read -r -t "$limit" -u "$words" word || status=$?
    [ -z "$word" ] || printf '%s\n' "$word"
done
if [ $status -gt 128 ]; then
    echo "hangs: not a word for $limit seconds"
    exit 124
fi
wait "$emulator"
