//! This program once more, only to end: what the system takes for a start and an end alone.
//!
//! # Safety
//!
//! A function of the signature that the loader calls before `main`, with the arguments as libc passes them; in a child that was asked for it ends the process, and does nothing elsewhere. The child is started with strings that end in null, and waited for once.
#![allow(unsafe_code, reason = "a constructor, and posix_spawn")]

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

const BARE: &CStr = c"--bare";

#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn(c_int, *const *const c_char) = at_start;

extern "C" fn at_start(count: c_int, arguments: *const *const c_char) {
    // SAFETY: glibc passes what `main` gets, so two strings if it says two.
    let is_bare =
        count == 2 && !arguments.is_null() && unsafe { CStr::from_ptr(*arguments.add(1)) == BARE };
    if is_bare {
        // SAFETY: ends the process.
        unsafe { libc::_exit(0) };
    }
}

/// Starts a program, by what libc has for that, and waits for its end.
pub(crate) fn run(program: &CStr) {
    std::hint::black_box(&AT_START);
    let arguments = [
        program.as_ptr().cast_mut(),
        BARE.as_ptr().cast_mut(),
        ptr::null_mut(),
    ];
    let environment = [ptr::null_mut()];
    let (mut child, mut status) = (0, 0);
    // SAFETY: see above.
    unsafe {
        let code = libc::posix_spawn(
            &raw mut child,
            program.as_ptr(),
            ptr::null(),
            ptr::null(),
            arguments.as_ptr(),
            environment.as_ptr(),
        );
        assert_eq!(code, 0, "the C library refused");
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
    }
    assert_eq!(status, 0, "it ends at once");
}
