#!/usr/bin/env bash
# The primitives under Miri: undefined behaviour, aliasing, data races, weak memory. Each seed is another schedule and other stale values.
# Miri runs slowly, so the tests do less under it (`cfg(miri)`). SEEDS=0..64 for a long run; arguments go to the test program.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

has_toolchain nightly || skip "no nightly toolchain"
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    [ -z "${SELVEDGE_NO_INSTALL:-}" ] || skip "no Miri (rustup component add miri rust-src --toolchain nightly)"
    timeout 120 rustup component add miri rust-src --toolchain nightly >/dev/null 2>&1 || skip "rustup cannot fetch Miri"
fi

# Isolation off for the clock. The futex port reaches the kernel through libc here, which Miri knows.
export CARGO_TARGET_DIR=$TARGET/miri
MIRIFLAGS="-Zmiri-disable-isolation -Zmiri-many-seeds=${SEEDS:-0..3}" \
    part cargo +nightly miri test -p core-tests --test miri -- "$@"
finish
