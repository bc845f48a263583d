//! The lowest level: a lock is one word, and everything else is up to you.
//!
//! `RawLock` has no data, no guard and no lifetime. This is what guards, other languages and `lock_api` are built on.
//!
//! # Safety
//!
//! Accesses a cell that the raw lock protects, and releases the lock by hand.
#![allow(unsafe_code, reason = "nothing ties the data to a raw lock")]

use std::cell::UnsafeCell;

use lock_api::RawMutex;
use selvedge::port::Native;
use selvedge_core::raw::RawLock;

struct Counter {
    lock: RawLock<Native>,
    count: UnsafeCell<u32>,
}

// SAFETY: `count` is used with `lock` held only.
unsafe impl Sync for Counter {}

static COUNTER: Counter = Counter {
    lock: RawLock::new(),
    count: UnsafeCell::new(0),
};

fn count_to_thousand() {
    for _ in 0..1000 {
        let token = COUNTER.lock.lock();
        // SAFETY: the lock is held.
        unsafe { *COUNTER.count.get() += 1 };
        // SAFETY: this thread took it above.
        unsafe { COUNTER.lock.unlock(token) };
    }
}

fn main() {
    let threads = [
        std::thread::spawn(count_to_thousand),
        std::thread::spawn(count_to_thousand),
    ];
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    // SAFETY: nobody else is left.
    let count = unsafe { *COUNTER.count.get() };
    println!(
        "{} bytes of lock counted {count}",
        size_of::<RawLock<Native>>()
    );
}
