//! Tasks of two executors, each in a thread, and threads that block, on the same objects. Many wait for each of them.

use core::time::Duration;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use embassy_executor::{Executor, Spawner};
use embassy_time::{Instant, Timer};
use selvedge_conformance::host::Watchdog;
use selvedge_core::error::TimedOut;
use selvedge_core::port::Clock;
use selvedge_core::queue::FifoQueue;
use selvedge_port_embassy::{Condvar, Embassy, Event, Mutex, RwLock, Semaphore, deadline, timeout};

/// Tasks of one kind on one executor.
const TASKS: usize = 10;
const ROUNDS: u32 = 200;

/// Runs an executor until `done`.
fn run(init: impl FnOnce(Spawner), done: impl FnMut() -> bool) {
    Box::leak(Box::new(Executor::new())).run_until(init, done);
}

static SUM: Mutex<u64> = Mutex::new(0);
static SHARED: RwLock<u64> = RwLock::new(0);
static PERMITS: Semaphore = Semaphore::new(3);
static INSIDE: AtomicU32 = AtomicU32::new(0);
static FINISHED: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];

/// At most three are between these two.
fn enter() {
    assert!(INSIDE.fetch_add(1, Ordering::SeqCst) < 3);
}

fn leave() {
    INSIDE.fetch_sub(1, Ordering::SeqCst);
}

#[embassy_executor::task(pool_size = 20)]
async fn adds(finished: &'static AtomicU32) {
    for round in 0..ROUNDS {
        {
            let mut sum = SUM.lock_async().await;
            let seen = *sum;
            if round % 8 == 0 {
                // Still held while others run.
                give_way().await;
            }
            *sum = seen + 1;
        }
        {
            let _permit = PERMITS.acquire_async().await;
            enter();
            give_way().await;
            leave();
        }
        *SHARED.write_async().await += 1;
        assert!(*SHARED.read_async().await <= 21 * u64::from(ROUNDS));
    }
    finished.fetch_add(1, Ordering::SeqCst);
}

/// Pending once.
async fn give_way() {
    let mut waited = false;
    core::future::poll_fn(|context| {
        if core::mem::replace(&mut waited, true) {
            return core::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        core::task::Poll::Pending
    })
    .await;
}

#[test]
fn many_tasks_on_one_object() {
    let _watchdog = Watchdog::new("many tasks on one object");
    thread::scope(|scope| {
        for finished in &FINISHED {
            scope.spawn(|| {
                run(
                    |spawner| {
                        for _ in 0..TASKS {
                            spawner.spawn(adds(finished).expect("room for it"));
                        }
                    },
                    || finished.load(Ordering::SeqCst) == TASKS as u32,
                );
            });
        }
        // And one that blocks.
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                *SUM.lock() += 1;
                let _permit = PERMITS.acquire();
                enter();
                leave();
                *SHARED.write() += 1;
            }
        });
    });
    let all = (2 * TASKS as u64 + 1) * u64::from(ROUNDS);
    assert_eq!((*SUM.lock(), *SHARED.read()), (all, all));
}

static DONE: Event = Event::new();

#[embassy_executor::task]
async fn limits() {
    let span = Duration::from_millis(3);
    let never = Event::new();

    let start = Embassy::now();
    assert_eq!(timeout(span, never.wait_async()).await, Err(TimedOut));
    assert!(Embassy::until(start, Embassy::now()) >= span);

    let end = Embassy::after(Embassy::now(), span).expect("a short span");
    assert_eq!(deadline(end, never.wait_async()).await, Err(TimedOut));
    assert!(Embassy::now() >= end);

    // Nothing is left behind by those who gave up.
    let queue = FifoQueue::<Embassy, u32, 1>::new();
    assert!(timeout(span, queue.get_async()).await.is_err());
    queue.try_put(1).expect("there is room");
    assert!(timeout(span, queue.put_async(2)).await.is_err());
    assert_eq!(timeout(Duration::ZERO, queue.get_async()).await, Ok(Ok(1)));

    // What is ready wins over a deadline that has passed, and a span beyond the clock is none.
    let ready = Semaphore::new(2);
    assert!(
        deadline(Instant::from_ticks(0), ready.acquire_async())
            .await
            .is_ok()
    );
    assert!(timeout(Duration::MAX, ready.acquire_async()).await.is_ok());
    DONE.set();
}

#[test]
fn time_limits() {
    let _watchdog = Watchdog::new("time limits");
    run(
        |spawner| spawner.spawn(limits().expect("the first")),
        || DONE.is_set(),
    );

    // And of calls that block.
    let never = Event::new();
    let span = Duration::from_millis(3);
    let start = Embassy::now();
    assert_eq!(never.wait_timeout(span), Err(TimedOut));
    assert!(Embassy::until(start, Embassy::now()) >= span);
    assert_eq!(never.wait_timeout(Duration::ZERO), Err(TimedOut));
    let far = Embassy::after(Instant::from_ticks(u64::MAX), Duration::from_micros(1));
    assert_eq!(far, None);
    assert_eq!(Embassy::after(Embassy::now(), Duration::MAX), None);
}

static WORK: FifoQueue<Embassy, u32, 4> = FifoQueue::new();
static TOTAL: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

#[embassy_executor::task(pool_size = 5)]
async fn works() {
    while let Ok(item) = WORK.get_async().await {
        Timer::after_micros(10).await;
        *TOTAL.lock_async().await += item;
        CHANGED.notify_all();
        WORK.task_done().expect("one was put");
    }
    FINISHED_WORK.release(1);
}

static FINISHED_WORK: Semaphore = Semaphore::new(0);

#[test]
fn a_thread_feeds_tasks() {
    let _watchdog = Watchdog::new("a thread feeds tasks");
    thread::scope(|scope| {
        scope.spawn(|| {
            run(
                |spawner| (0..5).for_each(|_| spawner.spawn(works().expect("room for it"))),
                || FINISHED_WORK.value() == 5,
            );
        });
        for item in 1..=100 {
            WORK.put(item).expect("it is open");
        }
        let mut total = TOTAL.lock();
        CHANGED.wait_for(&mut total, |total| **total == 5050);
        drop(total);
        WORK.join();
        WORK.shutdown(false);
    });
}
