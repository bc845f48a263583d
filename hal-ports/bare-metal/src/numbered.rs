//! Numbers for the cores of processors that have none of their own: the application's, bound when the program is linked.
//!
//! # Safety
//!
//! Calls a function that `core_number!` defines; its name and type are written here and there once each.
#![allow(unsafe_code, reason = "calls a function bound by the linker")]

/// Says how this program's cores are numbered: `core_number!(path::to::function)`, a `fn() -> usize` that gives each core another small number, always the same. Needed once, for
/// several cores of Cortex-M; a program without one does not link.
#[macro_export]
macro_rules! core_number {
    ($function:path) => {
        const _: () = {
            #[unsafe(no_mangle)]
            extern "Rust" fn _selvedge_bare_metal_1_core() -> usize {
                $function()
            }
        };
    };
}

unsafe extern "Rust" {
    safe fn _selvedge_bare_metal_1_core() -> usize;
}

pub(crate) fn core_number() -> usize {
    _selvedge_bare_metal_1_core()
}
