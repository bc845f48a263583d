//! Schedulers.

use crate::contenders::python;
use crate::contenders::schedulers::{by_hand, ours, priority_queue, tokio};
use crate::groups::entries;
use crate::row::{Pace, Row};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (count, label, rounds) in [(20_000, "20,000", 15), (1_000_000, "a million", 5)] {
        let pace = Pace::Fixed {
            ops: count,
            smoke: 1000,
            rounds,
        };
        let mut run = entries!([sched::run()]
            ours::Scheduler,
            by_hand::Heap,
            by_hand::Map,
            priority_queue::Queue,
        );
        run.extend(entries!([sched::run_somehow()] tokio::Queue));
        run.extend(python::sched("run"));
        let name = format!("enter and run {label}");
        rows.push(Row::new("sched", name, 1.0, pace, run));
        let mut cancel = entries!([sched::cancel()]
            ours::Scheduler,
            by_hand::Heap,
            by_hand::Map,
            priority_queue::Queue,
            tokio::Queue,
        );
        // A million takes it more than a minute.
        cancel.extend((count < 100_000).then(|| python::sched("cancel")).flatten());
        let name = format!("enter and cancel {label}, in random order");
        rows.push(Row::new("sched", name, 1.0, pace, cancel));
    }
    rows
}
