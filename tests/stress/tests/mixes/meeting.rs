//! Parties that meet, are late, give up, abort and reset; every cycle passes for all or for none.

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::collection::vec;
use proptest::prelude::*;
use selvedge_core::Barrier;
use selvedge_core::port::TimedPort;

use crate::plan::{block_on, dawdle, give_up, micros};

#[derive(Debug, Clone)]
enum How {
    Block,
    Future,
    Timeout(u8),
    /// A future comes and goes before the party itself comes.
    Ghost(u8),
    Abort,
    Reset,
}

#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// What each party does, after so many turns.
    parties: Vec<(How, u8)>,
}

pub(crate) fn plans() -> impl Strategy<Value = Vec<Round>> {
    let how = prop_oneof![
        6 => Just(How::Block),
        4 => Just(How::Future),
        3 => any::<u8>().prop_map(How::Timeout),
        1 => (0_u8..3).prop_map(How::Ghost),
        1 => Just(How::Abort),
        1 => Just(How::Reset),
    ]
    .boxed();
    (2_usize..6).prop_flat_map(move |parties| {
        let round = vec((how.clone(), any::<u8>()), parties);
        vec(round.prop_map(|parties| Round { parties }), 1..30)
    })
}

#[allow(clippy::ptr_arg, reason = "a plan, as it is generated")]
pub(crate) fn barrier<P: TimedPort>(plan: &Vec<Round>) {
    let n = plan[0].parties.len();
    let cycles = AtomicU32::new(0);
    let barrier = Barrier::<P, _>::with_action(n as u32, || {
        cycles.fetch_add(1, Ordering::SeqCst);
    });
    let in_step = std::sync::Barrier::new(n);
    let (passed, failed) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for i in 0..n {
            let (barrier, in_step, passed, failed, cycles) =
                (&barrier, &in_step, &passed, &failed, &cycles);
            scope.spawn(move || {
                for round in plan {
                    let (how, turns) = &round.parties[i];
                    dawdle(*turns);
                    let outcome = match how {
                        How::Block => Some(barrier.wait().is_ok()),
                        How::Future => Some(block_on::<P, _>(barrier.wait_async()).is_ok()),
                        How::Timeout(n) => Some(barrier.wait_timeout(micros(*n)).is_ok()),
                        // Gone or let through: then it cannot come again in this round.
                        How::Ghost(polls) => {
                            give_up(barrier.wait_async(), *polls).map(|o| o.is_ok())
                        }
                        How::Abort => {
                            barrier.abort();
                            Some(false)
                        }
                        How::Reset => {
                            barrier.reset();
                            None
                        }
                    };
                    match outcome {
                        Some(true) => passed.fetch_add(1, Ordering::SeqCst),
                        Some(false) => failed.fetch_add(1, Ordering::SeqCst),
                        None => {
                            // Nobody is to wait for us.
                            barrier.abort();
                            0
                        }
                    };
                    // One that missed the break waits for the next; the ones that are through end that.
                    if outcome != Some(true) {
                        barrier.abort();
                    }
                    if in_step.wait().is_leader() {
                        // All pass or none. A ghost may have come, been the reason that the action runs, gone meanwhile, and then broken the cycle.
                        let ran = cycles.swap(0, Ordering::SeqCst);
                        let ghosts = round
                            .parties
                            .iter()
                            .filter(|(how, _)| matches!(how, How::Ghost(_)));
                        let (passed, ghosts) =
                            (passed.swap(0, Ordering::SeqCst), ghosts.count() as u32);
                        assert!(ran <= 1);
                        let all = passed <= n as u32 && passed + ghosts >= n as u32;
                        assert!(
                            if ran == 1 {
                                all || (ghosts > 0 && passed == 0)
                            } else {
                                passed == 0
                            },
                            "{passed} passed, with {ran} cycles"
                        );
                        failed.store(0, Ordering::SeqCst);
                        assert_eq!(barrier.n_waiting(), 0);
                        barrier.reset();
                        assert!(!barrier.is_broken());
                    }
                    in_step.wait();
                }
            });
        }
    });
}
