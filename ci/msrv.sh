#!/usr/bin/env bash
# The published packages compile with the oldest compiler that Cargo.toml promises (`rust-version`).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

promised=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
[ -n "$promised" ] || { say "Cargo.toml has no rust-version"; exit 1; }

current=$(rustc --version | cut -d' ' -f2)
case $current in
    "$promised" | "$promised".*)
        # The compiler of all the other jobs is that one.
        part cargo check -p selvedge-core -p selvedge --all-features
        ;;
    *)
        toolchain=
        ! has_toolchain "$promised" || toolchain=$promised
        if [ -z "$toolchain" ] && [ -z "${SELVEDGE_NO_INSTALL:-}" ]; then
            timeout 300 rustup toolchain install "$promised" --profile minimal --no-self-update \
                >/dev/null 2>&1 && toolchain=$promised
        fi
        [ -n "$toolchain" ] || skip "the promised $promised is not installed, the compiler here is $current"
        CARGO_TARGET_DIR=$TARGET/msrv \
            part cargo "+$toolchain" check -p selvedge-core -p selvedge --all-features
        ;;
esac
finish
