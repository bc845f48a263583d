//! The guard of a bucket: a mutex of loom's, which costs the exploration one step instead of the many of a spin lock.
//!
//! The spin lock that real ports use has a model of its own.
//!
//! # Safety
//!
//! Implements the `unsafe trait` [`Guard`] and keeps a mutex's guard beyond its borrow.
#![allow(
    unsafe_code,
    reason = "implements an unsafe trait; lengthens a lifetime"
)]

use loom::sync::{Mutex, MutexGuard};
use selvedge_core::port::Guard;

#[derive(Debug)]
pub struct MutexAsGuard(Mutex<()>);

// SAFETY: a mutex of loom's excludes and orders.
unsafe impl Guard for MutexAsGuard {
    type State = MutexGuard<'static, ()>;

    fn new() -> Self {
        Self(Mutex::new(()))
    }

    fn enter(&self) -> Self::State {
        let guard = self.0.lock().unwrap();
        // SAFETY: the bucket that the guard belongs to outlives every call into it, so also the time between `enter` and `leave`.
        unsafe { std::mem::transmute::<MutexGuard<'_, ()>, MutexGuard<'static, ()>>(guard) }
    }

    unsafe fn leave(&self, state: Self::State) {
        drop(state);
    }
}
