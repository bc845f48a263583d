//! The seam, as an executor uses it.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::{Awaited, Host, TaskRef, new, set_host};
use crate::concurrent::futures::{
    BrokenExecutor, BrokenKind, ReturnWhen, TaskError, as_completed, wait,
};

/// Counts its drops, and panics in them if told so.
struct Dropped(Option<Arc<AtomicUsize>>, bool);

impl Dropped {
    fn new(drops: &Arc<AtomicUsize>, panics: bool) -> Self {
        Self(Some(drops.clone()), panics)
    }

    /// Goes without being counted.
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        let Some(drops) = self.0.take() else { return };
        drops.fetch_add(1, Ordering::Relaxed);
        if self.1 {
            // Without a report on standard error.
            resume_unwind(Box::new("a destructor"));
        }
    }
}

fn counter() -> Arc<AtomicUsize> {
    Arc::default()
}

#[test]
fn one_pointer_each() {
    assert_eq!(size_of::<TaskRef>(), size_of::<usize>());
    assert_eq!(size_of::<Option<TaskRef>>(), size_of::<usize>());
    assert_eq!(size_of::<super::header::Header>(), 64);
}

#[test]
fn run_and_take() {
    let (task, future) = new(|| vec![1, 2, 3], 7);
    assert_eq!(task.tag(), 0);
    assert_ne!(task.id(), 0);
    task.set_tag(9);
    assert_eq!(task.tag(), 9);
    assert!(!task.is_stale() && !future.done());
    assert!(task.run());
    assert!(future.done());
    assert_eq!(future.result().unwrap(), [1, 2, 3]);
}

#[test]
fn a_panic_is_a_value() {
    let (task, future) = new(|| -> u32 { panic!("no {}", "way") }, 0);
    assert!(task.run());
    match future.result() {
        Err(TaskError::Panicked(panic)) => assert_eq!(panic.message(), "no way"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_end_once() {
    let ends: [fn(TaskRef) -> bool; 4] = [
        TaskRef::run,
        TaskRef::cancel,
        |task| {
            task.fail(TaskError::Broken(BrokenExecutor::new(
                BrokenKind::ThreadPool,
                "broken",
            )))
        },
        |task| {
            drop(task);
            true
        },
    ];
    for (which, end) in ends.into_iter().enumerate() {
        for panics in [false, true] {
            for early in [false, true] {
                let (closures, values) = (counter(), counter());
                let closure = Dropped::new(&closures, panics);
                let value = Dropped::new(&values, panics && which == 0);
                let work = move || {
                    closure.disarm();
                    value
                };
                let (task, future) = new(work, 0);
                let future = if early {
                    drop(future);
                    None
                } else {
                    Some(future)
                };
                assert!(end(task), "never panics");
                if let Some(future) = future {
                    assert!(future.done());
                    match (which, future.result()) {
                        (0, Ok(value)) => value.disarm(),
                        (1, Err(TaskError::Cancelled)) => {}
                        (2, Err(TaskError::Broken(broken))) => {
                            assert_eq!(broken.kind(), BrokenKind::ThreadPool);
                        }
                        (3, Err(TaskError::Broken(broken))) => {
                            assert_eq!(broken.kind(), BrokenKind::Abandoned);
                        }
                        (_, other) => panic!("{which}: {:?}", other.err()),
                    }
                }
                let (closures, values) = (
                    closures.load(Ordering::Relaxed),
                    values.load(Ordering::Relaxed),
                );
                // What runs disarms the closure's, and takes its value to whoever is left with it.
                match (which, early) {
                    (0, true) => assert_eq!((closures, values), (0, 1)),
                    (0, false) => assert_eq!((closures, values), (0, 0)),
                    _ => assert_eq!((closures, values), (1, 1), "{which} {early}"),
                }
            }
        }
    }
}

#[test]
fn stale_entries_do_nothing_and_keep_nothing() {
    let dropped = counter();
    let value = Dropped::new(&dropped, false);
    let (task, future) = new(move || value, 0);
    assert!(future.try_run_here());
    assert!(!future.try_run_here());
    assert!(task.is_stale());
    drop(future);
    assert_eq!(dropped.load(Ordering::Relaxed), 1, "before the entry goes");
    assert!(!task.run());

    let (task, future) = new(|| 1, 0);
    assert!(future.cancel() && future.cancel() && future.cancelled());
    assert!(task.is_stale() && !task.run());
    assert!(future.result().unwrap_err().is_cancelled());

    let (task, future) = new(|| 1, 0);
    assert!(future.cancel());
    assert!(!task.cancel());
    let (task, future) = new(|| 1, 0);
    assert!(future.try_run_here());
    assert!(!task.fail(TaskError::Cancelled));
}

#[test]
fn many_threads_claim_one_task() {
    for _ in 0..if cfg!(miri) { 10 } else { 500 } {
        let runs = counter();
        let counted = runs.clone();
        let (task, future) = new(move || counted.fetch_add(1, Ordering::Relaxed), 0);
        let future = Arc::new(future);
        thread::scope(|scope| {
            let one = scope.spawn(|| task.run());
            let other = scope.spawn(|| future.try_run_here());
            let cancelled = scope.spawn(|| future.cancel());
            let ran = [one.join().unwrap(), other.join().unwrap()];
            let cancelled = cancelled.join().unwrap();
            let times = usize::from(ran[0]) + usize::from(ran[1]);
            assert_eq!(times + usize::from(cancelled), 1);
            assert_eq!(runs.load(Ordering::Relaxed), times);
        });
        let future = Arc::into_inner(future).unwrap();
        future.wait_done();
        let _ = future.result();
    }
}

/// An executor cancels, fails, drops or runs a task while its future is taken or dropped: closure and value go once.
#[test]
fn both_ends_at_once() {
    for round in 0..if cfg!(miri) { 40 } else { 2_000 } {
        let (closures, values) = (counter(), counter());
        let closure = Dropped::new(&closures, false);
        let value = Dropped::new(&values, false);
        let (task, future) = new(
            move || {
                drop(closure);
                value
            },
            0,
        );
        thread::scope(|scope| {
            scope.spawn(|| match round % 4 {
                0 => drop(task.cancel()),
                1 => drop(task.fail(TaskError::Cancelled)),
                2 => drop(task),
                _ => drop(task.run()),
            });
            match round / 4 % 5 {
                0 => drop(future),
                1 => drop(future.result()),
                2 => drop(future.try_result()),
                3 => drop(future.cancel_on_drop()),
                _ => {
                    future.cancel();
                    drop(future.shared());
                }
            }
        });
        let gone = [closures, values].map(|drops| drops.load(Ordering::Relaxed));
        assert_eq!(gone, [1, 1], "round {round}");
    }
}

/// Runs what its thread waits for, and counts its sleeps.
struct Helper;

thread_local! {
    static SLEEPS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

impl Host for Helper {
    fn help(&self, task: Awaited<'_>) -> bool {
        task.owner() == 3 && task.is_pending() && task.try_run()
    }

    fn sleep(&self, task: Option<Awaited<'_>>, sleep: &mut dyn FnMut()) {
        if let Some(task) = task {
            assert_ne!(task.id(), 0);
        }
        SLEEPS.set(SLEEPS.get() + 1);
        sleep();
    }
}

#[test]
fn a_host_runs_what_its_task_waits_for() {
    assert!(set_host(Some(&Helper)).is_none());
    let (task, future) = new(|| 1, 3);
    assert_eq!(future.result().unwrap(), 1);
    assert!(!task.run());

    let (tasks, futures): (Vec<_>, Vec<_>) = (0..4).map(|i| new(move || i, 3)).unzip();
    assert_eq!(wait(&futures[..2], ReturnWhen::AllCompleted).done, [0, 1]);
    assert_eq!(futures.iter().filter(|future| future.done()).count(), 2);
    assert_eq!(
        wait(&futures[2..], ReturnWhen::FirstCompleted).done,
        [0],
        "one is enough"
    );
    let sum: i32 = as_completed(futures)
        .map(|future| future.result().unwrap())
        .sum();
    assert_eq!(sum, 6);
    drop(tasks);
    assert_eq!(SLEEPS.get(), 0);

    // Somebody else's: sleeps.
    let (task, future) = new(|| 2, 4);
    let runner = thread::spawn(|| task.run());
    assert_eq!(future.result().unwrap(), 2);
    assert!(runner.join().unwrap());
    assert!(SLEEPS.get() <= 1);
    set_host(None);
}
