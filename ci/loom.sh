#!/usr/bin/env bash
# Loom's models of the raw algorithms and of every named ordering edge. Arguments go to the test program:
# `ci/loom.sh barrier` runs the models whose names contain "barrier".
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export CARGO_PROFILE_RELEASE_DEBUG=line-tables-only
RUSTFLAGS="${RUSTFLAGS:-} --cfg loom" CARGO_TARGET_DIR=$TARGET/loom \
    part cargo test --no-fail-fast --release -p loom-tests -- "$@"
finish
