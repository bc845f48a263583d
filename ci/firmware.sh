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
    local target=$1 program=$2 features=$3 log=$4 CORES=
    mkdir -p "$TARGET/ci"
    case $features in *single-hart*) CORES=1 ;; esac
    export CORES
    foreign core,alloc "$target" run --release --quiet -p firmware-bare-metal --bin "$program" \
        --no-default-features --features "$features" >"$log" 2>&1 && return 0
    # The suite names each rung before it climbs it: one that hangs is the last line.
    say "---- the end of $log ----"
    tail -n 20 "$log"
    return 1
}

all=conformance:primitives,queues,special,timed
board aarch64-unknown-none qemu-system-aarch64 $all
board riscv64gc-unknown-none-elf qemu-system-riscv64 $all $all,single-hart interrupts:single-hart tickless:single-hart
board riscv32imac-unknown-none-elf qemu-system-riscv32 $all $all,single-hart interrupts:single-hart tickless:single-hart
board thumbv7m-none-eabi qemu-system-arm $all interrupts: tickless:
board thumbv7em-none-eabihf qemu-system-arm $all interrupts: tickless:
board thumbv8m.main-none-eabi qemu-system-arm $all
board thumbv6m-none-eabi qemu-system-arm conformance:primitives conformance:queues conformance:special \
    conformance:timed interrupts:

# port PORT PROGRAM...: the programs of tests/firmware/PORT, its examples, the program that is the same everywhere, and the ways to wait where that is refused. For boards with megabytes; `simulated` is
# freertos on the kernel's simulator, on this machine.
port() {
    local port=$1 package=$1 target=thumbv7m-none-eabi program way ways
    shift
    case $port in
        freertos) ways='handler suspended masked twice' ;;
        # Its interrupts cannot be masked for long.
        simulated) package=freertos target=host ways='handler suspended twice' ;;
        rtic) ways='handler executor masked lock' ;;
        *) ways='handler executor masked' ;;
    esac
    case $port-$target in *"$wanted"*) ;; *) return 0 ;; esac
    if [ $target != host ]; then
        if ! command -v qemu-system-arm >/dev/null; then
            skip_part "$port: no qemu-system-arm"
            return
        fi
        if ! can_build_for "$target"; then
            skip_part "$port: rustup cannot fetch $target, and there is no Debian rustc-web with rust-web-src"
            return
        fi
        if [ "$package" = freertos ] && ! echo '#include <string.h>' | arm-none-eabi-gcc -E - >/dev/null 2>&1; then
            skip_part "$port: no arm-none-eabi-gcc with newlib to compile the kernel"
            return
        fi
    elif [ "$(uname)" != Linux ] || ! command -v cc >/dev/null; then
        skip_part "$port: no C compiler on Linux to compile the kernel"
        return
    fi
    mkdir -p "$TARGET/ci"
    for program in "$@"; do
        # PROGRAM or PROGRAM:FEATURES
        part port_program "$port" "${program%%:*}" "${program#"${program%%:*}"}"
    done
    for program in blinky pipeline wheel limits; do
        part port_shows "$port" "$package/examples/$program.txt" --example "$package-$program"
    done
    part port_shows "$port" same-code/expected.txt --bin "$package-same-code"
    for way in $ways; do
        part port_refuses "$port" "$way"
    done
}

# port_cargo PORT ARGUMENTS...: cargo, quietly, for one of its packages.
port_cargo() {
    case $1 in
        simulated) CARGO_TARGET_DIR=$TARGET/firmware-host \
            run cargo "$2" --quiet --profile roomy -p firmware-freertos "${@:3}" ;;
        # The crate that brings the kernel's sources names alloc.
        freertos) foreign core,alloc "$target" "$2" --quiet --profile roomy -p firmware-freertos "${@:3}" ;;
        *) foreign core "$target" "$2" --quiet --profile roomy -p "firmware-$1" "${@:3}" ;;
    esac
}

port_program() {
    local log=$TARGET/ci/firmware-$1-$2${3/:/-}.log result
    if ! port_cargo "$1" run --bin "$package-$2" ${3:+--features "${3#:}"} >"$log" 2>&1; then
        say "---- the end of $log ----"
        tail -n 20 "$log"
        return 1
    fi
    result=$(tail -n 1 "$log")
    say "$result"
    say "$result" | sed -n 's/^.*: \([0-9]*\) passed, \([0-9]*\) skipped .*/test result: ok. \1 passed; 0 failed; 0 ignored; \2 need more tasks that block/p'
}

# What a program prints is what a file says.
port_shows() {
    local log=$TARGET/ci/firmware-$1-$4.log
    port_cargo "$1" build "${@:3}" || return 1
    if port_cargo "$1" run "${@:3}" 2>"$log.err" | sed '/^+ /d' >"$log" && diff "$2" "$log"; then
        say "test result: ok. 1 passed; 0 failed; 0 ignored; $1 $4"
    else
        cat "$log.err"
        return 1
    fi
}

# port_refuses PORT WAY ARGUMENTS...: a program that waits where it would wait for ever ends, and says why.
port_refuses() {
    local log=$TARGET/ci/firmware-$1-refused-$2.log
    if WAY=$2 port_cargo "$1" run --bin "$package-refused" "${@:3}" >"$log" 2>&1 ||
        ! grep -E 'a call that waits|holds the mutex already' "$log"; then
        cat "$log"
        return 1
    fi
    say "test result: ok. 1 passed; 0 failed; 0 ignored; $1 $2"
}

# Outcomes as defmt messages, read back by defmt-print.
port_defmt() {
    local target=thumbv7m-none-eabi folder=$TARGET/foreign image log=$TARGET/ci/firmware-embassy-outcomes.log codes
    case embassy-$target in *"$wanted"*) ;; *) return 0 ;; esac
    if ! command -v qemu-system-arm >/dev/null || ! can_build_for "$target"; then
        return 0
    fi
    if ! cargo_tool defmt-print; then
        skip_part "defmt: defmt-print is not installed and could not be"
        return
    fi
    has_std "$target" || folder=$TARGET/foreign-debian
    image=$folder/$target/roomy/embassy-outcomes
    DEFMT_LOG=info port_cargo embassy build --features defmt --bin embassy-outcomes || return 1
    ./emulate.sh "$image" 2>"$log.err" | defmt-print --log-format '{L} {s}' -e "$image" >"$log"
    codes=("${PIPESTATUS[@]}")
    if [ "${codes[*]}" != "42 0" ] || ! diff embassy/outcomes.txt "$log"; then
        say "exit statuses: ${codes[*]}"
        cat "$log.err"
        return 1
    fi
    say "test result: ok. $(wc -l <"$log") passed; 0 failed; 0 ignored; outcomes by defmt"
}

# The program that is the same everywhere, and the examples, without a system.
bare_metal_shows() {
    local target=thumbv7m-none-eabi program
    case bare-metal-$target in *"$wanted"*) ;; *) return 0 ;; esac
    if ! command -v qemu-system-arm >/dev/null || ! can_build_for "$target"; then
        return 0
    fi
    mkdir -p "$TARGET/ci"
    part port_shows bare-metal same-code/expected.txt --bin same-code
    for program in blinky pipeline wheel limits; do
        part port_shows bare-metal "bare-metal/examples/$program.txt" --example "bare-metal-$program"
    done
}
bare_metal_shows

# The aim for a lock.
footprint() {
    local target=thumbv7em-none-eabihf
    case footprint-$target in *"$wanted"*) ;; *) return 0 ;; esac
    ! command -v qemu-system-arm >/dev/null || ! can_build_for "$target" || part bash ../../ci/firmware-size.sh
}
footprint

port embassy conformance executors interrupts
# What only the port's detector finds.
port_held() {
    local target=thumbv7m-none-eabi package=embassy
    case embassy-$target in *"$wanted"*) ;; *) return 0 ;; esac
    ! command -v qemu-system-arm >/dev/null || ! can_build_for "$target" || port_refuses embassy held --features hang-detection
}
part port_held
part port_defmt
port rtic conformance tasks interrupts
port freertos conformance interrupts tasks weather weather:ticks-16
port simulated conformance interrupts tasks weather
finish
