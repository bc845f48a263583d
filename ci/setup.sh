#!/usr/bin/env bash
# Installs what the jobs can use beyond a Rust toolchain. Nothing here is needed to work on the project: a job
# that misses something says so and is skipped.
#
# As root on Debian, packages that are missing come by apt. Targets come by rustup where it can fetch them. Cargo tools go to
# target/tools, never into ~/.cargo. With SELVEDGE_NO_INSTALL=1 nothing is installed, here or by any job.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ -z "${SELVEDGE_NO_INSTALL:-}" ] || skip "SELVEDGE_NO_INSTALL is set"

apt_install() {
    local package missing=()
    for package in "$@"; do
        dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null |
            grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    export DEBIAN_FRONTEND=noninteractive
    # The lists may be there already, and be fresh enough.
    run apt-get install -qq --no-install-recommends "${missing[@]}" ||
        { run apt-get update -qq && run apt-get install -qq --no-install-recommends "${missing[@]}"; }
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    # A compiler that can build the standard library, for ThreadSanitizer and for targets that rustup cannot fetch; dlltool,
    # for Windows; a reader of these scripts; emulators of the boards; a C compiler for a kernel on one of them.
    apt_install rustc-web rust-web-src binutils-mingw-w64-x86-64 shellcheck \
        qemu-system-arm qemu-system-misc gcc-arm-none-eabi libnewlib-arm-none-eabi ||
        skip_part "apt packages: apt could not install them"
else
    skip_part "apt packages: not root on Debian"
fi

cargo_tool cargo-hack || skip_part "cargo-hack: cargo could not install it"
part cargo fetch --quiet --locked
finish
