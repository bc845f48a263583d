#!/usr/bin/env bash
# Clippy on every pair of core's features, on all of them together, and on each feature of selvedge. By cargo-hack, which knows about
# optional dependencies and features that imply others; a loop of our own would have to read Cargo.toml for that.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cargo_tool cargo-hack || skip "cargo-hack is not installed and could not be"
PATH=$TOOLS/bin:$PATH

# Without clippy, cargo's own check finds the combinations that do not compile.
check=(clippy) strict=(-- -D warnings)
cargo clippy --version >/dev/null 2>&1 || { check=(check); strict=(); }

part cargo hack "${check[@]}" --quiet -p selvedge-core --feature-powerset --depth 2 "${strict[@]}"
part cargo hack "${check[@]}" --quiet -p selvedge --each-feature "${strict[@]}"
finish
