//! Tasks that are deleted from outside while they wait.
//!
//! A waiting task is listed by nodes on its stack. Whoever deletes it takes that memory away, and the next wake-up would walk through it. So the kernel is to say when it deletes a task, and the nodes are taken
//! off. In FreeRTOSConfig.h:
//!
//! ```c
//! void selvedge_freertos_1_deleted(void *task);
//! #define traceTASK_DELETE(task)    selvedge_freertos_1_deleted(task)
//! ```
//!
//! # Safety
//!
//! Called by the kernel in its critical section, before the memory of the task is given back.
#![allow(unsafe_code, reason = "called by the kernel")]

use core::ffi::c_void;

use selvedge_core::port::Port;

use crate::port::FreeRtos;

/// # Safety
///
/// `task` is being deleted by the kernel, and its stack is there still.
#[unsafe(no_mangle)]
unsafe extern "C" fn selvedge_freertos_1_deleted(task: *mut c_void) {
    for bucket in FreeRtos::table() {
        // SAFETY: the contract.
        unsafe { bucket.forget(|waiting| waiting.handle() == task) };
    }
}
