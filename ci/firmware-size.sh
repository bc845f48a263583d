#!/usr/bin/env bash
# What a lock, an event, a queue and a semaphore cost on a microcontroller: tables of bytes and of instructions, for hal-ports/README.md. The same program is written with this library, with embassy-sync, and by hand with
# heapless and critical-section (tests/firmware/footprint). A Cortex-M4F in an emulator counts the instructions, so the figures are the same on each machine.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

target=thumbv7em-none-eabihf
# What a lock may take that nobody else wants.
aim=20
all='selvedge embassy heapless'
declare -A title=([selvedge]=Selvedge [embassy]=embassy-sync [heapless]='by hand: heapless, critical-section')
out=$TARGET/ci/firmware-size
mkdir -p "$out"

command -v qemu-system-arm >/dev/null || skip "no qemu-system-arm"
can_build_for $target || skip "rustup cannot fetch $target, and there is no Debian rustc-web with rust-web-src"
cd tests/firmware

folder=$TARGET/foreign
has_std $target || folder=$TARGET/foreign-debian

# section NAMES IMAGE: the bytes of these sections.
section() {
    local name size sum=0
    while read -r name _ _ _ size _; do
        case " $1 " in *" $name "*) sum=$((sum + 16#$size)) ;; esac
    done < <(readelf -SW "$2" | sed -n 's/^ *\[ *[0-9]*\] \././p')
    echo $sum
}

measure() {
    local program
    foreign core $target build --release --quiet -p firmware-footprint --bins || return 1
    for program in nothing $all; do
        ./emulate.sh "$folder/$target/release/footprint-$program" >"$out/$program.txt" 2>"$out/$program.err" || {
            cat "$out/$program.txt" "$out/$program.err"
            return 1
        }
        {
            echo "code $(section '.text .rodata' "$folder/$target/release/footprint-$program")"
            echo "ram $(section '.data .bss .uninit' "$folder/$target/release/footprint-$program")"
        } >>"$out/$program.txt"
    done
}

# field PROGRAM KIND NAME COLUMN: a figure, or a dash.
field() { awk -v kind="$2" -v name="$3" -v column="$4" '$1 == kind && (name == "" || $2 == name) { print $column; found = 1 } END { if (!found) print "-" }' "$out/$1.txt"; }

line() {
    local what=$1 program
    shift
    printf '| %s |' "$what"
    for program in $all; do
        printf ' %s |' "$("$@" "$program")"
    done
    echo
}

more_than_nothing() { echo $(($(field "$2" "$1" '' 2) - $(field nothing "$1" '' 2))); }
bytes() { field "$2" row "$1" 3; }
future() { field "$2" row "$1" 4; }
instructions() { field "$2" row "$1" 5 | sed 's/\.0$//'; }

head_line() {
    local program
    printf '| %s |' "$1"
    for program in $all; do printf ' %s |' "${title[$program]}"; done
    printf '\n|---|---|---|---|\n'
}

tables() {
    head_line bytes
    line 'the program: code and constants' more_than_nothing code
    line 'the program: static memory' more_than_nothing ram
    line 'a lock around a word' bytes lock
    line '- that cannot be awaited' bytes lock-blocking
    line 'an event' bytes event
    line 'a queue of four words' bytes queue
    line 'a semaphore' bytes semaphore
    line 'a future that waits for a lock' future lock
    line '- for an event' future event
    line '- for a queue' future queue
    line '- for a semaphore' future semaphore
    echo
    head_line 'instructions'
    line 'lock, add, release' instructions lock
    line '- where it cannot be awaited' instructions lock-blocking
    line 'try a lock that is held' instructions lock-held
    line 'set an event, clear it' instructions event
    line 'put and get' instructions queue
    line 'release a permit, acquire it' instructions semaphore
    line 'await an event in vain, set it, await it' instructions event-one-waiter
    line 'await an item in vain, put it, await it' instructions queue-one-waiter
    line 'await a permit in vain, release it, await it' instructions semaphore-one-waiter
}

is_met() {
    local lock
    lock=$(field selvedge row lock 5)
    say "a lock: $lock instructions, at most $aim are the aim"
    awk -v lock="$lock" -v aim=$aim 'BEGIN { exit !(lock > 0 && lock <= aim) }' &&
        say 'test result: ok. 1 passed; 0 failed; 0 ignored; the aim'
}

part measure
if [ ${#failed[@]} -eq 0 ]; then
    tables | tee "$out/tables.md"
    part is_met
fi
finish
