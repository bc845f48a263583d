#!/usr/bin/env bash
# The one test command: runs every job of this folder, each as it can be run by hand, and sums up.
#
#   ci/test.sh              all jobs
#   ci/test.sh fmt loom     these jobs
#   LANES=1 ci/test.sh      one job after the other, instead of two at a time
#
# What a job cannot run on this machine is skipped with a reason; a failed job does not stop the others, but the exit status is then 1.
# Logs stay in target/ci. The last line counts tests, and jobs: a job that ran and passed is one passed beside its tests, so is a failed
# one; skipped are jobs, named parts of jobs, and tests that are marked as ignored.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# In this order. Two at a time, as about every second job waits for emulators, for single-threaded checkers or for tests that sleep; those that build into folders of their own
# stand between those that share one. Next to each job the seconds after which it is taken for hung.
all=(
    setup:600 fmt:120 miri:3000 clippy:900 docs:900 test-host:2400 firmware:2400 compile-fail:900 loom:1800 features:1200
    msrv:600 tsan:2400 no-std:900 examples:900 fuzz:1200 bench-smoke:1200 cross-check:1200
)
lanes=${LANES:-2}

jobs=()
if [ $# = 0 ]; then
    jobs=("${all[@]}")
else
    for name in "$@"; do
        for job in "${all[@]}"; do
            if [ "${job%:*}" = "$name" ]; then jobs+=("$job"); continue 2; fi
        done
        say "no job is called $name; there are: ${all[*]%:*}"
        exit 2
    done
fi

logs=$TARGET/ci
mkdir -p "$logs"

# Adds up the numbers before the word $1 in the lines `test result: ok. 3 passed; 0 failed; 1 ignored; ...` of the log $2.
count() {
    sed -n "s/^test result: .* \([0-9][0-9]*\) $1.*/\1/p" "$2" | awk '{ sum += $1 } END { print sum + 0 }'
}

# What went wrong according to the log $1, wherever in it that is: failed tests and what they printed, panics, errors of compilers, failed
# parts and hung tests; and of a program that a signal has ended its name, what it said beside that tests are ok, and its last lines. By line
# number, and not more than 80 lines of each kind.
failures() {
    awk '
        function lines(n) { if (left < n) left = n }
        function want(line) { if (!(line in wanted) && ++wants <= 80) wanted[line] }
        NR == FNR {
            if (/^ +Running /) { program = FNR; said = 0 }
            if (/^error: test failed/) end = FNR
            if (/\(signal: [0-9]+/ && program) {
                want(program)
                for (i = end - 5; i < end; i++) if (i > program) want(i)
                for (i = said > 25 ? said - 24 : 1; i <= said; i++) want(line[i])
                program = 0
            }
            if ($0 != "" && !/^test .* ok$/ && !/^ +Running /) line[++said] = FNR
            next
        }
        /^---- .* ----$/ { lines(25) }
        /panicked at/ { lines(4) }
        /^error/ || /^Diff in / || /^In .* line [0-9]+:$/ { lines(6) }
        /^test .* FAILED$/ || /^watchdog: / || /^failed part: / || /has been running for over/ { lines(1) }
        /^test result: / || /^$/ && blank { left = 0 }
        { blank = $0 == "" }
        FNR in wanted { printf "%6d  %s\n", FNR, $0 }
        left > 0 { left--; if (!(FNR in wanted) && ++shown <= 80) printf "%6d  %s\n", FNR, $0 }
        END { if (shown > 80) printf "        and %d lines more\n", shown - 80 }
    ' "$1" "$1"
    unfinished "$1"
}

# The tests in the log $1 that may have run when a signal ended their program: those that it has, and did not say to have ended.
unfinished() {
    local program
    sed -n "s/.*process didn't exit successfully: \`\([^ \`]*\).*(signal: .*/\1/p" "$1" | sort -u | while read -r program; do
        [ -x "$program" ] || continue
        say "        not ended, of ${program##*/}:"
        comm -23 <(timeout 20 "$program" --list 2>/dev/null | sed -n 's/: test$//p' | sort) <(awk -v name="${program##*/})" '
            /^ +Running / { is_it = index($0, name) }
            is_it && /^test .* \.\.\. (ok|FAILED|ignored)/ { print $2 }' "$1" | sort) | sed -n '1,40s/^/        /p'
    done
}

declare -A running=() begun=() lines=()
passed=0 failed_count=0 skipped=0 status=0

# shellcheck disable=SC2317 # called by the trap
stop() {
    trap - INT TERM
    [ ${#running[@]} = 0 ] || kill -TERM "${!running[@]}" 2>/dev/null
    exit 130
}
trap stop INT TERM

start() {
    local name=${1%:*}
    begun[$name]=$SECONDS
    timeout --kill-after=20 "${1#*:}" bash "ci/$name.sh" >"$logs/$name.log" 2>&1 &
    running[$!]=$1
}

# Waits for one of those that run, and reports it.
reap() {
    local pid='' code=0
    wait -n -p pid "${!running[@]}" || code=$?
    local job=${running[$pid]}
    unset "running[$pid]"
    report "$job" "$code"
}

report() {
    local name=${1%:*} code=$2 log=$logs/${1%:*}.log
    local seconds=$((SECONDS - begun[$name])) note='' result line tests part
    tests=$(count passed "$log")
    passed=$((passed + tests))
    failed_count=$((failed_count + $(count failed "$log")))
    skipped=$((skipped + $(count ignored "$log")))
    [ "$tests" = 0 ] || note="$tests tests"
    # A job that is made of tests and ran none has shown nothing.
    case $name:$tests:$code in
        test-host:0:0 | compile-fail:0:0 | loom:0:0 | fuzz:0:0 | miri:0:0 | tsan:0:0 | firmware:0:0)
            code=77
            say "skipped: there is no test in it" >>"$log"
            ;;
    esac
    case $code in
        0) result=passed; passed=$((passed + 1)) ;;
        77) result=skipped; skipped=$((skipped + 1)); note=$(sed -n 's/^skipped: //p' "$log" | tail -1) ;;
        124 | 137) result=FAILED; note="not finished after ${1#*:} s" ;;
        *) result=FAILED ;;
    esac
    line=$(printf '%-13s %-8s %5d s  %s' "$name" $result $seconds "$note")
    lines[$name]=$line
    say "$line"
    if [ $result = FAILED ]; then
        failed_count=$((failed_count + 1))
        status=1
        say "---- what failed, in $log"
        failures "$log"
        say "---- the end of it"
        tail -n 20 "$log"
        say "----"
    fi
    while read -r part; do
        skipped=$((skipped + 1))
        line=$(printf '%-13s %-8s %7s  %s' "" skipped "" "$part")
        lines[$name]+=$'\n'$line
        say "$line"
    done < <(sed -n 's/^skipped part: //p' "$log")
}

for job in "${jobs[@]}"; do
    while [ ${#running[@]} -ge "$lanes" ]; do reap; done
    start "$job"
    # What it installs is for all others.
    [ "${job%:*}" != setup ] || reap
done
while [ ${#running[@]} -gt 0 ]; do reap; done

say
say "job           result     time"
for job in "${jobs[@]}"; do say "${lines[${job%:*}]}"; done
say
say "$passed passed, $failed_count failed, $skipped skipped"
exit $status
