#!/usr/bin/env bash
# The tests of core and of selvedge under ThreadSanitizer, with a standard library that is instrumented, too: with an uninstrumented one
# every park, every mutex of std and the test harness itself are reported.
#
# TSan does not model `atomic::fence`: a report on a pair that is ordered by a fence alone is false. Such pairs are named, with the
# reason, in ci/tsan.supp.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ "$(uname -sm)" = "Linux x86_64" ] || skip "the recipe is for x86-64 Linux"
host=x86_64-unknown-linux-gnu

has_toolchain nightly || skip "needs a nightly toolchain, for the sanitizer's runtime"
nightly=$(rustc +nightly --print sysroot)

# seconds for one package; a run under TSan is about ten times slower than without
limit=${LIMIT:-600}

# die_after_fork=0: tests of forked children start threads in them, which TSan allows but does not promise.
export TSAN_OPTIONS="die_after_fork=0 suppressions=$PWD/ci/tsan.supp ${TSAN_OPTIONS:-}"
export CARGO_TARGET_DIR=$TARGET/tsan

if [ -d "$nightly/lib/rustlib/src/rust/library" ]; then
    export RUSTFLAGS="${RUSTFLAGS:-} -Zsanitizer=thread"
    cargo=(cargo +nightly test -Zbuild-std)
elif has_debian_rustc && [ -e "$nightly/lib/rustlib/$host/lib/librustc-nightly_rt.tsan.a" ]; then
    # Debian's compiler has the source of the library but no runtime; nightly has the runtime and the linker (GNU ld refuses it).
    lib=$nightly/lib/rustlib/$host
    RUSTFLAGS="${RUSTFLAGS:-} -Zsanitizer=thread -Zexternal-clangrt"
    RUSTFLAGS+=" -Clink-arg=-Wl,--whole-archive -Clink-arg=$lib/lib/librustc-nightly_rt.tsan.a"
    RUSTFLAGS+=" -Clink-arg=-Wl,--no-whole-archive -Clink-arg=-lm -Clink-arg=-lpthread"
    RUSTFLAGS+=" -Clink-arg=-ldl -Clink-arg=-lrt -Clink-arg=-lc"
    RUSTFLAGS+=" -Clink-arg=-B$lib/bin/gcc-ld -Clink-arg=-fuse-ld=lld"
    export RUSTFLAGS RUSTC=$DEBIAN_RUSTC RUSTC_BOOTSTRAP=1
    cargo=(cargo test "-Zbuild-std=std,panic_unwind,test")
else
    skip "needs nightly's rust-src, or Debian's rustc-web and rust-web-src beside nightly's runtime"
fi

# What TSan's runtime cannot do itself. It answers a stack overflow before std's handler can, and it crashes (in TraceSwitchPart) in a child that a
# thread other than the first one forked.
beyond=(--skip t48_a_stack_overflow --skip t06_a_forking_thread)

# Not those that need a feature; and children that share their parent's memory until they become a program are beyond it, too.
tests_of() {
    local file
    for file in "$1"/tests/*.rs; do
        case $file in */subprocess_* | */process* | */connection* | */shared_* | */deadlock* | */futures_trace.rs | */futures_tracing.rs | */futures_progress.rs) ;; *) printf -- '--test\n%s\n' "$(basename "$file" .rs)" ;; esac
    done
}

# Random tests try less, as each try is ten times slower.
export PROPTEST_CASES=${PROPTEST_CASES:-16} SELVEDGE_ROUNDS=${SELVEDGE_ROUNDS:-50}

for package in core std; do
    mapfile -t tests < <(tests_of "tests/$package")
    part timeout "$limit" "${cargo[@]}" --target $host -p $package-tests "${tests[@]}" --no-fail-fast \
        -- "${beyond[@]}"
done
finish
