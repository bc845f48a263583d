#!/usr/bin/env bash
# The documentation builds without a warning, and its examples run.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

RUSTDOCFLAGS="${RUSTDOCFLAGS:-} -D warnings" \
    part cargo doc --workspace --no-deps
RUSTDOCFLAGS="${RUSTDOCFLAGS:-} -D warnings" \
    part cargo doc -p selvedge-core -p selvedge --all-features --no-deps
part cargo test --no-fail-fast --doc -p selvedge-core -p selvedge -p examples
finish
