//! A small buffer between threads that put and threads that take, notified one by one; with waits that run out and futures that give up in between.

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use selvedge_core::port::TimedPort;
use selvedge_core::{Condvar, Mutex};

use crate::exclusive::{How, how};
use crate::plan::{block_on, dawdle, give_up, micros, on_threads};

#[derive(Debug, Clone)]
pub(crate) struct Step {
    how: How,
    dawdle: u8,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    room: u32,
    /// Those with even numbers put, the others take, all the same number of times in the end.
    threads: Vec<Vec<Step>>,
}

pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let step = (how(), any::<u8>())
        .prop_map(|(how, dawdle)| Step { how, dawdle })
        .boxed();
    (1_u32..4, 1_usize..4, 1_usize..40).prop_flat_map(move |(room, pairs, steps)| {
        vec(vec(step.clone(), steps), pairs * 2).prop_map(move |threads| Plan { room, threads })
    })
}

pub(crate) fn buffer<P: TimedPort>(plan: &Plan) {
    let filled = Mutex::<P, u32>::new(0);
    let conditions: [Condvar<P>; 2] = [const { Condvar::new() }; 2];
    let (put, taken) = (AtomicU32::new(0), AtomicU32::new(0));
    let may = |puts: bool, filled: u32| if puts { filled < plan.room } else { filled > 0 };
    on_threads(&plan.threads, |i, step| {
        let puts = i % 2 == 0;
        let (mine, theirs) = (&conditions[i % 2], &conditions[1 - i % 2]);
        dawdle(step.dawdle);
        // Each step ends with something put or taken; how it waits differs.
        loop {
            let mut guard = filled.lock();
            let ready = match step.how {
                How::Block => {
                    mine.wait_for(&mut guard, |filled| may(puts, **filled));
                    true
                }
                How::Try => may(puts, *guard),
                How::Timeout(n) => {
                    let holds =
                        |filled: &mut selvedge_core::MutexGuard<'_, P, u32>| may(puts, **filled);
                    mine.wait_for_timeout(&mut guard, micros(n), holds).is_ok()
                }
                How::Future => {
                    let holds =
                        |filled: &mut selvedge_core::MutexGuard<'_, P, u32>| may(puts, **filled);
                    guard = block_on::<P, _>(mine.wait_for_async(guard, holds));
                    true
                }
                How::GiveUp(polls) => {
                    if !may(puts, *guard) {
                        match give_up(mine.wait_async(guard), polls) {
                            Some(back) => guard = back,
                            None => continue,
                        }
                    }
                    may(puts, *guard)
                }
            };
            if !ready {
                drop(guard);
                std::thread::yield_now();
                continue;
            }
            if puts {
                *guard += 1;
                put.fetch_add(1, Ordering::Relaxed);
            } else {
                *guard -= 1;
                taken.fetch_add(1, Ordering::Relaxed);
            }
            assert!(*guard <= plan.room);
            theirs.notify_one();
            return;
        }
    });
    assert_eq!(put.into_inner(), taken.into_inner());
    assert_eq!(*filled.try_lock().expect("nobody has it"), 0);
    for condition in &conditions {
        assert_eq!(condition.waiting(), 0);
        assert!(!condition.notify_one());
    }
}
