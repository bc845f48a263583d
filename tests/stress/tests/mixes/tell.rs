//! A flag that goes up and down while others wait for it in every way.

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use selvedge_core::Event;
use selvedge_core::port::TimedPort;

use crate::exclusive::{How, how};
use crate::plan::{block_on, dawdle, give_up, micros, on_threads};

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// What the one does that sets and clears, over and over.
    setter: Vec<u8>,
    waiters: Vec<Vec<How>>,
}

pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    (vec(any::<u8>(), 1..20), vec(vec(how(), 1..60), 1..5))
        .prop_map(|(setter, waiters)| Plan { setter, waiters })
}

pub(crate) fn event<P: TimedPort>(plan: &Plan) {
    let event = Event::<P>::new();
    let steps: usize = plan.waiters.iter().map(Vec::len).sum();
    let left = AtomicU32::new(steps as u32);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turns in plan.setter.iter().cycle() {
                if left.load(Ordering::SeqCst) == 0 {
                    break;
                }
                dawdle(*turns);
                event.set();
                if turns % 3 == 0 {
                    dawdle(*turns);
                }
                event.clear();
            }
        });
        on_threads(&plan.waiters, |_, how| {
            match how {
                How::Block => event.wait(),
                How::Try => drop(event.try_wait()),
                How::Timeout(n) => drop(event.wait_timeout(micros(*n))),
                How::Future => block_on::<P, _>(event.wait_async()),
                How::GiveUp(polls) => drop(give_up(event.wait_async(), *polls)),
            }
            left.fetch_sub(1, Ordering::SeqCst);
        });
    });
    assert_eq!(left.into_inner(), 0);
    assert!(!event.is_set());
}
