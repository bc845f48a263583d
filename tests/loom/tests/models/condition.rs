//! The condition: exact counts, oldest first, and no notification lost on one that gives up.

use std::pin::pin;
use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, Signal, Ticks, World, explore, poll, spawn};
use selvedge_core::{Condvar, Lock};

models! {
    a_notification_under_the_lock,
    a_notification_without_the_lock,
    all_are_notified_under_the_lock,
    all_are_notified_without_the_lock,
    as_many_return_as_were_notified,
    the_oldest_is_notified,
    one_is_moved_to_a_lock_that_is_wanted,
    one_with_a_limit_is_moved,
    one_is_moved_and_the_lock_is_handed_over,
}
models! { on ShortParking:
    one_is_moved_to_a_lock_that_is_wanted,
}

/// A lock, a condition, and what they are about.
pub(crate) struct Post<P: World> {
    pub(crate) lock: Lock<P>,
    pub(crate) arrived: Condvar<P>,
    pub(crate) data: Data,
}

impl<P: World> Post<P> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            lock: Lock::new(),
            arrived: Condvar::new(),
            data: Data::default(),
        })
    }

    /// Waits until the data are there.
    pub(crate) fn fetch(&self) {
        let mut held = self.lock.acquire();
        self.arrived.wait_for(&mut held, |_| self.data.get() > 0);
    }

    /// Brings the data, with the lock held.
    pub(crate) fn bring(&self) {
        let _held = self.lock.acquire();
        self.data.bump();
    }

    pub(crate) fn is_whole(&self) {
        assert!(!self.lock.locked());
        assert_eq!(self.arrived.waiting(), 0);
    }
}

/// One waits for data, the other brings them and notifies while it holds the lock: the waiter is moved to the lock, or told.
fn a_notification_under_the_lock<P: World>() {
    explore(Bound::preemptions::<P>(4, 4), || {
        let shared = Post::<P>::new();
        let waiter = spawn(&shared, Post::fetch);
        {
            let _held = shared.lock.acquire();
            shared.data.bump();
            shared.arrived.notify_one();
        }
        waiter.join().unwrap();
        shared.is_whole();
    });
}

/// The same with the notification after the lock was released.
fn a_notification_without_the_lock<P: World>() {
    explore(Bound::preemptions::<P>(5, 4), || {
        let shared = Post::<P>::new();
        let waiter = spawn(&shared, Post::fetch);
        shared.bring();
        shared.arrived.notify_one();
        waiter.join().unwrap();
        shared.is_whole();
    });
}

/// Two wait, and both are notified at once, under the lock: one after the other gets it.
fn all_are_notified_under_the_lock<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Post::<P>::new();
        let waiters = [spawn(&shared, Post::fetch), spawn(&shared, Post::fetch)];
        {
            let _held = shared.lock.acquire();
            shared.data.bump();
            shared.arrived.notify_all();
        }
        for waiter in waiters {
            waiter.join().unwrap();
        }
        shared.is_whole();
    });
}

/// The same without the lock: a waiter may have it while another is being moved to it.
fn all_are_notified_without_the_lock<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Post::<P>::new();
        let waiters = [spawn(&shared, Post::fetch), spawn(&shared, Post::fetch)];
        shared.bring();
        shared.arrived.notify_all();
        for waiter in waiters {
            waiter.join().unwrap();
        }
        shared.is_whole();
    });
}

/// T-78: two wait with a limit, one notification comes. If it says that it found one, then one returns as notified, and no other.
fn as_many_return_as_were_notified<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let shared = Post::<P>::new();
        let wait = |shared: &Post<P>| {
            let mut held = shared.lock.acquire();
            let limit = Ticks(1).into();
            u32::from(shared.arrived.wait_timeout(&mut held, limit).is_ok())
        };
        let waiters = [spawn(&shared, wait), spawn(&shared, wait)];
        let found = shared.arrived.notify(1);
        let notified: u32 = waiters
            .into_iter()
            .map(|waiter| waiter.join().unwrap())
            .sum();
        assert_eq!(notified, found);
        notes.note_if(found == 1, "found one", "found none");
        shared.is_whole();
    });
    seen.exactly(["found none", "found one"]);
}

/// A future waits first, a thread after it. One notification is for the future, whatever the thread does.
fn the_oldest_is_notified<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 2), move || {
        let shared = Post::<P>::new();
        let signal = Signal::new();
        let held = shared.lock.acquire();
        let mut first = pin!(shared.arrived.wait_async(held));
        assert!(poll(first.as_mut(), &signal).is_pending());
        let second = spawn(&shared, Post::fetch);
        notes.note_if(shared.arrived.waiting() == 2, "both waited", "one waited");
        assert!(shared.arrived.notify_one());
        signal.wait();
        while poll(first.as_mut(), &signal).is_pending() {
            signal.wait();
        }
        // Its guard was given back and dropped with the output.
        shared.bring();
        shared.arrived.notify_all();
        second.join().unwrap();
        shared.is_whole();
    });
    seen.exactly(["both waited", "one waited"]);
}

/// The notifier does not hold the lock, a third thread does, and releases it meanwhile: the waiter that is on its way to the lock's queue
/// must not be left there.
fn one_is_moved_to_a_lock_that_is_wanted<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Post::<P>::new();
        let waiter = spawn(&shared, Post::fetch);
        let third = spawn(&shared, |shared| {
            let _held = shared.lock.acquire();
        });
        shared.bring();
        shared.arrived.notify_one();
        waiter.join().unwrap();
        third.join().unwrap();
        shared.is_whole();
    });
}

/// One with a limit is notified under the lock. If the notification found it, it was notified, although its time may run out while it is moved.
fn one_with_a_limit_is_moved<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(4, 4), move || {
        let shared = Post::<P>::new();
        let waiter = spawn(&shared, |shared| {
            let mut held = shared.lock.acquire();
            let limit = Ticks(1).into();
            let outcome = shared.arrived.wait_timeout(&mut held, limit);
            shared.data.bump();
            outcome.is_ok()
        });
        let found = {
            let _held = shared.lock.acquire();
            shared.data.bump();
            shared.arrived.notify_one()
        };
        assert_eq!(waiter.join().unwrap(), found);
        notes.note_if(found, "found it", "found none");
        assert_eq!(shared.data.get(), 2);
        shared.is_whole();
    });
    seen.exactly(["found it", "found none"]);
}

/// One is moved to the lock, whose holder releases it fairly: it is kept for the one that was moved.
fn one_is_moved_and_the_lock_is_handed_over<P: World>() {
    explore(Bound::preemptions::<P>(4, 4), || {
        let shared = Post::<P>::new();
        let waiter = spawn(&shared, Post::fetch);
        let held = shared.lock.acquire();
        shared.data.bump();
        shared.arrived.notify_one();
        held.release_fair();
        waiter.join().unwrap();
        shared.is_whole();
    });
}
