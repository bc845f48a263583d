//! The feature `hang-detection`: hopeless calls panic, and no others do.

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use embassy_executor::Executor;
use embassy_time::Timer;
use selvedge_conformance::host::Watchdog;
use selvedge_port_embassy::{Condvar, Event, Mutex, RLock};

/// `call` panics, and says why.
fn is_refused(call: impl FnOnce()) {
    let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("it would hang");
    let message = panic.downcast_ref::<&str>().expect("a plain text");
    assert!(message.starts_with("a call that waits for a lock whose holder"));
}

static BUS: Mutex<u32> = Mutex::new(0);
static HELD: Event = Event::new();
static DONE: Event = Event::new();

#[embassy_executor::task]
async fn holds() {
    let mut bus = BUS.lock_async().await;
    HELD.set();
    Timer::after_millis(20).await;
    *bus += 1;
}

#[embassy_executor::task]
async fn blocks() {
    HELD.wait_async().await;
    // The other task of this executor holds it over an await.
    is_refused(|| drop(BUS.lock()));
    // With a time limit it is no hang, and awaited it is none either.
    assert!(BUS.lock_timeout(Duration::from_millis(1)).is_err());
    assert!(BUS.try_lock().is_none());
    assert_eq!(*BUS.lock_async().await, 1);
    DONE.set();
}

#[test]
fn a_task_that_holds_up_the_holder() {
    let _watchdog = Watchdog::new("a task that holds up the holder");
    Box::leak(Box::new(Executor::new())).run_until(
        |spawner| {
            spawner.spawn(holds().expect("the first"));
            spawner.spawn(blocks().expect("the first"));
        },
        || DONE.is_set(),
    );
    // After all that it is free, and known to be.
    drop(BUS.lock());
}

#[test]
fn twice_by_the_same() {
    let _watchdog = Watchdog::new("twice by the same");
    let mutex = Mutex::new(());
    let guard = mutex.lock();
    is_refused(|| drop(mutex.lock()));
    drop(guard);
    drop(mutex.lock());

    // A reentrant lock may be.
    let lock = RLock::new(());
    let outer = lock.acquire();
    drop(lock.acquire());
    drop(outer);
}

#[test]
fn other_threads_go_on() {
    let _watchdog = Watchdog::new("other threads go on");
    let (mutex, condvar, lock) = (Mutex::new(0), Condvar::new(), RLock::new(()));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..200 {
                    *mutex.lock() += 1;
                    condvar.notify_all();
                    drop(lock.acquire());
                }
            });
        }
        // Lets the mutex go and has it again, with others in between.
        let mut sum = mutex.lock();
        condvar.wait_for(&mut sum, |sum| **sum == 600);
        is_refused(|| drop(mutex.lock()));
    });
}
