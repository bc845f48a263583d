#!/usr/bin/env bash
# Clippy on everything, warnings refused. `ci/features.sh` does the same for each combination of core's features.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cargo clippy --version >/dev/null 2>&1 || skip "no clippy (rustup component add clippy)"

part cargo clippy --workspace --all-targets -- -D warnings
part cargo clippy -p selvedge-core -p selvedge --all-features --all-targets -- -D warnings

# Atomics and cells have one doorway, `core/src/atomics.rs`, that loom and portable-atomic can replace. `core/clippy.toml` refuses the types elsewhere; this refuses
# also what is compiled in other configurations than the ones above.
doorway_only() {
    local outside
    outside=$(grep -rnE '(core|std|portable_atomic|loom)::(sync::atomic|cell::UnsafeCell|Atomic)' \
        --include='*.rs' core/src | grep -v '^core/src/atomics[./]' | grep -vE '^[^:]*:[0-9]*: *//') || return 0
    say "$outside"
    return 1
}
part doorway_only

# The models see another core: no `const` constructors, loom's atomics.
export RUSTFLAGS="${RUSTFLAGS:-} --cfg loom" CARGO_TARGET_DIR=$TARGET/loom
part cargo clippy -p selvedge-core -p loom-tests -- -D warnings
part cargo clippy -p loom-tests --tests -- -D warnings
finish
