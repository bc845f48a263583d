//! The waker that time drivers get for a task that blocks: it sends an event. There is one for all, so it takes one place in a driver's queue; who is woken too early asks for another alarm.
//!
//! An interrupt of the timer would do to end the sleep, but not every alarm makes one: a driver that finds the time to have come already wakes at once.
//!
//! # Safety
//!
//! Makes a `Waker` without data.
#![allow(unsafe_code, reason = "makes a waker without an allocator")]

use core::ptr::null;
use core::task::{RawWaker, RawWakerVTable, Waker};

static FUNCTIONS: RawWakerVTable =
    RawWakerVTable::new(|_| RawWaker::new(null(), &FUNCTIONS), wake, wake, |_| {});

fn wake(_: *const ()) {
    super::unpark(&super::current());
}

// SAFETY: the functions use no data, and may be called from anywhere.
pub(super) static WAKER: Waker = unsafe { Waker::new(null(), &FUNCTIONS) };
