//! Compiles nothing. Tells the build script of a program that builds its kernel itself where the file is that goes with it: in `DEP_SELVEDGE_FREERTOS_KERNEL`.

fn main() {
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:kernel={folder}/kernel");
}
