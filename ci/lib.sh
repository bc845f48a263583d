# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run.
#
# A job is a script that can be run by hand from anywhere. It prints what it runs and ends with
#   0   everything it ran passed (parts that this machine cannot run are named by `skip_part`)
#   77  nothing could be run here (`skip`, with the reason)
#   else  something failed

set -euo pipefail

case ${CARGO_TARGET_DIR:-} in
    '') ;;
    /*) ;;
    *) CARGO_TARGET_DIR=$PWD/$CARGO_TARGET_DIR ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Builds with other flags or another compiler go to a folder of their own below this one, so that none of
# them throws the results of another away.
TARGET=${CARGO_TARGET_DIR:-$PWD/target}
TOOLS=$TARGET/tools
export CARGO_TARGET_DIR=$TARGET

# A shell that has not read rustup's environment file yet.
command -v cargo >/dev/null || PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH

exec </dev/null
if [ -n "${CI:-}" ] || ! [ -t 1 ]; then
    # rustfmt asks the terminal's description, the others cargo.
    export CARGO_TERM_COLOR=never TERM=dumb
fi

# The compiler of Debian's package rustc-web, whose source package rust-web-src lets cargo build the standard
# library for any target.
DEBIAN_RUSTC=/usr/bin/rustc

# Where cargo's own message is not enough, scripts say what they do by these.
say() { printf '%s\n' "$*"; }

# Runs a command and shows it first, so that a log can be replayed by hand. A function shows what it runs itself.
run() {
    if [ "$(type -t "$1")" != function ]; then
        shown="$*"
        say "+ ${RUSTC:+RUSTC=$RUSTC }${RUSTFLAGS:+RUSTFLAGS=\"$RUSTFLAGS\" }$*"
    fi
    "$@"
}

# Ends the job: nothing of it can run here.
skip() {
    say "skipped: $*"
    exit 77
}

# Names a part of the job that cannot run here; the rest goes on.
skip_part() { say "skipped part: $*"; }

# Goes on after a failed part, so that one log shows them all; `finish` then ends with failure. `ran` counts the
# parts that did run, so that a job of which nothing ran cannot pass.
failed=()
ran=0
part() {
    ran=$((ran + 1))
    shown="$*"
    if ! run "$@"; then
        failed+=("$shown")
        say "failed part: $shown"
    fi
}

finish() {
    if [ ${#failed[@]} -gt 0 ]; then
        printf 'failed: %s\n' "${failed[@]}"
        exit 1
    fi
    [ "$ran" -gt 0 ] || skip "no part of it can run here"
}

# The names and folders of all packages of the workspace, one a line: `name folder`.
workspace() {
    cargo tree --quiet --workspace --depth 0 --prefix none --format '{p}' |
        sed -n 's/^\([^ ]*\) v[^ ]* (\(proc-macro) (\)\{0,1\}\([^)]*\)).*/\1 \3/p' | sort -u
}

# True if rustup has toolchain $1.
has_toolchain() {
    command -v rustup >/dev/null && rustup toolchain list | grep -qF "$1-"
}

# True if Debian's compiler can build a standard library here.
has_debian_rustc() {
    [ -x $DEBIAN_RUSTC ] && [ -d "$($DEBIAN_RUSTC --print sysroot)/lib/rustlib/src/rust/library" ]
}

# True if the compiler in use has the standard library of target $1, or rustup can fetch it.
has_std() {
    case ${SELVEDGE_FOREIGN:-} in debian) return 1 ;; esac
    local libdir
    libdir=$(rustc --print target-libdir --target "$1" 2>/dev/null) || return 1
    [ -d "$libdir" ] && return 0
    [ -z "${SELVEDGE_NO_INSTALL:-}" ] && command -v rustup >/dev/null || return 1
    # One refusal is enough for all targets of a run.
    local refused=$TARGET/ci/rustup-refused
    [ -z "$(find "$refused" -mmin -15 2>/dev/null)" ] || return 1
    if timeout 60 rustup target add "$1" >/dev/null 2>&1 && [ -d "$libdir" ]; then
        return 0
    fi
    mkdir -p "$TARGET/ci" && : >"$refused"
    return 1
}

# True if `foreign` can build for target $1.
can_build_for() { has_std "$1" || has_debian_rustc; }

# foreign LIBRARIES TARGET ARGUMENTS...: cargo for another target than this machine, with the libraries of rustup where they are to
# be had, else with LIBRARIES (of core,alloc,std,...) built from Debian's source.
foreign() {
    local libraries=$1 target=$2
    shift 2
    if has_std "$target"; then
        CARGO_TARGET_DIR=$TARGET/foreign run cargo "$@" --target "$target"
    else
        RUSTC=$DEBIAN_RUSTC RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$TARGET/foreign-debian \
            run cargo "$@" --target "$target" "-Zbuild-std=$libraries"
    fi
}

# Installs a cargo tool into the tools folder, unless it is there or somewhere in PATH.
cargo_tool() {
    PATH=$TOOLS/bin:$PATH
    command -v "$1" >/dev/null && return 0
    [ -z "${SELVEDGE_NO_INSTALL:-}" ] || return 1
    run cargo install --quiet --locked --root "$TOOLS" --target-dir "$TARGET/tools-build" "$1"
}
