#!/usr/bin/env bash
# Every example builds, runs to its end and says so by its exit status. An argument picks those whose names contain it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# seconds for one example
limit=${LIMIT:-60}

run cargo build -p examples --examples --bins
mapfile -t programs < <(
    cargo build --quiet -p examples --examples --bins --message-format json |
        grep -o '"executable":"[^"]*"' | cut -d'"' -f4 | sort
)

passed=0 bad=0
for program in "${programs[@]}"; do
    name=$(basename "$program")
    case $name in *"${1:-}"*) ;; *) continue ;; esac
    if output=$(timeout "$limit" "$program" 2>&1); then
        passed=$((passed + 1))
        say "example $name ... ok"
    else
        bad=$((bad + 1))
        say "example $name ... FAILED (status $?)"
        tail -20 <<<"$output"
    fi
done
[ $((passed + bad)) -gt 0 ] || skip "there is no example${1:+ of that name}"

# The same form as cargo's, so that examples are counted as tests are.
[ $bad = 0 ] && verdict=ok || verdict=FAILED
say "test result: $verdict. $passed passed; $bad failed; 0 ignored"
[ $bad = 0 ]
