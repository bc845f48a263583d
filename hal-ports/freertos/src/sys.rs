//! The kernel: what `kernel/selvedge_freertos.c`, compiled with the application's kernel, passes on of it. The only FFI.
//!
//! # Safety
//!
//! Names and types are those of the C file, once each, with `1` as the version of both. The calls marked `safe` are those that can do no harm, whatever they are called with and
//! from where, as long as `assert_may_block` comes before `take`.
#![allow(unsafe_code, reason = "calls the kernel")]

use core::ffi::{c_char, c_void};

/// A task control block of the kernel.
pub(crate) type Handle = *mut c_void;

/// For ever, where a number of ticks is asked for.
pub(crate) const FOR_EVER: u32 = u32::MAX;

unsafe extern "C" {
    // Safe to call anywhere, but a promise: see `in_handler`.
    #[link_name = "selvedge_freertos_1_handler"]
    pub(crate) safe fn handler(change: i32);
    #[link_name = "selvedge_freertos_1_may_block"]
    pub(crate) safe fn may_block() -> u32;
    #[link_name = "selvedge_freertos_1_current"]
    pub(crate) safe fn current() -> Handle;
    #[link_name = "selvedge_freertos_1_identity"]
    pub(crate) safe fn identity() -> usize;
    #[link_name = "selvedge_freertos_1_priority"]
    pub(crate) safe fn priority() -> u32;
    #[link_name = "selvedge_freertos_1_take"]
    pub(crate) safe fn take(ticks: u32);
    #[link_name = "selvedge_freertos_1_give"]
    pub(crate) fn give(task: Handle);
    #[link_name = "selvedge_freertos_1_enter"]
    pub(crate) safe fn enter() -> u32;
    #[link_name = "selvedge_freertos_1_leave"]
    pub(crate) safe fn leave(state: u32);
    #[link_name = "selvedge_freertos_1_ticks"]
    pub(crate) safe fn ticks() -> u64;
    #[link_name = "selvedge_freertos_1_rate"]
    pub(crate) safe fn rate() -> u32;
    #[link_name = "selvedge_freertos_1_delay"]
    pub(crate) safe fn delay(ticks: u32);
    #[link_name = "selvedge_freertos_1_schedule"]
    pub(crate) safe fn schedule();
    #[link_name = "selvedge_freertos_1_create"]
    pub(crate) fn create(
        name: *const c_char,
        priority: u32,
        task: *mut c_void,
        stack: *mut c_void,
        stack_size: usize,
        memory: *mut c_void,
        memory_size: usize,
    ) -> Handle;
    #[link_name = "selvedge_freertos_1_unused_stack"]
    pub(crate) fn unused_stack(task: Handle) -> usize;
    #[link_name = "selvedge_freertos_1_mutex"]
    pub(crate) fn mutex(memory: *mut c_void, memory_size: usize) -> *mut c_void;
    #[link_name = "selvedge_freertos_1_mutex_take"]
    pub(crate) fn mutex_take(mutex: *mut c_void, ticks: u32) -> u32;
    #[link_name = "selvedge_freertos_1_mutex_give"]
    pub(crate) fn mutex_give(mutex: *mut c_void);
}
