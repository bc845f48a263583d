//! Says where the board's memory is.

use std::path::PathBuf;
use std::{env, fs};

/// Arm's MPS2 with a Cortex-M4F. The last KiB is for what the emulator has to say.
const MEMORY: &str =
    "MEMORY { FLASH : ORIGIN = 0, LENGTH = 4M  RAM : ORIGIN = 0x20000000, LENGTH = 4095K }";

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("memory.x"), MEMORY).expect("memory.x is written");
    println!("cargo:rustc-link-search={}", out.display());
    for script in ["-Tlink.x", "--nmagic"] {
        println!("cargo:rustc-link-arg-bins={script}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
