//! Says where the board's memory is, and which interrupts it has.

use std::path::PathBuf;
use std::{env, fs};

/// Arm's MPS2 with a Cortex-M3.
const MEMORY: &str =
    "MEMORY { FLASH : ORIGIN = 0, LENGTH = 4M  RAM : ORIGIN = 0x20000000, LENGTH = 4095K }";

/// Two interrupts that no device of the board uses, for executors.
const INTERRUPTS: &str = "PROVIDE(SWI0 = DefaultHandler); PROVIDE(SWI1 = DefaultHandler);";

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("memory.x"), MEMORY).expect("memory.x is written");
    fs::write(out.join("device.x"), INTERRUPTS).expect("device.x is written");
    println!("cargo:rustc-link-search={}", out.display());
    let defmt = env::var_os("CARGO_FEATURE_DEFMT").map(|_| "-Tdefmt.x");
    for script in ["-Tlink.x", "--nmagic"].into_iter().chain(defmt) {
        println!("cargo:rustc-link-arg={script}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
