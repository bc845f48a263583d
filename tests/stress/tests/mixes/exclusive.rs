//! What one can have alone, or so many at a time.

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use selvedge_core::port::TimedPort;
use selvedge_core::{Mutex, Semaphore};

use crate::plan::{block_on, dawdle, give_up, micros, on_threads};

#[derive(Debug, Clone)]
pub(crate) enum How {
    Block,
    Try,
    /// Microseconds.
    Timeout(u8),
    Future,
    /// Polls before it is dropped.
    GiveUp(u8),
}

pub(crate) fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        3 => Just(How::Block),
        1 => Just(How::Try),
        3 => any::<u8>().prop_map(How::Timeout),
        2 => Just(How::Future),
        3 => (0_u8..4).prop_map(How::GiveUp),
    ]
}

#[derive(Debug, Clone)]
pub(crate) struct Step {
    how: How,
    dawdle: u8,
    fair: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    permits: u32,
    threads: Vec<Vec<Step>>,
}

pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let step = (how(), any::<u8>(), prop::bool::weighted(0.2))
        .prop_map(|(how, dawdle, fair)| Step { how, dawdle, fair });
    (1_u32..4, vec(vec(step, 1..60), 2..6)).prop_map(|(permits, threads)| Plan { permits, threads })
}

pub(crate) fn mutex<P: TimedPort>(plan: &Plan) {
    let mutex = Mutex::<P, u32>::new(0);
    let taken = AtomicU32::new(0);
    on_threads(&plan.threads, |_, step| {
        let guard = match step.how {
            How::Block => Some(mutex.lock()),
            How::Try => mutex.try_lock(),
            How::Timeout(n) => mutex.lock_timeout(micros(n)).ok(),
            How::Future => Some(block_on::<P, _>(mutex.lock_async())),
            How::GiveUp(polls) => give_up(mutex.lock_async(), polls),
        };
        let Some(mut guard) = guard else { return };
        let before = *guard;
        dawdle(step.dawdle);
        *guard = before + 1;
        taken.fetch_add(1, Ordering::Relaxed);
        if step.fair {
            guard.unlock_fair();
        }
    });
    assert!(
        mutex.try_lock().is_some(),
        "nobody has it, and nobody waits for it"
    );
    assert_eq!(mutex.into_inner(), taken.into_inner());
}

pub(crate) fn semaphore<P: TimedPort>(plan: &Plan) {
    let semaphore = Semaphore::<P>::new(plan.permits);
    let inside = AtomicU32::new(0);
    on_threads(&plan.threads, |_, step| {
        let permit = match step.how {
            How::Block => Some(semaphore.acquire()),
            How::Try => semaphore.try_acquire(),
            How::Timeout(n) => semaphore.acquire_timeout(micros(n)).ok(),
            How::Future => Some(block_on::<P, _>(semaphore.acquire_async())),
            How::GiveUp(polls) => give_up(semaphore.acquire_async(), polls),
        };
        let Some(permit) = permit else { return };
        assert!(inside.fetch_add(1, Ordering::SeqCst) < plan.permits);
        dawdle(step.dawdle);
        inside.fetch_sub(1, Ordering::SeqCst);
        if step.fair {
            // Given back by hand.
            permit.keep();
            semaphore.release(1);
        }
    });
    assert_eq!(semaphore.value(), plan.permits);
}
