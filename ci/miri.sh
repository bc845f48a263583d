#!/usr/bin/env bash
# The primitives under Miri: undefined behaviour, aliasing, data races, weak memory. Miri runs slowly, so the tests do less under it. A seed is a schedule, and a choice of stale
# values: SEEDS=0..64 for a long run; one seed otherwise. Arguments go to the test program.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

has_toolchain nightly || skip "no nightly toolchain"
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    [ -z "${SELVEDGE_NO_INSTALL:-}" ] || skip "no Miri (rustup component add miri rust-src --toolchain nightly)"
    timeout 120 rustup component add miri rust-src --toolchain nightly >/dev/null 2>&1 || skip "rustup cannot fetch Miri"
fi

# Miri's own clock is virtual, so sleeping costs nothing. The watchdog's thread outlives the tests: no leak. The futex port reaches the kernel through libc here, which Miri knows.
export CARGO_TARGET_DIR=$TARGET/miri
export MIRIFLAGS="-Zmiri-ignore-leaks ${SEEDS:+-Zmiri-many-seeds=$SEEDS}"
part cargo +nightly miri test -p core-tests --test miri --test queue_ring --test select --test oneshot --test context_map -- "$@"

# Contexts are kept with the threads of the system, and some tests start programs.
export MIRIFLAGS="$MIRIFLAGS -Zmiri-disable-isolation"
part cargo +nightly miri test -p std-tests --test context_scenarios --test context_threads --test context_futures -- "$@"
part cargo +nightly miri test -p std-tests --test futures_future --test futures_wait --test futures_scenarios_future --test futures_scenarios_wait -- "$@"
finish
