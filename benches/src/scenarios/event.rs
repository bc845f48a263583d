//! Events.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::contender::Event;
use crate::row::{Plan, Sample};
use crate::scenarios::{repeat, unknown};
use crate::team::{Apart, until_done};

/// Two threads and two events: each sets the other's and waits for its own; an operation is once there and back.
pub(crate) fn ping_pong<E: Event>(plan: &Plan) -> Sample {
    let events = [Apart(E::new()), Apart(E::new())];
    let turn = Apart(AtomicU64::new(0));
    let time = until_done(2, |index, gate| {
        let (mine, other) = (&events[index].0, &events[1 - index].0);
        mine.adopt();
        gate.pass();
        if index == 0 {
            for round in 0..plan.ops {
                turn.0.store(2 * round + 1, Relaxed);
                other.set();
                mine.take();
                assert_eq!(turn.0.load(Relaxed), 2 * round + 2, "it is back");
            }
        } else {
            for round in 0..plan.ops {
                mine.take();
                assert_eq!(turn.0.load(Relaxed), 2 * round + 1, "it is here");
                turn.0.store(2 * round + 2, Relaxed);
                other.set();
            }
        }
    });
    assert_eq!(turn.0.load(Relaxed), 2 * plan.ops);
    Sample::new(plan.ops, time)
}

/// Set and cleared, and nobody waits.
pub(crate) fn set_clear<E: Event>(plan: &Plan) -> Sample {
    let event = Apart(E::new());
    let event = unknown(&event.0);
    event.adopt();
    let time = repeat(plan.ops, || {
        event.set();
        event.clear();
    });
    // That it is clear now cannot be asked of all of them; that a set is not lost can.
    event.set();
    event.take();
    Sample::new(plan.ops, time)
}
