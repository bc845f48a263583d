//! The conformance suite on a host: eight threads, and futures driven by Embassy's executors.
//!
//! # Safety
//!
//! A future is lent to an executor that runs it until it is done.
#![allow(unsafe_code, reason = "lends futures to executors")]
// The suite lets guards travel, which that feature forbids.
#![cfg(not(feature = "hang-detection"))]

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::time::Duration;

use embassy_executor::Executor;
use embassy_executor::raw::{AvailableTask, TaskStorage};
use selvedge_conformance::host::Threads;
use selvedge_conformance::{Counts, World};
use selvedge_port_embassy::Embassy;

/// Threads that drive futures by an executor each.
struct Executors(Threads<Embassy>);

/// A future that the caller's frame keeps, and that is awaited before the frame ends.
type Lent = Pin<&'static mut dyn Future<Output = ()>>;

/// An executor and a place for its one task, while they are not in use.
type Spare = Option<(&'static mut Executor, &'static TaskStorage<Lent>)>;
thread_local!(static SPARE: RefCell<Spare> = const { RefCell::new(None) });

fn new_task() -> &'static TaskStorage<Lent> {
    Box::leak(Box::new(TaskStorage::new()))
}

impl World for Executors {
    type Port = Embassy;

    fn run(&self, tasks: &[&(dyn Fn() + Sync)]) {
        self.0.run(tasks);
    }

    fn tasks(&self) -> usize {
        self.0.tasks()
    }

    fn nap(&self) {
        self.0.nap();
    }

    fn yield_now(&self) {
        self.0.yield_now();
    }

    fn rounds(&self, rounds: u32) -> u32 {
        self.0.rounds(rounds)
    }

    fn moment(&self) -> Duration {
        self.0.moment()
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let (executor, mut task) = SPARE
            .take()
            .unwrap_or_else(|| (Box::leak(Box::new(Executor::new())), new_task()));
        // A task that was woken once more while it ended stands in the executor's queue still.
        let available = AvailableTask::claim(task).unwrap_or_else(|| {
            task = new_task();
            AvailableTask::claim(task).expect("a new one")
        });
        let output = RefCell::new(None);
        let lent = pin!(async { *output.borrow_mut() = Some(future.await) });
        let lent: Pin<&mut dyn Future<Output = ()>> = lent;
        // SAFETY: only the lifetime changes. The executor runs until the future is done, and what is left of the task does not look at it; a panic of the future ends the test.
        let lent = unsafe { std::mem::transmute::<Pin<&mut dyn Future<Output = ()>>, Lent>(lent) };
        let raw: *mut Executor = executor;
        // SAFETY: `raw` is used again only after the run has ended.
        unsafe { &mut *raw }.run_until(
            |spawner| spawner.spawn(available.initialize(|| lent)),
            || output.borrow().is_some(),
        );
        // SAFETY: the run has ended.
        SPARE.set(Some((unsafe { &mut *raw }, task)));
        output.take().expect("it ran until then")
    }

    fn begins(&self, ladder: &'static str, rung: &'static str) {
        self.0.begins(ladder, rung);
    }

    fn ends(&self, ladder: &'static str, rung: &'static str) {
        self.0.ends(ladder, rung);
    }

    fn skips(&self, ladder: &'static str, rung: &'static str) {
        self.0.skips(ladder, rung);
    }
}

#[test]
fn the_suite_passes() {
    let Counts { passed, skipped } =
        selvedge_conformance::run_all(&Executors(Threads::with_rounds(20)));
    println!("embassy on a host: {passed} passed, {skipped} skipped");
    assert!(passed > 100);
    assert_eq!(skipped, 0);
}
