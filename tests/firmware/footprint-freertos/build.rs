//! Compiles the kernel for a Cortex-M4F, as small as it gets.

use std::path::PathBuf;
use std::{env, fs};

/// As `footprint` has it.
const MEMORY: &str =
    "MEMORY { FLASH : ORIGIN = 0, LENGTH = 4M  RAM : ORIGIN = 0x20000000, LENGTH = 4095K }";

fn main() {
    let folder = |name: &str| PathBuf::from(env::var_os(name).unwrap_or_else(|| panic!("{name}")));
    let kernel = folder("DEP_FREERTOS_KERNEL");
    let selvedge = folder("DEP_SELVEDGE_FREERTOS_KERNEL").join("selvedge_freertos.c");
    let port = kernel.join("portable/GCC/ARM_CM4F");

    let mut build = cc::Build::new();
    build
        .warnings(false)
        .include("kernel")
        .include(kernel.join("include"))
        .include(&port);
    for file in ["tasks.c", "list.c", "queue.c", "event_groups.c"] {
        build.file(kernel.join(file));
    }
    build
        .file(port.join("port.c"))
        .file(&selvedge)
        .file("kernel/tasks.c")
        .compile("freertos");

    let out = folder("OUT_DIR");
    fs::write(out.join("memory.x"), MEMORY).expect("memory.x is written");
    println!("cargo:rustc-link-search={}", out.display());
    for script in ["-Tlink.x", "--nmagic"] {
        println!("cargo:rustc-link-arg-bins={script}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=kernel");
    println!("cargo:rerun-if-changed={}", selvedge.display());
}
