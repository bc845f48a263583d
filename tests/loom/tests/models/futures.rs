//! Futures and threads on one object, and futures dropped at every point: no permit and no wake-up is lost.
//!
//! A future is dropped unpolled, after one poll (that is: waiting, or notified without having looked), or after it was woken and before it
//! looked again.

use loom_tests::{Bound, Seen, Signal, World, block_on, explore, poll, spawn};

use crate::condition::Post;
use crate::event::News;
use crate::lock::Guarded;
use crate::semaphore::Stock;

models! {
    a_lock_for_a_future_and_a_thread,
    a_lock_for_two_futures_and_a_thread,
    a_locking_future_is_dropped,
    a_woken_locking_future_is_dropped,
    a_fair_release_to_a_future_that_is_dropped,
    a_permit_for_a_future,
    a_permit_for_a_future_or_a_thread,
    two_permits_for_a_future_and_a_thread,
    a_permit_for_a_future_that_is_dropped,
    a_permit_for_a_woken_future_that_is_dropped,
    an_event_for_a_future,
    an_event_for_a_future_and_a_thread,
    an_event_for_a_future_that_looks_early,
    an_event_for_a_future_that_is_dropped,
    a_notification_for_a_future,
    a_notification_for_a_future_that_is_dropped,
}
models! { on ShortParking:
    a_lock_for_two_futures_and_a_thread,
    a_woken_locking_future_is_dropped,
    a_permit_for_a_future_or_a_thread,
    two_permits_for_a_future_and_a_thread,
    a_permit_for_a_woken_future_that_is_dropped,
    an_event_for_a_future,
    an_event_for_a_future_and_a_thread,
    an_event_for_a_future_that_is_dropped,
    a_notification_for_a_future,
}

/// A future and a thread take turns.
fn a_lock_for_a_future_and_a_thread<P: World>() {
    explore(Bound::preemptions::<P>(4, 3), || {
        let shared = Guarded::<P>::new();
        let thread = spawn(&shared, Guarded::bump);
        block_on(async {
            let _held = shared.lock.acquire_async().await;
            shared.data.bump();
        });
        thread.join().unwrap();
        shared.is_whole(2);
    });
}

/// Two futures and a thread take turns: one wake-up at a time, to either kind.
fn a_lock_for_two_futures_and_a_thread<P: World>() {
    explore(Bound::preemptions::<P>(1, 1), || {
        let shared = Guarded::<P>::new();
        let held = shared.lock.acquire();
        let future = |shared: &Guarded<P>| {
            block_on(async {
                let _held = shared.lock.acquire_async().await;
                shared.data.bump();
            });
        };
        let others = [spawn(&shared, future), spawn(&shared, future)];
        let thread = spawn(&shared, Guarded::bump);
        drop(held);
        for other in others {
            other.join().unwrap();
        }
        thread.join().unwrap();
        shared.is_whole(3);
    });
}

/// A future waits and is dropped while the holder releases; a thread waits, too, and gets it.
fn a_locking_future_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Guarded::<P>::new();
        let held = shared.lock.acquire();
        let dropper = spawn(&shared, |shared| {
            let mut future = Box::pin(shared.lock.acquire_async());
            // If it is ready, its guard goes at once.
            let _ = poll(future.as_mut(), &Signal::new());
        });
        let thread = spawn(&shared, Guarded::bump);
        drop(held);
        dropper.join().unwrap();
        thread.join().unwrap();
        shared.is_whole(1);
    });
}

/// A future waits, is woken for sure, and is dropped without looking: the wake-up goes on to the thread.
fn a_woken_locking_future_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = Guarded::<P>::new();
        let held = shared.lock.acquire();
        let signal = Signal::new();
        let mut future = Box::pin(shared.lock.acquire_async());
        assert!(poll(future.as_mut(), &signal).is_pending());
        let thread = spawn(&shared, Guarded::bump);
        drop(held);
        drop(future);
        thread.join().unwrap();
        shared.is_whole(1);
    });
}

/// The lock is kept for a future that is dropped: it must not stay kept.
fn a_fair_release_to_a_future_that_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = Guarded::<P>::new();
        let held = shared.lock.acquire();
        let mut future = Box::pin(shared.lock.acquire_async());
        assert!(poll(future.as_mut(), &Signal::new()).is_pending());
        let thread = spawn(&shared, Guarded::bump);
        held.release_fair();
        drop(future);
        thread.join().unwrap();
        shared.is_whole(1);
    });
}

/// A future waits for a permit that a thread releases: it gets it, and sees what came before.
fn a_permit_for_a_future<P: World>() {
    explore(Bound::preemptions::<P>(6, 6), || {
        let shared = Stock::<P>::new(0);
        let releaser = spawn(&shared, |shared| {
            shared.data.bump();
            shared.permits.release(1);
        });
        block_on(async { shared.permits.acquire_async().await.keep() });
        assert_eq!(shared.data.get(), 1);
        releaser.join().unwrap();
        assert_eq!(shared.permits.value(), 0);
    });
}

/// A future and a thread wait for one permit, which goes round.
fn a_permit_for_a_future_or_a_thread<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Stock::<P>::new(0);
        let future = spawn(&shared, |shared| {
            block_on(async {
                let _permit = shared.permits.acquire_async().await;
                shared.data.bump();
            });
        });
        let thread = spawn(&shared, |shared| {
            let _permit = shared.permits.acquire();
            shared.data.bump();
        });
        shared.permits.release(1);
        future.join().unwrap();
        thread.join().unwrap();
        assert_eq!((shared.permits.value(), shared.data.get()), (1, 2));
    });
}

/// A future and a thread wait for a permit each, and both come at once.
fn two_permits_for_a_future_and_a_thread<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Stock::<P>::new(0);
        let future = spawn(&shared, |shared| {
            block_on(async { shared.permits.acquire_async().await.keep() });
        });
        let thread = spawn(&shared, Stock::take);
        shared.permits.release(2);
        future.join().unwrap();
        thread.join().unwrap();
        assert_eq!(shared.permits.value(), 0);
    });
}

/// A future waits and is dropped while a permit comes; a thread waits, too, and gets it.
fn a_permit_for_a_future_that_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Stock::<P>::new(0);
        let dropper = spawn(&shared, |shared| {
            let mut future = Box::pin(shared.permits.acquire_async());
            let _ = poll(future.as_mut(), &Signal::new());
        });
        let thread = spawn(&shared, Stock::take);
        shared.permits.release(1);
        dropper.join().unwrap();
        thread.join().unwrap();
        assert_eq!(shared.permits.value(), 0);
    });
}

/// A future waits, a permit comes for it, and it is dropped without looking: the wake-up goes on to the thread.
fn a_permit_for_a_woken_future_that_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = Stock::<P>::new(0);
        let mut future = Box::pin(shared.permits.acquire_async());
        assert!(poll(future.as_mut(), &Signal::new()).is_pending());
        let thread = spawn(&shared, Stock::take);
        shared.permits.release(1);
        drop(future);
        thread.join().unwrap();
        assert_eq!(shared.permits.value(), 0);
    });
}

/// A future waits for the flag.
fn an_event_for_a_future<P: World>() {
    explore(Bound::NONE, || {
        let shared = News::<P>::new();
        let setter = spawn(&shared, News::tell);
        block_on(shared.event.wait_async());
        assert_eq!(shared.data.get(), 1);
        setter.join().unwrap();
    });
}

/// A future and a thread wait for the flag: both are woken.
fn an_event_for_a_future_and_a_thread<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = News::<P>::new();
        let future = spawn(&shared, |shared| {
            block_on(shared.event.wait_async());
            assert_eq!(shared.data.get(), 1);
        });
        let thread = spawn(&shared, News::hear);
        shared.tell();
        future.join().unwrap();
        thread.join().unwrap();
    });
}

/// A future is polled again before its waker was called. If it finds itself notified, it sees what came before: only the edges of
/// the future itself can carry that.
fn an_event_for_a_future_that_looks_early<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(8, 6), move || {
        let shared = News::<P>::new();
        let signal = Signal::new();
        let mut future = Box::pin(shared.event.wait_async());
        assert!(poll(future.as_mut(), &signal).is_pending());
        let setter = spawn(&shared, News::tell);
        if poll(future.as_mut(), &signal).is_ready() {
            notes.note("early");
        } else {
            notes.note("in time");
            block_on(future);
        }
        assert_eq!(shared.data.get(), 1);
        setter.join().unwrap();
    });
    seen.exactly(["early", "in time"]);
}

/// A future waits and is dropped while the flag goes up; a thread that waits, too, is woken.
fn an_event_for_a_future_that_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = News::<P>::new();
        let dropper = spawn(&shared, |shared| {
            let mut future = Box::pin(shared.event.wait_async());
            let _ = poll(future.as_mut(), &Signal::new());
        });
        let thread = spawn(&shared, News::hear);
        shared.tell();
        dropper.join().unwrap();
        thread.join().unwrap();
    });
}

/// A future waits for a notification, with the lock, and has the lock when it is ready.
fn a_notification_for_a_future<P: World>() {
    explore(Bound::preemptions::<P>(4, 3), || {
        let shared = Post::<P>::new();
        let notifier = spawn(&shared, |shared| {
            let _held = shared.lock.acquire();
            shared.data.bump();
            shared.arrived.notify_one();
        });
        block_on(async {
            let held = shared.lock.acquire_async().await;
            let wait = shared
                .arrived
                .wait_for_async(held, |_| shared.data.get() > 0);
            let _held = wait.await;
            shared.data.bump();
        });
        notifier.join().unwrap();
        shared.is_whole();
    });
}

/// Two wait, the future first. It is notified and dropped, before or after: the notification is not lost, the thread has it.
fn a_notification_for_a_future_that_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = Post::<P>::new();
        let held = shared.lock.acquire();
        let mut future = Box::pin(shared.arrived.wait_async(held));
        assert!(poll(future.as_mut(), &Signal::new()).is_pending());
        let thread = spawn(&shared, Post::fetch);
        let notifier = spawn(&shared, |shared| {
            shared.bring();
            // For the future, if the thread does not wait yet: then it will find the data.
            shared.arrived.notify_one();
        });
        drop(future);
        thread.join().unwrap();
        notifier.join().unwrap();
        shared.is_whole();
    });
}
