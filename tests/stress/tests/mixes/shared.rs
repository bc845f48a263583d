//! Readers and writers.

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use selvedge_core::RwLock;
use selvedge_core::port::TimedPort;

use crate::exclusive::{How, how};
use crate::plan::{block_on, dawdle, give_up, micros, on_threads};

#[derive(Debug, Clone)]
pub(crate) struct Step {
    how: How,
    writes: bool,
    downgrades: bool,
    dawdle: u8,
}

pub(crate) fn plans() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = (how(), prop::bool::weighted(0.4), any::<bool>(), any::<u8>()).prop_map(
        |(how, writes, downgrades, dawdle)| Step {
            how,
            writes,
            downgrades,
            dawdle,
        },
    );
    vec(vec(step, 1..60), 2..6)
}

#[allow(clippy::ptr_arg, reason = "a plan, as it is generated")]
pub(crate) fn rwlock<P: TimedPort>(plan: &Vec<Vec<Step>>) {
    let lock = RwLock::<P, (u32, u32)>::new((0, 0));
    let written = AtomicU32::new(0);
    on_threads(plan, |_, step| {
        if step.writes {
            let guard = match step.how {
                How::Block => Some(lock.write()),
                How::Try => lock.try_write(),
                How::Timeout(n) => lock.write_timeout(micros(n)).ok(),
                How::Future => Some(block_on::<P, _>(lock.write_async())),
                How::GiveUp(polls) => give_up(lock.write_async(), polls),
            };
            let Some(mut data) = guard else { return };
            data.0 += 1;
            dawdle(step.dawdle);
            data.1 += 1;
            written.fetch_add(1, Ordering::Relaxed);
            if step.downgrades {
                let data = data.downgrade();
                dawdle(step.dawdle);
                assert_eq!(data.0, data.1);
            }
        } else {
            let guard = match step.how {
                How::Block => Some(lock.read()),
                How::Try => lock.try_read(),
                How::Timeout(n) => lock.read_timeout(micros(n)).ok(),
                How::Future => Some(block_on::<P, _>(lock.read_async())),
                How::GiveUp(polls) => give_up(lock.read_async(), polls),
            };
            let Some(data) = guard else { return };
            let before = data.0;
            dawdle(step.dawdle);
            assert_eq!(*data, (before, before));
        }
    });
    assert!(lock.try_read().is_some(), "no writer waits");
    assert!(lock.try_write().is_some());
    let written = written.into_inner();
    assert_eq!(lock.into_inner(), (written, written));
}
