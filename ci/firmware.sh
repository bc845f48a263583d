#!/usr/bin/env bash
# The conformance suite as firmware, in an emulator of each target: the exit status is the firmware's own, a hung one is ended after LIMIT seconds. An argument picks the targets
# whose names contain it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

wanted=${1:-}
cd tests/firmware

# board TARGET EMULATOR PROGRAM:FEATURES...: one image for each, as a board may not hold everything at once.
board() {
    local target=$1 emulator=$2 image log result
    shift 2
    case $target in *"$wanted"*) ;; *) return 0 ;; esac
    if ! command -v "$emulator" >/dev/null; then
        skip_part "$target: no $emulator"
        return
    fi
    if ! can_build_for "$target"; then
        skip_part "$target: rustup cannot fetch it, and there is no Debian rustc-web with rust-web-src"
        return
    fi
    for image in "$@"; do
        log=$TARGET/ci/firmware-$target-${image/:/-}.log
        part run_image "$target" "${image%%:*}" "${image#*:}" "$log"
        result=$(tail -n 1 "$log")
        say "$result"
        # As cargo's tests say it, so that ci/test.sh counts them.
        say "$result" | sed -n 's/^.*: \([0-9]*\) passed, \([0-9]*\) skipped .*/test result: ok. \1 passed; 0 failed; 0 ignored; \2 need more cores/p'
    done
}

run_image() {
    local target=$1 program=$2 features=$3 log=$4
    mkdir -p "$TARGET/ci"
    foreign core,alloc "$target" run --release --quiet -p firmware-bare-metal --bin "$program" \
        --no-default-features --features "$features" >"$log" 2>&1 && return 0
    tail -n 20 "$log"
    return 1
}

all=conformance:primitives,queues,special,timed
board aarch64-unknown-none qemu-system-aarch64 $all
board riscv64gc-unknown-none-elf qemu-system-riscv64 $all
board thumbv7m-none-eabi qemu-system-arm $all interrupts:
board thumbv6m-none-eabi qemu-system-arm conformance:primitives conformance:queues conformance:special \
    conformance:timed interrupts:
finish
