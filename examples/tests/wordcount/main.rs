//! `examples/std/wordcount`, run as its users run it.

#[path = "../common/mod.rs"]
mod common;
mod counts;
mod interrupt;
mod report;
mod skips;
mod usage;
