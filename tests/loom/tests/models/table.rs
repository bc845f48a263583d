//! The table of waiters by itself: its guard, and parking where a thread must be alive to be resumed.
//!
//! # Safety
//!
//! Uses a guard as the table does.
#![allow(unsafe_code, reason = "enters and leaves a guard")]

use std::sync::Arc;

use loom_tests::{Bound, Data, LiveParking, Ticks, explore, spawn};
use selvedge_core::port::{Guard, SpinGuard};

use crate::condition::Post;
use crate::event::News;
use crate::lock::Guarded;

/// Two go through the spin lock that guards a bucket on most ports: one at a time, and the second sees what the first did.
#[test]
fn a_spin_guard_excludes() {
    explore(Bound::NONE, || {
        let shared = Arc::new((SpinGuard::new(), Data::default()));
        let visit = |(guard, data): &(SpinGuard, Data)| {
            guard.enter();
            data.bump();
            // SAFETY: entered two lines above.
            unsafe { guard.leave(()) };
        };
        let other = spawn(&shared, visit);
        visit(&shared);
        other.join().unwrap();
        assert_eq!(shared.1.get(), 2);
    });
}

/// A waiter returns and its thread ends at once. Whoever woke it must be done with it by then: the port checks that it is alive.
#[test]
fn a_woken_thread_may_end() {
    explore(Bound::preemptions::<LiveParking>(4, 4), || {
        let shared = News::<LiveParking>::new();
        let waiter = spawn(&shared, News::hear);
        shared.tell();
        waiter.join().unwrap();
    });
}

/// The same for a lock with a limit: its thread may end while a release still means to wake it.
#[test]
fn a_thread_that_gave_up_may_end() {
    explore(Bound::preemptions::<LiveParking>(3, 3), || {
        let shared = Guarded::<LiveParking>::new();
        let held = shared.lock.acquire();
        let waiter = spawn(&shared, |shared| {
            shared.lock.acquire_timeout(Ticks(1).into()).is_ok()
        });
        drop(held);
        waiter.join().unwrap();
        shared.is_whole(0);
    });
}

/// The same for a condition: its waiter may be moved to a lock, and be notified there or on the way.
#[test]
fn a_notified_thread_may_end() {
    explore(Bound::preemptions::<LiveParking>(3, 3), || {
        let shared = Post::<LiveParking>::new();
        let waiter = spawn(&shared, Post::fetch);
        shared.bring();
        shared.arrived.notify_one();
        waiter.join().unwrap();
        shared.is_whole();
    });
}
