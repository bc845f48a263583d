#!/usr/bin/env bash
# What a lock, an event, a queue and a semaphore cost on a microcontroller: tables of bytes and of instructions, for hal-ports/README.md, into which `--write` puts them. The same program is written with this library, with
# embassy-sync, and by hand with heapless and critical-section (tests/firmware/footprint); and for tasks of FreeRTOS with this library and with the kernel's own objects (tests/firmware/footprint-freertos). A Cortex-M4F in an
# emulator counts the instructions, so the figures are the same on each machine.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

target=thumbv7em-none-eabihf
# What a lock may take that nobody else wants.
aim=20
# For how many instructions interrupts may be masked, however many wait, and how many do in the measuring.
most_masked=150 crowd=100
all='selvedge embassy heapless'
declare -A title=([selvedge]=Selvedge [embassy]=embassy-sync [heapless]='by hand: heapless, critical-section'
    [freertos-selvedge]='Selvedge on FreeRTOS' [freertos-kernel]='objects of FreeRTOS')
readme=$PWD/hal-ports/README.md
out=$TARGET/ci/firmware-size
mkdir -p "$out"

command -v qemu-system-arm >/dev/null || skip "no qemu-system-arm"
can_build_for $target || skip "rustup cannot fetch $target, and there is no Debian rustc-web with rust-web-src"
if echo '#include <string.h>' | arm-none-eabi-gcc -E - >/dev/null 2>&1; then
    all="$all freertos-selvedge freertos-kernel"
else
    skip_part "no arm-none-eabi-gcc with newlib to compile FreeRTOS"
fi
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

# Reads a run, instruction by instruction, and says how many were executed at most between the one that masks interrupts and the one that lets them come again, both included. They are masked by CPSID and let in by CPSIE or by
# PRIMASK as it was; or by BASEPRI, which has been raised if a barrier follows, and else lowered.
longest() {
    awk '
        function masks() { if (depth++ == 0) n = 1 }
        function lets() { if (depth > 0 && --depth == 0 && n > most) most = n }
        /^0x/ { code = 3; while ($code ~ /^[0-9a-f][0-9a-f][0-9a-f][0-9a-f]$/) code++; what[substr($1, 3)] = $code " " $(code + 1) }
        /^Trace/ {
            # What comes before the measuring does not count.
            if ($NF ~ /Rows5start/) { depth = base = most = raised = 0; next }
            split($4, part, "/"); at = part[2] ":"
            # The emulator was called away before it executed it, and says it again.
            if (at == last) next
            last = at; now = what[at]
            if (depth > 0) n++
            if (raised) {
                if (now ~ /^[id]sb/) { if (!base) { base = 1; masks() } } else if (base) { base = 0; n--; lets() }
                raised = 0
            }
            if (now ~ /^cpsid/) masks()
            if (now ~ /^cpsie/ || now ~ /^msr primask/) lets()
            raised = now ~ /^msr basepri/
        }
        END { print "masked", most + 0 }'
}

# trace IMAGE [ROUNDS]: the lines of a run of four rounds, or of so many.
trace() {
    local pipe=$out/trace
    rm -f "$pipe"
    mkfifo "$pipe"
    timeout 120 qemu-system-arm -machine mps2-an386 -nic none -nographic -monitor none -serial null -semihosting-config enable=on,target=native \
        -singlestep -d in_asm,exec,nochain -D "$pipe" -device loader,addr=0x203ffffc,data="${2:-4}",data-len=4 -kernel "$1" >/dev/null 2>&1 &
    longest <"$pipe"
    wait $!
}

measure() {
    local program programs="nothing crowd $all" packages=(-p firmware-footprint)
    case $all in *freertos*) programs="nothing crowd freertos-nothing $all" packages+=(-p firmware-footprint-freertos) ;; esac
    foreign core,alloc $target build --release --quiet "${packages[@]}" --bins || return 1
    for program in $programs; do
        ./emulate.sh "$folder/$target/release/footprint-$program" >"$out/$program.txt" 2>"$out/$program.err" || {
            cat "$out/$program.txt" "$out/$program.err"
            return 1
        }
        {
            echo "code $(section '.text .rodata' "$folder/$target/release/footprint-$program")"
            echo "ram $(section '.data .bss .uninit' "$folder/$target/release/footprint-$program")"
            case $program in
                crowd) trace "$folder/$target/release/footprint-$program" $crowd ;;
                *) trace "$folder/$target/release/footprint-$program" ;;
            esac
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

more_than_nothing() {
    local nothing=nothing
    case $2 in freertos-*) nothing=freertos-nothing ;; esac
    echo $(($(field "$2" "$1" '' 2) - $(field $nothing "$1" '' 2)))
}
bytes() { field "$2" row "$1" 3; }
future() { field "$2" row "$1" 4 | sed 's/^0$/-/'; }
masked() { field "$1" masked '' 2; }
crowded() { if [ "$1" = selvedge ]; then masked crowd; else echo -; fi; }
instructions() { field "$2" row "$1" 5 | sed 's/\.0$//'; }

head_line() {
    local program
    printf '| %s |' "$1"
    for program in $all; do printf ' %s |' "${title[$program]}"; done
    printf '\n|---|'
    for program in $all; do printf -- '---|'; done
    echo
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
    line 'one waits for an event, which is set' instructions event-one-waiter
    line 'one waits for an item, which is put' instructions queue-one-waiter
    line 'one waits for a permit, which is released' instructions semaphore-one-waiter
    line 'the longest with interrupts masked' masked
    line "- where $crowd wait at each object" crowded
}

# Between the marks in the README.
write() {
    local marked
    marked=$(awk -v tables="$out/tables.md" '
        /^<!-- made by ci\/firmware-size.sh/ { print; print ""; while ((getline row < tables) > 0) print row; print ""; inside = 1 }
        /^<!-- until here/ { inside = 0 }
        !inside && !/^<!-- made by/' "$readme")
    printf '%s\n' "$marked" >"$readme"
}

is_met() {
    local lock masked
    lock=$(field selvedge row lock 5)
    say "a lock: $lock instructions, at most $aim are the aim"
    awk -v lock="$lock" -v aim=$aim 'BEGIN { exit !(lock > 0 && lock <= aim) }' || return 1
    masked=$(masked crowd)
    say "interrupts are masked for $masked instructions where $crowd wait, $most_masked is what the documentation says"
    awk -v masked="$masked" -v most=$most_masked 'BEGIN { exit !(masked > 0 && masked <= most) }' &&
        say 'test result: ok. 2 passed; 0 failed; 0 ignored; the aims'
}

part measure
if [ ${#failed[@]} -eq 0 ]; then
    tables | tee "$out/tables.md"
    [ "${1:-}" != --write ] || part write
    part is_met
fi
finish
