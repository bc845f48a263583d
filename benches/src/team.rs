//! Threads that start together.

use std::hint;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Keeps what is inside away from the cache lines of its neighbours.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Apart<T>(pub(crate) T);

/// Where the threads of a round wait for each other, without sleeping.
#[derive(Default)]
pub(crate) struct Gate {
    arrived: Apart<AtomicUsize>,
    open: Apart<AtomicBool>,
}

/// Tells the threads of a timed round when it is over.
#[derive(Default)]
pub(crate) struct Stop(Apart<AtomicBool>);

impl Gate {
    /// Called once by each thread, when it is ready.
    pub(crate) fn pass(&self) {
        self.arrived.0.fetch_add(1, Ordering::Release);
        spin_until(|| self.open.0.load(Ordering::Acquire));
    }

    fn open_when(&self, threads: usize) -> Instant {
        spin_until(|| self.arrived.0.load(Ordering::Acquire) == threads);
        let start = Instant::now();
        self.open.0.store(true, Ordering::Release);
        start
    }
}

impl Stop {
    #[inline]
    pub(crate) fn asked(&self) -> bool {
        self.0.0.load(Ordering::Relaxed)
    }

    pub(crate) fn ask(&self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// Spins; with more threads than processors it has to let others run soon.
pub(crate) fn spin_until(mut condition: impl FnMut() -> bool) {
    let mut turns = 0_u32;
    while !condition() {
        turns += 1;
        if turns.is_multiple_of(128) {
            thread::yield_now();
        } else {
            hint::spin_loop();
        }
    }
}

/// Runs `body(index, gate)` on so many threads, each of which passes the gate once; the time from then until the last is done.
pub(crate) fn until_done(threads: usize, body: impl Fn(usize, &Gate) + Sync) -> Duration {
    let gate = Gate::default();
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|index| {
                let (body, gate) = (&body, &gate);
                scope.spawn(move || {
                    body(index, gate);
                    Instant::now()
                })
            })
            .collect();
        let start = gate.open_when(threads);
        let ends = handles
            .into_iter()
            .map(|handle| handle.join().expect("it did not panic"));
        ends.map(|end| end.duration_since(start))
            .max()
            .unwrap_or_default()
    })
}

/// Runs `operation(index, turn)` over and over on so many threads for so long, once at least; how long it was, and how often each did it.
pub(crate) fn for_a_while(
    threads: usize,
    window: Duration,
    operation: impl Fn(usize, u64) + Sync,
) -> (Duration, Vec<u64>) {
    let gate = Gate::default();
    let stop = Stop::default();
    thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|index| {
                let (operation, gate, stop) = (&operation, &gate, &stop);
                scope.spawn(move || {
                    gate.pass();
                    let mut count = 0;
                    loop {
                        operation(index, count);
                        count += 1;
                        if stop.asked() {
                            return count;
                        }
                    }
                })
            })
            .collect();
        let start = gate.open_when(threads);
        thread::sleep(window);
        let time = start.elapsed();
        stop.ask();
        let counts = handles
            .into_iter()
            .map(|handle| handle.join().expect("it did not panic"));
        (time, counts.collect())
    })
}
