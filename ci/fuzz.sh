#!/usr/bin/env bash
# Every file of fuzz/fuzz_targets, built for libFuzzer and run for FUZZ_SECONDS (10). An argument picks those whose names contain it.
# What a run finds is left in fuzz/artifacts.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${FUZZ_SECONDS:-10}

has_toolchain nightly || skip "no nightly compiler (rustup toolchain install nightly --profile minimal)"
command -v c++ >/dev/null || skip "libFuzzer is built from source, and there is no C++ compiler"
cargo_tool cargo-fuzz || skip "cargo-fuzz cannot be had"

export CARGO_TARGET_DIR=$TARGET/fuzz
for file in fuzz/fuzz_targets/*.rs; do
    grep -qF "path = \"fuzz_targets/$(basename "$file")\"" fuzz/Cargo.toml || {
        say "$file has no entry in fuzz/Cargo.toml"
        exit 1
    }
done
# All in one go, so that what they are made of is built once.
run cargo +nightly fuzz build
programs=$CARGO_TARGET_DIR/$(rustc +nightly -vV | sed -n 's/^host: //p')/release

passed=0 bad=0
for file in fuzz/fuzz_targets/*.rs; do
    name=$(basename "$file" .rs)
    case $name in *"${1:-}"*) ;; *) continue ;; esac
    # Inputs that a run has found interesting are kept from one to the next.
    corpus=$CARGO_TARGET_DIR/corpus/$name
    mkdir -p "$corpus" "fuzz/artifacts/$name"
    if ASAN_OPTIONS=detect_odr_violation=0 run "$programs/$name" -artifact_prefix="fuzz/artifacts/$name/" \
        -max_total_time="$seconds" -rss_limit_mb=1024 -malloc_limit_mb=64 -timeout=10 -verbosity=0 -print_final_stats=1 "$corpus"; then
        passed=$((passed + 1))
        say "fuzz $name ... ok"
    else
        bad=$((bad + 1))
        say "fuzz $name ... FAILED"
    fi
done
[ $((passed + bad)) -gt 0 ] || skip "there is no target${1:+ of that name}"

# The same form as cargo's, so that targets are counted as tests are.
[ $bad = 0 ] && verdict=ok || verdict=FAILED
say "test result: $verdict. $passed passed; $bad failed; 0 ignored"
[ $bad = 0 ]
