#!/usr/bin/env bash
# Every benchmark runs once with tiny counts, as a test of the benchmarks. Figures come from `cargo bench -p benches`.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

grep -q '^\[\[bench\]\]' benches/Cargo.toml || [ -d benches/benches ] ||
    skip "the package has no benchmark yet"

part cargo bench -p benches -- --smoke
finish
