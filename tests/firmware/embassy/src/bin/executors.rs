//! Executors of three priorities, thread mode's among them, on the same objects: many tasks wait for each, await in all of them, block in two, and nobody is forgotten.
#![no_std]
#![no_main]

use core::time::Duration;

use cortex_m_rt::entry;
use embassy_executor::Spawner;
use embassy_time::Timer;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::error::TimedOut;
use selvedge_core::queue::FifoQueue;
use selvedge_port_embassy::{
    Barrier, Condvar, Embassy, Event, Mutex, Semaphore, may_block_in, timeout,
};

/// Tasks of each kind on each executor.
const EACH: u32 = 6;
const ROUNDS: u32 = 200;

static PASSED: AtomicU32 = AtomicU32::new(0);

fn passed(what: &str) {
    PASSED.fetch_add(1, Ordering::Relaxed);
    semihosting::println!("{what}");
}

#[entry]
fn main() -> ! {
    board::start();
    may_block_in(board::Irq::Swi0 as u16);
    let low = board::start_low();
    let high = board::start_high();

    // Many tasks of two executors wait for one event; thread mode sets it.
    for (executor, more) in [(low, 0), (high, EACH)] {
        for number in more..more + EACH {
            executor.spawn(waits(number).expect("room for it"));
        }
    }
    while WAITING.load(Ordering::SeqCst) < 2 * EACH {
        cortex_m::asm::wfe();
    }
    EVENT.set();
    assert_eq!(
        WOKEN.load(Ordering::SeqCst),
        2 * EACH,
        "somebody's waker was thrown out"
    );
    passed("event: all of twelve are told");

    // Thread mode blocks, and executors of higher priority get on.
    for executor in [low, high] {
        for _ in 0..EACH {
            executor.spawn(adds().expect("room for it"));
        }
    }
    for _ in 0..ROUNDS {
        *SUM.lock() += 1;
    }
    for _ in 0..2 * EACH {
        FINISHED.acquire().keep();
    }
    assert_eq!(*SUM.lock(), (2 * EACH + 1) * ROUNDS);
    passed("mutex: thread mode blocks, twelve tasks await");

    // A task of the lower executor blocks for what one of the higher executor gives later.
    high.spawn(gives().expect("the first"));
    low.spawn(blocks_for_it().expect("the first"));
    FINISHED.acquire().keep();
    assert_eq!(GOT.load(Ordering::SeqCst), ROUNDS * (ROUNDS - 1) / 2);
    passed("queue: a task of one executor blocks for items of a higher one");

    // One of each executor, and thread mode, which blocks.
    low.spawn(meets().expect("the first"));
    high.spawn(meets().expect("the second"));
    for _ in 0..ROUNDS {
        MEETING.wait().expect("nobody breaks it");
    }
    passed("barrier: three parties in three priorities");

    // Notified one by one, in the order of their waiting, across executors.
    for number in 0..EACH {
        let executor = if number % 2 == 0 { low } else { high };
        executor.spawn(queues_up(number).expect("room for it"));
    }
    for _ in 0..EACH {
        while !LINE.notify_one() {
            cortex_m::asm::wfe();
        }
    }
    LINED.acquire().keep();
    assert_eq!(*ORDER.lock(), (EACH, true));
    passed("condition: first come, first notified, across executors");

    board::thread_executor(|spawner: Spawner| spawner.spawn(last(spawner).expect("the first")))
}

static EVENT: Event = Event::new();
static WAITING: AtomicU32 = AtomicU32::new(0);
static WOKEN: AtomicU32 = AtomicU32::new(0);

#[embassy_executor::task(pool_size = 12)]
async fn waits(number: u32) {
    assert!(number < 2 * EACH);
    WAITING.fetch_add(1, Ordering::SeqCst);
    EVENT.wait_async().await;
    WOKEN.fetch_add(1, Ordering::SeqCst);
}

static SUM: Mutex<u32> = Mutex::new(0);
static FINISHED: Semaphore = Semaphore::new(0);

#[embassy_executor::task(pool_size = 12)]
async fn adds() {
    for round in 0..ROUNDS {
        let mut sum = SUM.lock_async().await;
        let seen = *sum;
        if round % 32 == 0 {
            // Still held, while all others want it.
            Timer::after_ticks(1).await;
        }
        *sum = seen + 1;
    }
    FINISHED.release(1);
}

static ITEMS: FifoQueue<Embassy, u32, 2> = FifoQueue::new();
static GOT: AtomicU32 = AtomicU32::new(0);

#[embassy_executor::task]
async fn gives() {
    for item in 0..ROUNDS {
        if item % 16 == 0 {
            Timer::after_ticks(1).await;
        }
        ITEMS.put_async(item).await.expect("it is open");
    }
}

#[embassy_executor::task]
async fn blocks_for_it() {
    for expected in 0..ROUNDS {
        assert_eq!(ITEMS.get(), Ok(expected));
        GOT.fetch_add(expected, Ordering::SeqCst);
    }
    FINISHED.release(1);
}

static MEETING: Barrier = Barrier::new(3);

#[embassy_executor::task(pool_size = 2)]
async fn meets() {
    for _ in 0..ROUNDS {
        MEETING.wait_async().await.expect("nobody breaks it");
    }
}

/// How many have been notified, and whether it was in order.
static ORDER: Mutex<(u32, bool)> = Mutex::new((0, true));
static LINE: Condvar = Condvar::new();
static LINED: Semaphore = Semaphore::new(0);

#[embassy_executor::task(pool_size = 6)]
async fn queues_up(number: u32) {
    let order = ORDER.lock_async().await;
    let mut order = LINE.wait_async(order).await;
    order.1 &= order.0 == number;
    order.0 += 1;
    if order.0 == EACH {
        LINED.release(1);
    }
}

static SHARED: Semaphore = Semaphore::new(2);
static GIVEN_UP: AtomicU32 = AtomicU32::new(0);
static SERVED: AtomicU32 = AtomicU32::new(0);
static ENDED: Semaphore = Semaphore::new(0);

#[embassy_executor::task(pool_size = 12)]
async fn is_impatient(number: u32) {
    for round in 0..20 {
        let span = Duration::from_millis(u64::from((number + round) % 4));
        match timeout(span, SHARED.acquire_async()).await {
            Ok(_permit) => {
                Timer::after_ticks(u64::from(number % 3)).await;
                SERVED.fetch_add(1, Ordering::Relaxed);
            }
            Err(TimedOut) => {
                GIVEN_UP.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    ENDED.release(1);
}

#[embassy_executor::task]
async fn last(spawner: Spawner) {
    // Time limits that run out, and others that do not, of tasks of one executor.
    for number in 0..2 * EACH {
        spawner.spawn(is_impatient(number).expect("room for it"));
    }
    for _ in 0..2 * EACH {
        ENDED.acquire_async().await.keep();
    }
    let (served, given_up) = (
        SERVED.load(Ordering::Relaxed),
        GIVEN_UP.load(Ordering::Relaxed),
    );
    assert_eq!(served + given_up, 12 * 20);
    assert!(served > 0 && given_up > 0);
    assert_eq!(SHARED.value(), 2, "a permit was lost");
    passed("semaphore: twelve impatient tasks");

    let never = Event::new();
    assert_eq!(
        timeout(Duration::ZERO, never.wait_async()).await,
        Err(TimedOut)
    );
    assert!(timeout(Duration::MAX, SHARED.acquire_async()).await.is_ok());
    // Beyond the counter: for ever, and no overflow.
    assert!(SHARED.acquire_timeout(Duration::MAX).is_ok());
    passed("time limits: none, and beyond the counter");

    let passed = PASSED.load(Ordering::Relaxed);
    semihosting::println!("Embassy, executors: {passed} passed, 0 skipped (1 core)");
    semihosting::process::exit(0);
}
