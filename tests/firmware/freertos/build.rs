//! Compiles the kernel for the target: Arm's MPS2 boards, or the simulator on a PC.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let folder = |name: &str| PathBuf::from(env::var_os(name).unwrap_or_else(|| panic!("{name}")));
    let kernel = folder("DEP_FREERTOS_KERNEL");
    let selvedge = folder("DEP_SELVEDGE_FREERTOS_KERNEL").join("selvedge_freertos.c");
    let target = env::var("TARGET").expect("cargo sets TARGET");
    let port = kernel.join(match target.as_str() {
        "thumbv7m-none-eabi" => "portable/GCC/ARM_CM3",
        "thumbv7em-none-eabihf" => "portable/GCC/ARM_CM4F",
        target if target.contains("linux") => "portable/ThirdParty/GCC/Posix",
        _ => panic!("no kernel for {target}"),
    });

    let mut common = cc::Build::new();
    common
        .include("kernel")
        .include(kernel.join("include"))
        .include(&port);
    if env::var_os("CARGO_FEATURE_TICKS_16").is_some() {
        common.define("TICKS_16", None);
    }
    let mut build = common.clone();
    build.warnings(false);
    for file in ["tasks.c", "list.c", "queue.c"] {
        build.file(kernel.join(file));
    }
    build.file(port.join("port.c"));
    if target.contains("linux") {
        build.file(port.join("utils/wait_for_event.c"));
        println!("cargo:rustc-link-lib=pthread");
    }
    build.file("kernel/board.c").compile("freertos");

    common
        .warnings(true)
        .extra_warnings(true)
        .file(&selvedge)
        .compile("selvedge_freertos");

    if target.starts_with("thumb") {
        let out = folder("OUT_DIR");
        let memory =
            "MEMORY { FLASH : ORIGIN = 0, LENGTH = 4M  RAM : ORIGIN = 0x20000000, LENGTH = 4095K }";
        fs::write(out.join("memory.x"), memory).expect("memory.x is written");
        println!("cargo:rustc-link-search={}", out.display());
        for what in ["bins", "examples"] {
            println!("cargo:rustc-link-arg-{what}=-Tlink.x");
            println!("cargo:rustc-link-arg-{what}=--nmagic");
        }
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=kernel");
    println!("cargo:rerun-if-changed={}", selvedge.display());
}
