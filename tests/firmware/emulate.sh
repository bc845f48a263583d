#!/usr/bin/env bash
# Runs one firmware image in the emulator of its target and ends with the image's own exit status, or with 124 if it is not finished after LIMIT seconds.
set -euo pipefail

image=$1
common=(-nic none -nographic -monitor none -serial null -semihosting-config 'enable=on,target=native')
case $image in
    */thumbv6m-*) machine=(qemu-system-arm -machine microbit) ;;
    */thumbv7m-*) machine=(qemu-system-arm -machine mps2-an385) ;;
    */thumbv7em-*) machine=(qemu-system-arm -machine mps2-an386) ;;
    */riscv32*) machine=(qemu-system-riscv32 -machine virt -bios none -smp "${CORES:-1}") ;;
    */riscv64*) machine=(qemu-system-riscv64 -machine virt -bios none -smp "${CORES:-4}") ;;
    */aarch64-*) machine=(qemu-system-aarch64 -machine virt -cpu cortex-a57 -smp "${CORES:-4}") ;;
    *) echo "no machine for $image" >&2; exit 125 ;;
esac
# Time by instructions, not by the host's clock: interrupts then come as often on a busy machine, and at the same instructions in each run. One thread emulates all cores, so not for several.
case $image in */interrupts) common+=(-icount shift=5) ;; esac
exec timeout --foreground "${LIMIT:-120}" "${machine[@]}" "${common[@]}" -kernel "$image"
