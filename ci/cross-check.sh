#!/usr/bin/env bash
# selvedge type-checks on systems without futexes: one Apple and one Windows target. Nothing is linked, so no foreign linker is needed.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for target in aarch64-apple-darwin x86_64-pc-windows-gnu; do
    if ! can_build_for $target; then
        skip_part "$target: rustup cannot fetch it, and there is no Debian rustc-web with rust-web-src"
    elif [ $target = x86_64-pc-windows-gnu ] && ! has_std $target &&
        ! command -v x86_64-w64-mingw32-dlltool >/dev/null; then
        skip_part "$target: building its std needs dlltool (binutils-mingw-w64-x86-64)"
    else
        part foreign std,panic_abort $target check -p selvedge
    fi
done
finish
