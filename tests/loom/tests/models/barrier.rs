//! The barrier: everybody passes or everybody is told that it broke, one cycle after the other.

use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, Signal, Ticks, World, block_on, explore, poll, spawn};
use selvedge_core::error::BarrierError;
use selvedge_core::{Action, Barrier, NoAction};

models! {
    two_meet,
    two_meet_twice,
    three_meet,
    the_action_comes_first,
    a_timeout_breaks_it,
    an_abort_meets_two,
    a_reset_meets_two,
    two_cycles_end_at_once,
    a_future_and_a_thread_meet,
    a_future_is_dropped,
}

/// A barrier and what each party has done before it came.
struct Meeting<P: World, A = NoAction> {
    barrier: Barrier<P, A>,
    work: [Data; 3],
}

fn meeting<P: World>(parties: u32) -> Arc<Meeting<P>> {
    Arc::new(Meeting {
        barrier: Barrier::new(parties),
        work: Default::default(),
    })
}

/// One party: does its work, waits, and sees everybody's.
fn meet<P: World, A: Action>(shared: &Meeting<P, A>, me: usize, parties: usize) -> u32 {
    shared.work[me].bump();
    let index = shared.barrier.wait().unwrap();
    for work in &shared.work[..parties] {
        assert_eq!(work.get(), 1);
    }
    index
}

/// Two meet. Each sees what the other did before, and they have different numbers.
fn two_meet<P: World>() {
    explore(Bound::preemptions::<P>(8, 6), || {
        let shared = meeting::<P>(2);
        let other = spawn(&shared, |shared| meet(shared, 1, 2));
        let mine = meet(&shared, 0, 2);
        assert_eq!(mine + other.join().unwrap(), 1);
        assert_eq!(shared.barrier.n_waiting(), 0);
    });
}

/// Two meet twice: the faster one comes again while the slower one has not left yet, and is not counted for the first cycle.
fn two_meet_twice<P: World>() {
    explore(Bound::preemptions::<P>(4, 3), || {
        let shared = meeting::<P>(2);
        let twice = |shared: &Meeting<P>, me: usize| {
            let first = meet(shared, me, 2);
            [first, shared.barrier.wait().unwrap()]
        };
        let other = spawn(&shared, move |shared| twice(shared, 1));
        let mine = twice(&shared, 0);
        let theirs = other.join().unwrap();
        assert_eq!([mine[0] + theirs[0], mine[1] + theirs[1]], [1, 1]);
    });
}

/// Three meet: two sleep, and both are told.
fn three_meet<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = meeting::<P>(3);
        let others = [
            spawn(&shared, |shared| meet(shared, 1, 3)),
            spawn(&shared, |shared| meet(shared, 2, 3)),
        ];
        let mine = meet(&shared, 0, 3);
        let theirs: u32 = others.into_iter().map(|other| other.join().unwrap()).sum();
        assert_eq!(mine + theirs, 1 + 2);
    });
}

/// With an action: it sees everybody's work, and everybody sees its. The next cycle may begin while it runs.
fn the_action_comes_first<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let sum = Arc::new(Data::default());
        let shared = {
            let sum = sum.clone();
            Arc::new(Meeting {
                barrier: Barrier::<P, _>::with_action(1, move || {
                    sum.bump();
                }),
                work: Default::default(),
            })
        };
        // A barrier of one: two threads go through it, and their actions exclude each other.
        let other = spawn(&shared, |shared| shared.barrier.wait().unwrap());
        assert_eq!(shared.barrier.wait(), Ok(0));
        assert_eq!(other.join().unwrap(), 0);
        assert_eq!(sum.get(), 2);
    });
}

/// One waits with a limit. Both pass, or it breaks for both; nobody waits for ever.
fn a_timeout_breaks_it<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(5, 4), move || {
        let shared = meeting::<P>(2);
        let patient = spawn(&shared, |shared| shared.barrier.wait().is_ok());
        let hasty = shared.barrier.wait_timeout(Ticks(1).into());
        let passed = patient.join().unwrap();
        assert_eq!(hasty.is_ok(), passed);
        assert_eq!(shared.barrier.is_broken(), !passed);
        notes.note(match hasty {
            Ok(_) => "passed",
            Err(BarrierError::TimedOut) => "timed out",
            Err(_) => "broken",
        });
    });
    seen.exactly(["passed", "timed out"]);
}

/// Two wait, a third aborts: both pass or both fail.
fn an_abort_meets_two<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 2), move || {
        let shared = meeting::<P>(2);
        let wait = |shared: &Meeting<P>| shared.barrier.wait().is_ok();
        let others = [spawn(&shared, wait), spawn(&shared, wait)];
        shared.barrier.abort();
        let [one, other] = others.map(|other| other.join().unwrap());
        assert_eq!(one, other);
        notes.note_if(one, "passed", "broken");
        assert!(shared.barrier.is_broken());
    });
    seen.exactly(["broken", "passed"]);
}

/// Two wait, one of them with a limit, a third resets. Who was there is told that it was broken; who comes later starts a new cycle, which the limit
/// ends if nobody else comes.
fn a_reset_meets_two<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let shared = meeting::<P>(2);
        let limited = |shared: &Meeting<P>| shared.barrier.wait_timeout(Ticks(1).into());
        let others = [spawn(&shared, limited), spawn(&shared, limited)];
        shared.barrier.reset();
        let [one, other] = others.map(|other| other.join().unwrap());
        assert_eq!(one.is_ok(), other.is_ok());
        notes.note_if(one.is_ok(), "passed", "failed");
        if one == Err(BarrierError::Broken) && other == Err(BarrierError::Broken) {
            panic!("a reset tells one at most, and breaks for nobody who comes after it");
        }
    });
    seen.exactly(["failed", "passed"]);
}

/// Four come to a barrier of two: one cycle may end while the last party of the one before has not told the other one yet. In each cycle the numbers differ, so
/// each comes twice in all.
fn two_cycles_end_at_once<P: World>() {
    explore(Bound::preemptions::<P>(2, 1).roughly(), || {
        let shared = meeting::<P>(2);
        let wait = |shared: &Meeting<P>| shared.barrier.wait().unwrap();
        let others = [(); 3].map(|()| spawn(&shared, wait));
        let mine = wait(&shared);
        let theirs: u32 = others.into_iter().map(|other| other.join().unwrap()).sum();
        assert_eq!(mine + theirs, 2);
    });
}

/// A future and a thread are parties of one barrier.
fn a_future_and_a_thread_meet<P: World>() {
    explore(Bound::preemptions::<P>(5, 4), || {
        let shared = meeting::<P>(2);
        let thread = spawn(&shared, |shared| meet(shared, 1, 2));
        shared.work[0].bump();
        let index = block_on(shared.barrier.wait_async()).unwrap();
        assert_eq!(shared.work[1].get(), 1);
        assert_eq!(index + thread.join().unwrap(), 1);
    });
}

/// A future comes, and is dropped while a thread comes, too. Either the two met, or it is as if the future had never come.
fn a_future_is_dropped<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(5, 4), move || {
        let shared = meeting::<P>(2);
        let mut wait = Box::pin(shared.barrier.wait_async());
        assert!(poll(wait.as_mut(), &Signal::new()).is_pending());
        let thread = spawn(&shared, |shared| shared.barrier.wait().is_ok());
        drop(wait);
        if shared.barrier.wait_timeout(Ticks(1).into()).is_err() {
            // The thread has met the future that was dropped, or it has been told that it broke.
            notes.note_if(thread.join().unwrap(), "met the future", "was told");
        } else {
            assert!(thread.join().unwrap());
            notes.note("met another");
        }
    });
    seen.exactly(["met another", "met the future", "was told"]);
}
