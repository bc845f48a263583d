//! The semaphore: no permit is lost or made, and nobody sleeps beside one.

use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, Ticks, World, explore, spawn};
use selvedge_core::{BoundedSemaphore, Semaphore};

models! {
    a_release_meets_a_waiter,
    a_bounded_permit_goes_round,
    two_permits_for_two_waiters,
    two_releases_for_two_waiters,
    a_timeout_meets_a_release,
    one_gives_up_and_another_waits,
    one_that_comes_by_is_faster,
}
models! { on ShortParking:
    two_permits_for_two_waiters,
    one_gives_up_and_another_waits,
}

/// A semaphore, and what its permits hand over.
pub(crate) struct Stock<P: World> {
    pub(crate) permits: Semaphore<P>,
    pub(crate) data: Data,
}

impl<P: World> Stock<P> {
    pub(crate) fn new(permits: u32) -> Arc<Self> {
        Arc::new(Self {
            permits: Semaphore::new(permits),
            data: Data::default(),
        })
    }

    pub(crate) fn take(&self) {
        self.permits.acquire().keep();
    }
}

/// One releases, the other waits: it gets the permit, and sees what came before.
fn a_release_meets_a_waiter<P: World>() {
    explore(Bound::NONE, || {
        let shared = Stock::<P>::new(0);
        let waiter = spawn(&shared, |shared| {
            shared.take();
            shared.data.bump()
        });
        shared.data.bump();
        shared.permits.release(1);
        assert_eq!(waiter.join().unwrap(), 2);
        assert_eq!(shared.permits.value(), 0);
    });
}

/// One permit of a bounded semaphore as a lock for two.
fn a_bounded_permit_goes_round<P: World>() {
    explore(Bound::preemptions::<P>(5, 4), || {
        let shared = Arc::new((BoundedSemaphore::<P>::new(1), Data::default()));
        let turn = |shared: &(BoundedSemaphore<P>, Data)| {
            let _permit = shared.0.acquire();
            shared.1.bump();
        };
        let other = spawn(&shared, turn);
        turn(&shared);
        other.join().unwrap();
        assert_eq!((shared.0.value(), shared.1.get()), (1, 2));
        assert!(shared.0.release(1).is_err());
    });
}

/// Two wait, and two permits come at once: both get one.
fn two_permits_for_two_waiters<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Stock::<P>::new(0);
        let waiters = [spawn(&shared, Stock::take), spawn(&shared, Stock::take)];
        shared.permits.release(2);
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert_eq!(shared.permits.value(), 0);
    });
}

/// Two wait, and two permits come one by one: the second release may find the first one's wake-up under way.
fn two_releases_for_two_waiters<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Stock::<P>::new(0);
        let waiters = [spawn(&shared, Stock::take), spawn(&shared, Stock::take)];
        shared.permits.release(1);
        shared.permits.release(1);
        for waiter in waiters {
            waiter.join().unwrap();
        }
        assert_eq!(shared.permits.value(), 0);
    });
}

/// One waits with a limit while a permit comes: either it has the permit, or the semaphore has.
fn a_timeout_meets_a_release<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(10, 3), move || {
        let shared = Stock::<P>::new(0);
        let waiter = spawn(&shared, |shared| {
            let permit = shared.permits.acquire_timeout(Ticks(2).into());
            permit.map(selvedge_core::Permit::keep).is_ok()
        });
        shared.permits.release(1);
        let got = waiter.join().unwrap();
        notes.note_if(got, "got it", "gave up");
        assert_eq!(shared.permits.value(), u32::from(!got));
    });
    seen.exactly(["gave up", "got it"]);
}

/// One waits with a limit, another without, and one permit comes. If the wake-up goes to the first as it gives up, the second must have
/// it.
fn one_gives_up_and_another_waits<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let shared = Stock::<P>::new(0);
        // Its permit goes back at once.
        let hasty = spawn(&shared, |shared| {
            shared.permits.acquire_timeout(Ticks(1).into()).is_ok()
        });
        let patient = spawn(&shared, Stock::take);
        shared.permits.release(1);
        notes.note_if(hasty.join().unwrap(), "got it", "gave up");
        patient.join().unwrap();
        assert_eq!(shared.permits.value(), 0);
    });
    seen.exactly(["gave up", "got it"]);
}

/// The releaser takes its permit back if it can, and gives it again: the waiter that was woken in vain is woken again.
fn one_that_comes_by_is_faster<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(4, 3), move || {
        let shared = Stock::<P>::new(0);
        let waiter = spawn(&shared, Stock::take);
        shared.permits.release(1);
        let again = shared.permits.try_acquire();
        notes.note_if(again.is_some(), "faster", "too late");
        drop(again);
        waiter.join().unwrap();
        assert_eq!(shared.permits.value(), 0);
    });
    seen.exactly(["faster", "too late"]);
}
