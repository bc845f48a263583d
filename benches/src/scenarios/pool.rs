//! Pools of threads.

use std::any::Any;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::sync::{Mutex, OnceLock};
use std::task::{Poll, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::allocator::Counter;
use crate::contender::pool::{BlockOn, Map, Pool, Scoped, Submit};
use crate::contenders::pthread::processor_time;
use crate::row::{Plan, Sample};
use crate::scenarios::repeat;
use crate::team::{Apart, spin_until};

/// Tasks that are done, and the sum of their numbers, in one word. One round at a time uses it.
static DONE: Apart<AtomicU64> = Apart(AtomicU64::new(0));
static EXPECTED: Apart<AtomicU64> = Apart(AtomicU64::new(0));
/// Who waits for the last: the thread that runs all rounds.
static WAITER: OnceLock<Thread> = OnceLock::new();

const ONE: u64 = 1 << 40;

/// What the last task of such a round makes of the word: tasks have the numbers from zero.
fn total(tasks: u64) -> u64 {
    tasks * ONE + tasks * tasks.saturating_sub(1) / 2
}

fn begin(tasks: u64) {
    WAITER.get_or_init(thread::current);
    EXPECTED.0.store(total(tasks), Relaxed);
    DONE.0.store(0, Relaxed);
}

/// The tiny task.
#[inline]
fn tick(number: u64) {
    let before = DONE.0.fetch_add(ONE + number, AcqRel);
    if before + ONE + number == EXPECTED.0.load(Relaxed) {
        WAITER.get().expect("it was set before").unpark();
    }
}

fn wait() {
    while DONE.0.load(Acquire) != EXPECTED.0.load(Relaxed) {
        thread::park();
    }
}

/// With its threads started.
fn warm<P: Pool>(workers: usize) -> P {
    let pool = P::new(workers);
    let tasks = 64 * workers as u64;
    begin(tasks);
    (0..tasks).for_each(|number| pool.spawn(move || tick(number)));
    wait();
    pool
}

/// Tasks that nobody takes a result from, from outside of the pool; until all are done.
pub(crate) fn outside<P: Pool>(plan: &Plan, workers: usize) -> Sample {
    let pool = warm::<P>(workers);
    begin(plan.ops);
    let start = Instant::now();
    for number in 0..plan.ops {
        pool.spawn(move || tick(number));
    }
    wait();
    Sample::new(plan.ops, start.elapsed())
}

/// The same, and each result is taken, in the order in which they were submitted.
pub(crate) fn results<P: Submit>(plan: &Plan, workers: usize) -> Sample {
    let pool = warm::<P>(workers);
    let start = Instant::now();
    let handles: Vec<P::Handle> = (0..plan.ops)
        .map(|number| pool.submit(move || black_box(number)))
        .collect();
    let sum: u64 = handles.into_iter().map(|handle| pool.join(handle)).sum();
    let time = start.elapsed();
    assert_eq!(sum, plan.ops * (plan.ops - 1) / 2, "each has its own");
    Sample::new(plan.ops, time)
}

/// One that is there for as long as the program, and idle most of the time: its own tasks need it for as long as they live.
fn kept<P: Pool>(workers: usize) -> &'static P {
    static KEPT: Mutex<Vec<&'static (dyn Any + Send + Sync)>> = Mutex::new(Vec::new());
    let mut kept = KEPT.lock().expect("nobody panicked");
    let found = kept.iter().find_map(|any| any.downcast_ref::<P>());
    found.unwrap_or_else(|| {
        let pool: &'static P = Box::leak(Box::new(warm::<P>(workers)));
        kept.push(pool);
        pool
    })
}

/// A tree of tasks: each spawns two, as long as there are numbers.
pub(crate) fn nested<P: Pool>(plan: &Plan, workers: usize) -> Sample {
    fn grow<P: Pool>(pool: &'static P, number: u64, tasks: u64) {
        for child in [2 * number + 1, 2 * number + 2] {
            if child < tasks {
                pool.spawn_inside(move || grow(pool, child, tasks));
            }
        }
        tick(number);
    }
    let pool: &'static P = kept(workers);
    let tasks = plan.ops;
    begin(tasks);
    let start = Instant::now();
    pool.spawn(move || grow(pool, 0, tasks));
    wait();
    Sample::new(tasks, start.elapsed())
}

/// Submits one, waits for its result, and so on.
pub(crate) fn round_trip<P: Submit>(plan: &Plan, workers: usize) -> Sample {
    let pool = warm::<P>(workers);
    let mut number = 0;
    let time = repeat(plan.ops, || {
        number += 1;
        let own = number;
        let handle = pool.submit(move || black_box(own));
        assert_eq!(pool.join(handle), own);
    });
    Sample::new(plan.ops, time)
}

/// Tiny items and what comes of each, in order.
pub(crate) fn map<P: Map>(plan: &Plan, workers: usize) -> Sample {
    let pool = P::new(workers);
    let act = |item: u64| item.wrapping_mul(item) ^ 7;
    black_box(pool.map(0..10_000, act));
    let start = Instant::now();
    let values = pool.map(0..plan.ops, act);
    let time = start.elapsed();
    assert_eq!(values.len() as u64, plan.ops);
    let is_right = |(item, &value)| value == act(item);
    assert!((0..).zip(&values).all(is_right), "each in its place");
    Sample::new(plan.ops, time)
}

/// Tasks that borrow: each adds to its own part of an array. An operation is a task.
pub(crate) fn scoped<P: Scoped>(plan: &Plan, workers: usize) -> Sample {
    const PART: usize = 64;
    let pool = P::new(workers);
    let mut words = vec![0_u64; PART * plan.ops as usize];
    let step = black_box(3);
    let act = |part: &mut [u64]| part.iter_mut().for_each(|word| *word += step);
    pool.each(words.chunks_mut(PART), act);
    let start = Instant::now();
    pool.each(words.chunks_mut(PART), act);
    let time = start.elapsed();
    assert!(words.iter().all(|&word| word == 2 * step), "each twice");
    Sample::new(plan.ops, time)
}

/// What the program takes of the processors while a pool has nothing to do; an operation is a second.
pub(crate) fn idle<P: Pool>(plan: &Plan, workers: usize) -> Sample {
    let pool = warm::<P>(workers);
    // Who spins for a while before it sleeps has done so by then.
    thread::sleep(Duration::from_millis(100));
    let span = plan.window * 25 * plan.ops as u32;
    let before = processor_time();
    thread::sleep(span);
    let spent = processor_time() - before;
    drop(pool);
    Sample::new(plan.ops, spent)
}

/// What a task takes of memory that waits for a thread; the handle is included where there is one.
pub(crate) fn queued<P: Submit>(plan: &Plan) -> Sample {
    let pool = warm::<P>(1);
    let (open, gate) = channel::<()>();
    let (at_work, started) = channel();
    let blocked = pool.submit(move || {
        at_work.send(()).expect("somebody waits");
        gate.recv().expect("it is opened");
        0
    });
    started.recv().expect("it starts");
    let mut handles = Vec::with_capacity(plan.ops as usize);
    let counter = Counter::start();
    handles.extend((0..plan.ops).map(|number| pool.submit(move || number)));
    let bytes = counter.bytes();
    drop(counter);
    open.send(()).expect("it is in there");
    pool.join(blocked);
    let sum: u64 = handles.into_iter().map(|handle| pool.join(handle)).sum();
    assert_eq!(sum, plan.ops * (plan.ops - 1) / 2, "each has its own");
    Sample::bytes(plan.ops, bytes)
}

/// Waits for what is there.
pub(crate) fn ready<B: BlockOn>(plan: &Plan) -> Sample {
    let mut sum = 0;
    let time = repeat(plan.ops, || sum += B::block_on(async { black_box(1) }));
    assert_eq!(sum, plan.ops);
    Sample::new(plan.ops, time)
}

/// Waits for what wakes its waiter before it says that it is not ready.
pub(crate) fn woken<B: BlockOn>(plan: &Plan) -> Sample {
    let mut left = plan.ops;
    let start = Instant::now();
    B::block_on(std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }));
    Sample::new(plan.ops, start.elapsed())
}

/// Waits for another thread, which answers at once: there and back.
pub(crate) fn answered<B: BlockOn>(plan: &Plan) -> Sample {
    let (ask, asked) = channel::<Waker>();
    let answers = Apart(AtomicU64::new(0));
    thread::scope(|scope| {
        let (answers, ops) = (&answers.0, plan.ops);
        scope.spawn(move || {
            for number in 1..=ops {
                let waker = asked.recv().expect("somebody asks");
                answers.store(number, Relaxed);
                waker.wake();
            }
        });
        let mut number = 0;
        let time = repeat(ops, || {
            number += 1;
            let mut has_asked = false;
            B::block_on(std::future::poll_fn(|context| {
                if answers.load(Relaxed) == number {
                    return Poll::Ready(());
                }
                if !has_asked {
                    has_asked = true;
                    ask.send(context.waker().clone()).expect("it listens");
                }
                Poll::Pending
            }));
        });
        spin_until(|| answers.load(Relaxed) == ops);
        Sample::new(ops, time)
    })
}
