//! Says where the target's memory is.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo:rustc-check-cfg=cfg(two_cores)");
    let target = env::var("TARGET").expect("cargo sets TARGET");
    let (memory, scripts): (&str, &[&str]) = match target.split('-').next() {
        Some("thumbv6m") => (
            "MEMORY { FLASH : ORIGIN = 0, LENGTH = 256K  RAM : ORIGIN = 0x20000000, LENGTH = 16K }",
            &["-Tlink.x", "--nmagic"],
        ),
        Some("thumbv7m" | "thumbv7em") => (
            "MEMORY { FLASH : ORIGIN = 0, LENGTH = 4M  RAM : ORIGIN = 0x20000000, LENGTH = 4M }",
            &["-Tlink.x", "--nmagic"],
        ),
        // Two cores.
        Some("thumbv8m.main") => {
            println!("cargo:rustc-cfg=two_cores");
            (
                "MEMORY { FLASH : ORIGIN = 0x10000000, LENGTH = 4M  RAM : ORIGIN = 0x38000000, LENGTH = 2M }",
                &["-Tlink.x", "--nmagic"],
            )
        }
        Some("riscv32imac" | "riscv64gc") => (
            "MEMORY { RAM : ORIGIN = 0x80000000, LENGTH = 16M }
             REGION_ALIAS(\"REGION_TEXT\", RAM); REGION_ALIAS(\"REGION_RODATA\", RAM);
             REGION_ALIAS(\"REGION_DATA\", RAM); REGION_ALIAS(\"REGION_BSS\", RAM);
             REGION_ALIAS(\"REGION_HEAP\", RAM); REGION_ALIAS(\"REGION_STACK\", RAM);
             _max_hart_id = 3; _hart_stack_size = 256K;",
            &["-Tmemory.x", "-Tlink.x"],
        ),
        Some("aarch64") => (
            "MEMORY { image : ORIGIN = 0x40080000, LENGTH = 16M }",
            &["-Timage.ld", "-Tmemory.x"],
        ),
        _ => panic!("no memory map for {target}"),
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("memory.x"), memory).expect("memory.x is written");
    println!("cargo:rustc-link-search={}", out.display());
    for script in scripts {
        println!("cargo:rustc-link-arg={script}");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
