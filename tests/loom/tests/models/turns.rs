//! A task that has turns, and others that hold it between two of them.

use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, World, explore, spawn};
use selvedge_core::raw::RawTurns;

models! {
    a_turn_meets_a_hold,
    two_turns_meet_a_hold,
    a_turn_meets_two_holds,
}

struct Worker<P: World> {
    turns: RawTurns<P>,
    data: Data,
}

impl<P: World> Worker<P> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            turns: RawTurns::new(),
            data: Data::default(),
        })
    }

    fn turn(&self) {
        self.turns.turn(|| self.data.bump());
    }

    /// How much had been done when it was held.
    fn hold(&self) -> u32 {
        self.turns.hold();
        let count = self.data.bump();
        self.turns.release();
        count - 1
    }
}

/// The hold comes before the turn or after it, and each sees what the other did.
fn a_turn_meets_a_hold<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let worker = Worker::<P>::new();
        let other = spawn(&worker, Worker::turn);
        notes.note_if(worker.hold() == 0, "before", "after");
        other.join().unwrap();
        assert_eq!(worker.data.get(), 2);
    });
    seen.exactly(["before", "after"]);
}

/// A turn may follow at once: the holder waits for that one, too, and is not forgotten.
fn two_turns_meet_a_hold<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(4, 3), move || {
        let worker = Worker::<P>::new();
        let other = spawn(&worker, |worker| {
            worker.turn();
            worker.turn();
        });
        let names = ["before", "between", "after"];
        notes.note(names[worker.hold() as usize]);
        other.join().unwrap();
        assert_eq!(worker.data.get(), 3);
    });
    seen.exactly(["before", "between", "after"]);
}

/// One holds at a time, and both get there.
fn a_turn_meets_two_holds<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let worker = Worker::<P>::new();
        let others = [
            spawn(&worker, Worker::turn),
            spawn(&worker, |worker| _ = worker.hold()),
        ];
        worker.hold();
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(worker.data.get(), 3);
    });
}
