#!/usr/bin/env bash
# Formatting, the lock file, and the syntax of these scripts.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if cargo fmt --version >/dev/null 2>&1; then
    part cargo fmt --all --check
else
    skip_part "formatting: no rustfmt (rustup component add rustfmt)"
fi

lock_file_is_current() { cargo metadata --locked --format-version 1 >/dev/null; }
part lock_file_is_current

for script in ci/*.sh .ci/run; do
    part bash -n "$script"
done
if command -v shellcheck >/dev/null; then
    part shellcheck --external-sources --source-path=SCRIPTDIR ci/*.sh .ci/run
else
    skip_part "shellcheck: not installed"
fi
finish
