#!/usr/bin/env bash
# Misuse that must not compile. After a deliberate change of a message: TRYBUILD=overwrite ci/compile-fail.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

part cargo test --no-fail-fast -p compile-fail-tests
finish
