#!/usr/bin/env bash
# Unit and integration tests of every package that runs on this machine.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Packages with a job of their own; the doc tests have one, too. Any other package of the workspace is tested here,
# so that a new one cannot be forgotten.
elsewhere() {
    case "$1 $2" in
        loom-tests\ *) ;;         # ci/loom.sh
        compile-fail-tests\ *) ;; # ci/compile-fail.sh
        benches\ *) ;;            # ci/bench-smoke.sh
        selvedge-port-template\ *) return 1 ;; # its clock is tested here
        */hal-ports/*) ;;                      # ci/no-std.sh
        *firmware*) ;;
        *) return 1 ;;
    esac
}

# One by one: tests that do not compile then hide no others.
members=$(workspace)
while read -r name folder; do
    elsewhere "$name" "$folder" ||
        part cargo test --no-fail-fast -p "$name" --lib --bins --tests
done <<<"$members"

# What exists only with a feature.
part cargo test --no-fail-fast -p std-tests -p examples \
    --features std-tests/deadlock-detection,std-tests/trace,std-tests/tracing,std-tests/progress,examples/deadlock-detection \
    --test 'deadlock*' --test futures_trace --test futures_tracing --test futures_progress --test run_all
part cargo test --no-fail-fast -p selvedge-port-embassy --features std,time
part cargo test --no-fail-fast -p selvedge-port-embassy --features std,time,hang-detection --tests
finish
