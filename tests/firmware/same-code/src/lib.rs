//! One program, whose tasks are the same code on every port: on a PC, on an RTOS, on Embassy, on RTIC and without any of them.
//!
//! A sampler measures, an adder sums up, a reporter says how far it is, now and then. Each is an `async` function, generic over the port. A system with an executor spawns the three; one whose tasks block gives each a task and
//! [`block_on`]; one that has no tasks at all runs [`Plant::all`] in `main`.
//!
//! What is reported is the same everywhere, line by line.
#![no_std]

mod block_on;

use core::future::poll_fn;
use core::pin::pin;

use selvedge_core::port::Port;
use selvedge_core::queue::FifoQueue;
use selvedge_core::{Condvar, Event, Mutex};

pub use block_on::block_on;

/// Everything that the tasks share: a `static` of the program.
pub struct Plant<P: Port> {
    samples: FifoQueue<P, u32, 4>,
    state: Mutex<P, State>,
    changed: Condvar<P>,
    /// The last report was made.
    pub done: Event<P>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// How many samples.
    pub count: u32,
    /// What they add up to.
    pub sum: u32,
}

struct State {
    totals: Totals,
    /// A report of this is due, and nothing is added before it is made.
    is_due: bool,
}

/// How many samples there are, and after how many of them there is a report.
const SAMPLES: u32 = 1_000;
const EACH: u32 = 250;

impl<P: Port> Plant<P> {
    /// Nothing has been measured.
    #[allow(clippy::new_without_default, reason = "for statics")]
    pub const fn new() -> Self {
        Self {
            samples: FifoQueue::new(),
            state: Mutex::new(State {
                totals: Totals { count: 0, sum: 0 },
                is_due: false,
            }),
            changed: Condvar::new(),
            done: Event::new(),
        }
    }

    /// The task that measures.
    pub async fn samples(&self) {
        for n in 0..SAMPLES {
            let sample = n * 7 % 100;
            if self.samples.put_async(sample).await.is_err() {
                return;
            }
        }
        self.samples.shutdown(false);
    }

    /// The task that adds up.
    pub async fn adds(&self) {
        while let Ok(sample) = self.samples.get_async().await {
            let mut state = self.state.lock_async().await;
            while state.is_due {
                state = self.changed.wait_async(state).await;
            }
            state.totals.sum += sample;
            state.totals.count += 1;
            state.is_due = state.totals.count % EACH == 0;
            if state.is_due {
                drop(state);
                self.changed.notify_all();
            }
        }
    }

    /// The task that reports, by `says`.
    pub async fn reports(&self, mut says: impl FnMut(Totals)) {
        for _ in 0..SAMPLES / EACH {
            let mut state = self.state.lock_async().await;
            while !state.is_due {
                state = self.changed.wait_async(state).await;
            }
            says(state.totals);
            state.is_due = false;
            drop(state);
            self.changed.notify_all();
        }
        self.done.set();
    }

    /// All three in one task.
    pub async fn all(&self, says: impl FnMut(Totals)) {
        let mut samples = pin!(self.samples());
        let mut adds = pin!(self.adds());
        let mut reports = pin!(self.reports(says));
        let mut ended = [false; 2];
        poll_fn(|context| {
            ended[0] = ended[0] || samples.as_mut().poll(context).is_ready();
            ended[1] = ended[1] || adds.as_mut().poll(context).is_ready();
            reports.as_mut().poll(context)
        })
        .await;
    }
}
