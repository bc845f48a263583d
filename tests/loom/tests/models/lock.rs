//! The lock: exclusion, hand-over, and nobody left asleep.

use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, Ticks, World, explore, spawn};
use selvedge_core::{Lock, Mutex};

models! {
    two_take_turns,
    two_take_turns_with_a_mutex,
    three_take_turns,
    only_one_tries_with_success,
    a_timeout_meets_a_release,
    one_gives_up_and_another_waits,
    a_fair_release_hands_over,
    the_one_it_is_kept_for_gives_up,
}
models! { on ShortParking:
    two_take_turns,
    one_gives_up_and_another_waits,
}

/// A lock, and what it protects.
pub(crate) struct Guarded<P: World> {
    pub(crate) lock: Lock<P>,
    pub(crate) data: Data,
}

impl<P: World> Guarded<P> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            lock: Lock::new(),
            data: Data::default(),
        })
    }

    pub(crate) fn bump(&self) {
        let _held = self.lock.acquire();
        self.data.bump();
    }

    /// In the end the lock is free, and works.
    pub(crate) fn is_whole(&self, bumps: u32) {
        assert!(!self.lock.locked());
        self.bump();
        assert_eq!(self.data.get(), bumps + 1);
    }
}

/// Two threads each change what the lock protects. Neither sees the other half way, and both get through.
fn two_take_turns<P: World>() {
    explore(Bound::preemptions::<P>(5, 4), || {
        let shared = Guarded::<P>::new();
        let other = spawn(&shared, Guarded::bump);
        shared.bump();
        other.join().unwrap();
        shared.is_whole(2);
    });
}

/// The same for the lock with data, whose guard releases without asking whether it is held.
fn two_take_turns_with_a_mutex<P: World>() {
    explore(Bound::preemptions::<P>(8, 5), || {
        let shared = Arc::new(Mutex::<P, Data>::new(Data::default()));
        let other = spawn(&shared, |shared| shared.lock().bump());
        let mine = shared.lock().bump();
        let theirs = other.join().unwrap();
        assert_eq!(mine + theirs, 1 + 2);
        assert!(!shared.is_locked());
    });
}

/// Three threads: one may be woken while another comes by.
fn three_take_turns<P: World>() {
    explore(Bound::preemptions::<P>(2, 2).roughly(), || {
        let shared = Guarded::<P>::new();
        let others = [spawn(&shared, Guarded::bump), spawn(&shared, Guarded::bump)];
        shared.bump();
        for other in others {
            other.join().unwrap();
        }
        shared.is_whole(3);
    });
}

/// Of two that try at once, one or both (one after the other) get it, and never both together.
fn only_one_tries_with_success<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let shared = Guarded::<P>::new();
        let attempt = |shared: &Guarded<P>| {
            let held = shared.lock.try_acquire();
            held.map_or(0, |_held| {
                shared.data.bump();
                1
            })
        };
        let other = spawn(&shared, attempt);
        let won = attempt(&shared) + other.join().unwrap();
        notes.note_if(won == 2, "both", "one");
        assert!(won > 0);
        shared.is_whole(won);
    });
    seen.exactly(["both", "one"]);
}

/// One waits with a limit while the holder releases. Whether it gets the lock or gives up, the lock is free in the end.
fn a_timeout_meets_a_release<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(5, 5), move || {
        let shared = Guarded::<P>::new();
        let held = shared.lock.acquire();
        let waiter = spawn(&shared, |shared| {
            let held = shared.lock.acquire_timeout(Ticks(2).into());
            held.is_ok_and(|_held| shared.data.bump() > 0)
        });
        shared.data.bump();
        drop(held);
        let got = waiter.join().unwrap();
        notes.note_if(got, "got it", "gave up");
        shared.is_whole(1 + u32::from(got));
    });
    seen.exactly(["gave up", "got it"]);
}

/// One waits with a limit, another without, and the holder releases once. If the wake-up goes to the first as it gives up, the
/// second must have it.
fn one_gives_up_and_another_waits<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let shared = Guarded::<P>::new();
        let held = shared.lock.acquire();
        let hasty = spawn(&shared, |shared| {
            shared.lock.acquire_timeout(Ticks(1).into()).is_ok()
        });
        let patient = spawn(&shared, Guarded::bump);
        drop(held);
        notes.note_if(hasty.join().unwrap(), "got it", "gave up");
        patient.join().unwrap();
        shared.is_whole(1);
    });
    seen.exactly(["gave up", "got it"]);
}

/// A fair release with a waiter leaves no gap: who comes by is refused until the waiter has had it.
fn a_fair_release_hands_over<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 2), move || {
        let shared = Guarded::<P>::new();
        let held = shared.lock.acquire();
        let waiter = spawn(&shared, Guarded::bump);
        shared.data.bump();
        held.release_fair();
        // The waiter may not have come yet.
        if let Some(_held) = shared.lock.try_acquire() {
            notes.note_if(shared.data.bump() == 2, "before", "after");
        } else {
            notes.note("refused");
        }
        waiter.join().unwrap();
        assert!(!shared.lock.locked());
    });
    seen.exactly(["after", "before", "refused"]);
}

/// A fair release keeps the lock for one that gives up in this moment. It must not stay kept: the other waiter gets it.
fn the_one_it_is_kept_for_gives_up<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let shared = Guarded::<P>::new();
        let held = shared.lock.acquire();
        let hasty = spawn(&shared, |shared| {
            let held = shared.lock.acquire_timeout(Ticks(1).into());
            held.is_ok_and(|_held| shared.data.bump() > 0)
        });
        let patient = spawn(&shared, Guarded::bump);
        shared.data.bump();
        held.release_fair();
        let got = hasty.join().unwrap();
        notes.note_if(got, "got it", "gave up");
        patient.join().unwrap();
        shared.is_whole(2 + u32::from(got));
    });
    seen.exactly(["gave up", "got it"]);
}
