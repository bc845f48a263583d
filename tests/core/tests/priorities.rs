//! A port whose tasks have priorities: woken are the most urgent first, and among equals those that have waited longest.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port, on std's parking.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use std::cell::Cell;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use selvedge::port::YieldGuard;
use selvedge_conformance::host::Watchdog;
use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{Clock, NoSpin, NoWatch, Park, Port, TimedPark, TimedPort};
use selvedge_core::waiters::{Bucket, by_parking};
use selvedge_core::{Condvar, Mutex};

#[derive(Debug)]
struct Ranked;

static TABLE: [Bucket<Ranked>; 1] = [const { Bucket::new() }; 1];

thread_local! {
    static RANK: Cell<u32> = const { Cell::new(0) };
}

// SAFETY: as std's `park`, which remembers one token, and orders.
unsafe impl Park for Ranked {
    type Task = (Thread, u32);

    fn current() -> Self::Task {
        (thread::current(), RANK.get())
    }

    fn park() {
        thread::park();
    }

    fn unpark(task: &Self::Task) {
        task.0.unpark();
    }
}

// SAFETY: as above.
unsafe impl TimedPark for Ranked {
    fn park_until(deadline: Instant) {
        thread::park_timeout(Self::until(Self::now(), deadline));
    }
}

// SAFETY: by `by_parking`. One static of 1.
unsafe impl Port for Ranked {
    type Guard = YieldGuard;
    type Relax = NoSpin;
    type Watch = NoWatch;
    type Task = (Thread, u32);

    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;
    const PRIORITIES: bool = true;

    fn priority(task: &Self::Task) -> u32 {
        task.1
    }

    fn wait(word: &AtomicU32, expected: u32) {
        by_parking::wait::<Self>(word, expected);
    }

    fn wake(word: *const AtomicU32, count: u32) -> u32 {
        by_parking::wake(word, count)
    }

    fn table() -> &'static [Bucket<Self>] {
        &TABLE
    }

    fn task() -> Self::Task {
        <Self as Park>::current()
    }

    fn block(flag: &AtomicU32, expected: u32) {
        by_parking::block::<Self>(flag, expected);
    }

    fn unblock(_: *const AtomicU32, task: &Self::Task) {
        by_parking::unblock::<Self>(task);
    }
}

impl Clock for Ranked {
    type Instant = Instant;

    fn now() -> Instant {
        Instant::now()
    }

    fn after(from: Instant, span: Duration) -> Option<Instant> {
        from.checked_add(span)
    }

    fn until(from: Instant, to: Instant) -> Duration {
        to.saturating_duration_since(from)
    }
}

// SAFETY: by `by_parking`.
unsafe impl TimedPort for Ranked {
    fn wait_until(word: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::wait_until::<Self>(word, expected, deadline);
    }

    fn block_until(flag: &AtomicU32, expected: u32, deadline: Instant) {
        by_parking::block_until::<Self>(flag, expected, deadline);
    }
}

/// How many began to wait, how many gave up, and who came back, by number.
#[derive(Debug, Default)]
struct Seen {
    arrived: usize,
    gone: usize,
    back: Vec<usize>,
}

/// Lets one thread for each rank wait, in this order; those that are impatient give up at once. Then wakes one at a time, and says in which order they came.
fn order(ranks: &[u32], impatient: &[usize], all_at_once: bool) -> Vec<usize> {
    let state = Mutex::<Ranked, _>::new(Seen::default());
    let changed = Condvar::<Ranked>::new();
    let patient = ranks.len() - impatient.len();
    thread::scope(|scope| {
        for (number, rank) in ranks.iter().enumerate() {
            let (state, changed) = (&state, &changed);
            let gives_up = impatient.contains(&number);
            scope.spawn(move || {
                RANK.set(*rank);
                let mut seen = state.lock();
                seen.arrived += 1;
                if gives_up {
                    let _ = changed.wait_timeout(&mut seen, Duration::from_millis(1));
                    seen.gone += 1;
                } else {
                    changed.wait(&mut seen);
                    seen.back.push(number);
                }
            });
            // Once it counts, and lets go of the lock, it is listed.
            while state.lock().arrived <= number {
                thread::yield_now();
            }
        }
        while state.lock().gone < impatient.len() {
            thread::yield_now();
        }
        if all_at_once {
            let seen = state.lock();
            assert_eq!(changed.notify_all() as usize, patient);
            drop(seen);
        }
        for n in 1..=patient {
            if !all_at_once {
                assert!(changed.notify_one());
            }
            while state.lock().back.len() < n {
                thread::yield_now();
            }
        }
    });
    state.into_inner().back
}

fn expected(ranks: &[u32], impatient: &[usize]) -> Vec<usize> {
    let mut numbers: Vec<_> = (0..ranks.len())
        .filter(|n| !impatient.contains(n))
        .collect();
    // Stable.
    numbers.sort_by_key(|number| std::cmp::Reverse(ranks[*number]));
    numbers
}

const RANKS: [&[u32]; 5] = [
    &[0, 1, 2, 3],
    &[3, 2, 1, 0],
    &[3, 5, 4, 5, 3, 0, 5],
    &[1, 1, 1, 1],
    &[0, 7, 0, 7, 3, 3],
];

#[test]
fn the_most_urgent_comes_first() {
    let _watchdog = Watchdog::new("priorities: one at a time");
    for ranks in RANKS {
        assert_eq!(order(ranks, &[], false), expected(ranks, &[]), "{ranks:?}");
    }
}

#[test]
fn who_gives_up_leaves_the_others_in_order() {
    let _watchdog = Watchdog::new("priorities: given up");
    for ranks in RANKS {
        for impatient in [&[0][..], &[1], &[3], &[0, 3], &[1, 2]] {
            let came = order(ranks, impatient, false);
            assert_eq!(
                came,
                expected(ranks, impatient),
                "{ranks:?} without {impatient:?}"
            );
        }
    }
}

#[test]
fn all_come() {
    let _watchdog = Watchdog::new("priorities: all at once");
    for ranks in RANKS {
        let mut came = order(ranks, &[], true);
        came.sort_unstable();
        assert_eq!(came, (0..ranks.len()).collect::<Vec<_>>());
    }
}
