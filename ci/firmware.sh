#!/usr/bin/env bash
# The conformance suite and the other programs of tests/firmware, in an emulator of each target: the exit status is the firmware's own, a hung one is ended after LIMIT seconds. An argument picks the targets and ports
# whose names contain it: `ci/firmware.sh freertos`.
#
# What is built from the same packages with the same features is built by one call of cargo, for all targets and programs at once. Images are laid aside, as another build may overwrite them, and run afterwards: as many at a time as there are
# processors.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

wanted=${1:-}
logs=$TARGET/ci
images=$TARGET/ci/images
rm -rf "$images"
mkdir -p "$images"
cd tests/firmware

# What to run when all is built: a line each, with its words quoted.
runs=()
later() { runs+=("$(printf '%q ' "$@")"); }
# An emulator of several cores, all of which spin, takes all processors there are.
later_alone() { later alone "$@"; }
alone() { "$@"; }

is_wanted() { case $1 in *"$wanted"*) ;; *) return 1 ;; esac }

# here EMULATOR TARGET: whether its images can be built and run; a part is skipped with the reason if not, once.
here() {
    if ! command -v "$1" >/dev/null; then
        skip_part "$2: no $1"
    elif ! can_build_for "$2"; then
        skip_part "$2: rustup cannot fetch it, and there is no Debian rustc-web with rust-web-src"
    else
        return 0
    fi
    return 1
}

# built_for TARGET PROFILE: the folder of images.
built_for() {
    if [ "$1" = host ]; then
        echo "$TARGET/firmware-host/$2"
    elif has_std "$1"; then
        echo "$TARGET/foreign/$1/$2"
    else
        echo "$TARGET/foreign-debian/$1/$2"
    fi
}

# lay_aside NAME TARGET PROFILE IMAGE...: copies images to a folder of this name.
lay_aside() {
    local name=$1 target=$2 from image
    from=$(built_for "$target" "$3")
    shift 3
    for image in "$@"; do
        mkdir -p "$images/$target/$name/$(dirname "$image")"
        cp "$from/$image" "$images/$target/$name/$image" || return 1
    done
}

# ---- What a run shows.

# shows_suite LABEL IMAGE: it ends with success, and says how many passed.
shows_suite() {
    local log=$logs/firmware-$1.log result
    if ! emulate "$2" >"$log" 2>&1; then
        # The suite names each rung before it climbs it: one that hangs is the last line.
        say "---- the end of $log ----"
        tail -n 20 "$log"
        return 1
    fi
    result=$(tail -n 1 "$log")
    say "$result"
    # As cargo's tests say it, so that ci/test.sh counts them.
    say "$result" | sed -n 's/^.*: \([0-9]*\) passed, \([0-9]*\) skipped .*/test result: ok. \1 passed; 0 failed; 0 ignored; \2 need more cores or tasks/p'
}

# shows_text LABEL FILE IMAGE: what it prints is what the file says.
shows_text() {
    local log=$logs/firmware-$1.log
    if emulate "$3" 2>"$log.err" >"$log" && diff "$2" "$log"; then
        say "test result: ok. 1 passed; 0 failed; 0 ignored; $1"
    else
        cat "$log.err"
        return 1
    fi
}

# shows_refusal LABEL WAY IMAGE: a program that waits where it would wait for ever ends, and says why.
shows_refusal() {
    local log=$logs/firmware-$1.log
    if WAY=$2 emulate "$3" >"$log" 2>&1 ||
        ! grep -E 'a call that waits|holds the mutex already' "$log"; then
        cat "$log"
        return 1
    fi
    say "test result: ok. 1 passed; 0 failed; 0 ignored; $1"
}

# shows_outcomes LABEL FILE IMAGE: outcomes as defmt messages, read back.
shows_outcomes() {
    local log=$logs/firmware-$1.log codes
    emulate "$3" 2>"$log.err" | "$TARGET/firmware-host/debug/firmware-outcomes" "$3" >"$log"
    codes=("${PIPESTATUS[@]}")
    if [ "${codes[*]}" != "42 0" ] || ! diff "$2" "$log"; then
        say "exit statuses: ${codes[*]}"
        cat "$log.err"
        return 1
    fi
    say "test result: ok. $(wc -l <"$log") passed; 0 failed; 0 ignored; outcomes by defmt"
}

emulate() {
    case $1 in
        */host/*) "$1" ;;
        *) ./emulate.sh "$1" ;;
    esac
}

# ---- Bare metal.

all=primitives,queues,special,timed
bare_metal=(-p firmware-bare-metal)
interrupts=(--bin interrupts)
tickless=(--bin interrupts --bin tickless)
examples=(--example bare-metal-blinky --example bare-metal-pipeline --example bare-metal-wheel --example bare-metal-limits)

# boards PROFILE FEATURES CARGO'S OPTIONS... -- TARGET...: builds for all of those that are wanted.
boards() {
    local profile=$1 features=$2 options=() targets=()
    shift 2
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    for target in "$@"; do
        targets+=(--target "$target")
    done
    # `foreign` names the first.
    foreign core "$1" build --quiet --profile "$profile" "${bare_metal[@]}" --no-default-features --features "$features" "${options[@]}" "${targets[@]:2}"
}

# those TARGET:EMULATOR...: into `some`, those that are wanted and can be built and run here.
those() {
    local each
    some=()
    for each in "$@"; do
        if is_wanted "bare-metal-${each%:*}" && here "qemu-system-${each#*:}" "${each%:*}"; then some+=("${each%:*}"); fi
    done
    [ ${#some[@]} -gt 0 ]
}

suite_on() {
    local target
    for target in "$@"; do
        lay_aside "$name" "$target" "$profile" conformance
        "$when" shows_suite "$target-$name" "$images/$target/$name/conformance"
    done
}

handlers_on() {
    local target program
    for target in "$@"; do
        for program in interrupts tickless; do
            lay_aside "$name" "$target" "$profile" $program
            later shows_suite "$target-$program" "$images/$target/$name/$program"
        done
    done
}

# Cargo unites the features of all targets of a call: so boards with one core, and with several, are built apart.
several_cores() {
    local profile=roomy name=all when=later_alone
    boards $profile $all --bin conformance -- "$@" && suite_on "$@"
}

single_hart() {
    local profile=roomy name=single-hart when=later
    boards $profile $all,single-hart --bin conformance "${tickless[@]}" -- "$@" && suite_on "$@" && handlers_on "$@"
}

one_core() {
    local profile=roomy name=all when=later target program
    boards $profile $all --bin conformance "${tickless[@]}" --bin stacks --bin same-code "${examples[@]}" -- "$@" && suite_on "$@" && handlers_on "$@" || return 1
    target=$1
    lay_aside "$name" "$target" $profile stacks same-code examples/bare-metal-{blinky,pipeline,wheel,limits}
    later shows_suite "$target-stacks" "$images/$target/$name/stacks"
    later shows_text bare-metal-same-code same-code/expected.txt "$images/$target/$name/same-code"
    for program in blinky pipeline wheel limits; do
        later shows_text "bare-metal-$program" "bare-metal/examples/$program.txt" "$images/$target/$name/examples/bare-metal-$program"
    done
}

# In parts: 256 KiB.
small() {
    local profile=roomy when=later name
    for name in primitives queues special timed; do
        boards $profile $name --bin conformance -- "$1" && suite_on "$1" || return 1
    done
    boards $profile "" "${interrupts[@]}" -- "$1" && lay_aside interrupts "$1" $profile interrupts || return 1
    later shows_suite "$1-interrupts" "$images/$1/interrupts/interrupts"
}

bare_metal() {
    local some
    if those aarch64-unknown-none:aarch64 riscv64gc-unknown-none-elf:riscv64 riscv32imac-unknown-none-elf:riscv32 thumbv8m.main-none-eabi:arm; then part several_cores "${some[@]}"; fi
    if those riscv64gc-unknown-none-elf:riscv64 riscv32imac-unknown-none-elf:riscv32; then part single_hart "${some[@]}"; fi
    if those thumbv7m-none-eabi:arm thumbv7em-none-eabihf:arm; then part one_core "${some[@]}"; fi
    if those thumbv6m-none-eabi:arm; then part small "${some[@]}"; fi
}

# ---- Ports on a system. For boards with megabytes; `simulated` is freertos on the kernel's simulator, on this machine.

declare -A way=([handler]=1 [executor]=2 [masked]=3 [suspended]=4 [twice]=5 [lock]=6 [held]=7)

# port_build PORT ARGUMENTS...: cargo, quietly, for one of its packages.
port_build() {
    case $1 in
        simulated) CARGO_TARGET_DIR=$TARGET/firmware-host \
            run cargo build --quiet --profile roomy -p firmware-freertos "${@:2}" ;;
        # The crate that brings the kernel's sources names alloc.
        freertos) foreign core,alloc "$target" build --quiet --profile roomy -p firmware-freertos "${@:2}" ;;
        *) foreign core "$target" build --quiet --profile roomy -p "firmware-$1" "${@:2}" ;;
    esac
}

# port PORT WAYS PROGRAM...: the programs of tests/firmware/PORT, its examples, the program that is the same everywhere, and the ways to wait where that is refused.
port() {
    local port=$1 package=$1 target=thumbv7m-none-eabi ways=$2
    shift 2
    [ "$port" != simulated ] || package=freertos target=host
    is_wanted "$port-$target" || return 0
    if [ $target = host ]; then
        if [ "$(uname)" != Linux ] || ! command -v cc >/dev/null; then
            skip_part "$port: no C compiler on Linux to compile the kernel"
            return
        fi
    else
        here qemu-system-arm $target || return 0
        if [ "$package" = freertos ] && ! echo '#include <string.h>' | arm-none-eabi-gcc -E - >/dev/null 2>&1; then
            skip_part "$port: no arm-none-eabi-gcc with newlib to compile the kernel"
            return
        fi
    fi
    part port_all "$@"
    case $port in
        freertos) part port_with ticks-16 weather ;;
        embassy)
            part port_with hang-detection refused
            # What reads them is a program of this machine's, and needs no optimising.
            CARGO_TARGET_DIR=$TARGET/firmware-host part cargo build --quiet -p firmware-outcomes
            DEFMT_LOG=info part port_with defmt outcomes
            ;;
    esac
}

port_all() {
    local program
    port_build "$port" --bins --examples || return 1
    for program in "$@"; do
        lay_aside "$port" "$target" roomy "$package-$program"
        later shows_suite "$port-$program" "$images/$target/$port/$package-$program"
    done
    for program in blinky pipeline wheel limits; do
        lay_aside "$port" "$target" roomy "examples/$package-$program"
        later shows_text "$port-$program" "$package/examples/$program.txt" "$images/$target/$port/examples/$package-$program"
    done
    lay_aside "$port" "$target" roomy "$package-same-code" "$package-refused"
    later shows_text "$port-same-code" same-code/expected.txt "$images/$target/$port/$package-same-code"
    for program in $ways; do
        later shows_refusal "$port-refused-$program" "${way[$program]}" "$images/$target/$port/$package-refused"
    done
}

# A program with another feature.
port_with() {
    local image=$images/$target/$port-$1/$package-$2
    port_build "$port" --features "$1" --bin "$package-$2" || return 1
    lay_aside "$port-$1" "$target" roomy "$package-$2"
    case $1 in
        defmt) later shows_outcomes "$port-$2" "$package/$2.txt" "$image" ;;
        # What only the port's detector finds.
        hang-detection) later shows_refusal "$port-refused-held" "${way[held]}" "$image" ;;
        *) later shows_suite "$port-$2-$1" "$image" ;;
    esac
}

# ---- All.

# Does what was left for later, so many at a time, and prints what each said in the order in which they were left.
run_all() {
    local at=0 each=() most
    most=$(nproc 2>/dev/null || echo 2)
    for line in "${runs[@]}"; do
        # A run that fails says so in a file.
        while [ "$(jobs -rp | wc -l)" -ge "$most" ]; do wait -n || true; done
        eval "each=($line)"
        [ "${each[0]}" != alone ] || wait
        (
            set +e
            "${each[@]}" >"$logs/firmware-run-$at.log" 2>&1
            echo $? >"$logs/firmware-run-$at.status"
        ) &
        [ "${each[0]}" != alone ] || wait
        at=$((at + 1))
    done
    wait
}

# ran NUMBER WHAT...: what it said.
ran() {
    cat "$logs/firmware-run-$1.log"
    [ "$(cat "$logs/firmware-run-$1.status")" = 0 ]
}

# The aim for a lock; what it prints comes when the others are through.
footprint() {
    is_wanted footprint-thumbv7em-none-eabihf && here qemu-system-arm thumbv7em-none-eabihf || return 0
    part bash ../../ci/firmware-size.sh
}

bare_metal
port embassy 'handler executor masked' conformance executors interrupts
port rtic 'handler executor masked lock' conformance tasks interrupts
port freertos 'handler suspended masked twice' conformance interrupts tasks weather
# Its interrupts cannot be masked for long.
port simulated 'handler suspended twice' conformance interrupts tasks weather
rm -f "$logs"/firmware-run-*
begun=$SECONDS
run_all
for number in "${!runs[@]}"; do
    eval "each=(${runs[number]})"
    [ "${each[0]}" != alone ] || each=("${each[@]:1}")
    part ran "$number" "${each[1]}"
done
say "all ${#runs[@]} images were run in $((SECONDS - begun)) s"
footprint
finish
