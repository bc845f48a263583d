//! One phase for each primitive: what `main` does, and what the handler does meanwhile.

use core::time::Duration;

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::queue::FifoQueue;
use selvedge_port_bare_metal::{BareMetal, Condvar, Event, Mutex, Semaphore};

pub struct Phase {
    pub name: &'static str,
    pub main: fn(u32),
    pub handler: fn(),
}

pub static ALL: [Phase; 7] = [
    Phase {
        name: "semaphore: released by the handler",
        main: acquire,
        handler: release,
    },
    Phase {
        name: "event: set by the handler",
        main: wait,
        handler: set,
    },
    Phase {
        name: "event: with a time limit",
        main: wait_or_not,
        handler: set,
    },
    Phase {
        name: "mutex: tried by the handler",
        main: lock,
        handler: try_lock,
    },
    Phase {
        name: "condition: notified by the handler",
        main: watch,
        handler: notify,
    },
    Phase {
        name: "queue: filled by the handler",
        main: get,
        handler: try_put,
    },
    Phase {
        name: "queue: emptied by the handler",
        main: put,
        handler: try_get,
    },
];

static PERMITS: Semaphore = Semaphore::new(0);
static RELEASED: AtomicU32 = AtomicU32::new(0);

fn acquire(rounds: u32) {
    for _ in 0..rounds {
        PERMITS.acquire().keep();
    }
    // The handler may have run since.
    let spare = PERMITS.value();
    assert!(RELEASED.load(Ordering::SeqCst) >= rounds + spare);
}

fn release() {
    RELEASED.fetch_add(1, Ordering::SeqCst);
    PERMITS.release(1);
}

static ASKED: AtomicU32 = AtomicU32::new(0);
static ANSWER: Event = Event::new();

fn wait(rounds: u32) {
    for _ in 0..rounds {
        ASKED.store(1, Ordering::SeqCst);
        ANSWER.wait();
        assert_eq!(
            ASKED.load(Ordering::SeqCst),
            0,
            "answered before it was asked"
        );
        ANSWER.clear();
    }
}

fn wait_or_not(rounds: u32) {
    for _ in 0..rounds {
        ASKED.store(1, Ordering::SeqCst);
        // Of the order of the interrupts' distance: both outcomes come.
        while ANSWER.wait_timeout(Duration::from_micros(25)).is_err() {}
        assert_eq!(
            ASKED.load(Ordering::SeqCst),
            0,
            "answered before it was asked"
        );
        ANSWER.clear();
    }
}

fn set() {
    if ASKED.swap(0, Ordering::SeqCst) == 1 {
        ANSWER.set();
    }
}

/// Two words that are equal whenever nobody holds the lock.
static PAIR: Mutex<(u32, u32)> = Mutex::new((0, 0));
static TRIED: AtomicU32 = AtomicU32::new(0);

fn lock(rounds: u32) {
    let mut mine = 0;
    while mine < rounds || TRIED.load(Ordering::SeqCst) < rounds / 10 {
        let mut pair = PAIR.lock();
        pair.0 += 1;
        // Where the handler comes in between, it must find the lock held.
        core::hint::black_box(&mut *pair);
        pair.1 += 1;
        mine += 1;
    }
    let pair = PAIR.lock();
    assert_eq!(
        pair.0,
        mine + TRIED.load(Ordering::SeqCst),
        "an increment was lost"
    );
}

fn try_lock() {
    if let Some(mut pair) = PAIR.try_lock() {
        assert_eq!(pair.0, pair.1, "the lock was not held");
        pair.0 += 1;
        pair.1 += 1;
        TRIED.fetch_add(1, Ordering::SeqCst);
    }
}

static STATE: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

fn watch(rounds: u32) {
    let mut state = STATE.lock();
    for _ in 0..rounds {
        let seen = *state;
        CHANGED.wait_for(&mut state, |state| **state != seen);
    }
    assert!(*state >= rounds);
}

fn notify() {
    if let Some(mut state) = STATE.try_lock() {
        *state += 1;
        CHANGED.notify_one();
    }
}

static UP: FifoQueue<BareMetal, u32, 3> = FifoQueue::new();
static NEXT_UP: AtomicU32 = AtomicU32::new(0);

fn get(rounds: u32) {
    for expected in 0..rounds {
        assert_eq!(UP.get(), Ok(expected));
        UP.task_done().expect("one was put");
    }
}

fn try_put() {
    let next = NEXT_UP.load(Ordering::SeqCst);
    if UP.try_put(next).is_ok() {
        NEXT_UP.store(next + 1, Ordering::SeqCst);
    }
}

static DOWN: FifoQueue<BareMetal, u32, 3> = FifoQueue::new();
static NEXT_DOWN: AtomicU32 = AtomicU32::new(0);

fn put(rounds: u32) {
    for item in 0..rounds {
        DOWN.put(item).expect("nobody shuts it down");
    }
    DOWN.join();
    assert_eq!(NEXT_DOWN.load(Ordering::SeqCst), rounds);
}

fn try_get() {
    if let Ok(item) = DOWN.try_get() {
        assert_eq!(
            item,
            NEXT_DOWN.fetch_add(1, Ordering::SeqCst),
            "out of order"
        );
        DOWN.task_done().expect("one was put");
    }
}
