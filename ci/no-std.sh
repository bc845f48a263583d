#!/usr/bin/env bash
# Core, the conformance suite and the template of a port, built for targets that have no std.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# build TARGET FEATURES...: one build for each FEATURES, a comma-separated list of core's, "" for none.
build() {
    local target=$1 features
    shift
    if ! can_build_for "$target"; then
        skip_part "$target: rustup cannot fetch it, and there is no Debian rustc-web with rust-web-src"
        return
    fi
    for features in "$@"; do
        part foreign core "$target" build --no-default-features --features "$features" \
            -p selvedge-core -p selvedge-conformance -p selvedge-port-template
    done
}

part cargo build -p selvedge-core --no-default-features

build x86_64-unknown-none "" "selvedge-core/lock_api,selvedge-core/alloc,selvedge-core/context"
# No compare-and-swap: atomics by portable-atomic, which must be told how to exclude interrupts.
build thumbv6m-none-eabi "selvedge-core/portable-atomic,selvedge-core/critical-section"
build thumbv7em-none-eabihf "" "selvedge-core/critical-section"
build riscv32imac-unknown-none-elf "" "selvedge-core/critical-section"

# Ports whose firmware runs on other targets, here where there is no compare-and-swap.
if can_build_for thumbv6m-none-eabi; then
    part foreign core thumbv6m-none-eabi build -p selvedge-port-embassy -p selvedge-port-rtic \
        --features selvedge-port-embassy/single-core,selvedge-port-embassy/alarm,selvedge-port-embassy/portable-atomic \
        --features selvedge-port-rtic/time,selvedge-port-rtic/portable-atomic
fi
finish
