#!/usr/bin/env bash
# Every benchmark runs once with tiny counts, as a test of the benchmarks. Figures come from `cargo bench -p benches`.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Not optimised: the figures mean nothing here, and much of it has been built for the tests.
part cargo bench --profile dev -p benches -- --smoke
finish
