//! The reentrant lock: its owner nests, nobody else gets in, and a condition lets go of all levels.

use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, Ticks, World, explore, spawn};
use selvedge_core::{Condvar, RLock};

models! {
    two_nest,
    one_tries_while_the_other_nests,
    a_condition_releases_all_levels,
    a_timeout_meets_a_release,
}

/// Both acquire twice.
fn two_nest<P: World>() {
    explore(Bound::preemptions::<P>(4, 3), || {
        let shared = Arc::new(RLock::<P, Data>::new(Data::default()));
        let nest = |shared: &RLock<P, Data>| {
            let outer = shared.acquire();
            let inner = shared.acquire();
            inner.bump();
            drop(inner);
            assert!(shared.is_owned());
            outer.bump();
        };
        let other = spawn(&shared, nest);
        nest(&shared);
        other.join().unwrap();
        assert!(!shared.is_owned() && !shared.locked());
        assert_eq!(shared.acquire().get(), 4);
    });
}

/// One nests by trying, which works for the owner only.
fn one_tries_while_the_other_nests<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(6, 6), move || {
        let shared = Arc::new(RLock::<P, Data>::new(Data::default()));
        let other = spawn(&shared, |shared| {
            shared.try_acquire().map(|held| held.bump()).is_some()
        });
        {
            let _outer = shared.acquire();
            let inner = shared.try_acquire().expect("the owner may");
            inner.bump();
        }
        let got = other.join().unwrap();
        notes.note_if(got, "got it", "refused");
        assert_eq!(shared.acquire().get(), 1 + u32::from(got));
    });
    seen.exactly(["got it", "refused"]);
}

/// T-68: the owner waits with two levels held. The other gets in, notifies, and the owner has two levels again.
fn a_condition_releases_all_levels<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = Arc::new((RLock::<P, Data>::new(Data::default()), Condvar::<P>::new()));
        let waiter = spawn(&shared, |(lock, arrived)| {
            let outer = lock.acquire();
            let mut inner = lock.acquire();
            arrived.wait_for(&mut inner, |data| data.get() > 0);
            drop(inner);
            assert!(lock.is_owned());
            drop(outer);
            assert!(!lock.is_owned());
        });
        {
            let held = shared.0.acquire();
            held.bump();
            shared.1.notify_one();
        }
        waiter.join().unwrap();
        assert!(!shared.0.locked());
    });
}

/// One waits with a limit while the owner releases its levels.
fn a_timeout_meets_a_release<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(4, 4), move || {
        let shared = Arc::new(RLock::<P, Data>::new(Data::default()));
        let outer = shared.acquire();
        let waiter = spawn(&shared, |shared| {
            let held = shared.acquire_timeout(Ticks(1).into());
            held.is_ok_and(|held| held.bump() == 2)
        });
        shared.acquire().bump();
        drop(outer);
        notes.note_if(waiter.join().unwrap(), "got it", "gave up");
        assert!(!shared.locked());
    });
    seen.exactly(["gave up", "got it"]);
}
