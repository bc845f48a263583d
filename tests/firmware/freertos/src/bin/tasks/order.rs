//! Woken are the most urgent first, and among equals those that have waited longest.

use firmware_freertos::kernel::{self, Handle};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::queue::FifoQueue;
use selvedge_core::select::Select;
use selvedge_port_freertos::{Condvar, Event, FreeRtos, Lock, Mutex, Semaphore};

/// In the order in which they begin to wait.
const PRIORITIES: [u32; 5] = [3, 5, 4, 5, 3];
const EXPECTED: [u32; 5] = [1, 3, 2, 0, 4];

/// What the five do next; each writes its number down after it.
static WHAT: AtomicU32 = AtomicU32::new(0);
/// Decimal digits.
static LOG: AtomicU32 = AtomicU32::new(0);

static PERMITS: Semaphore = Semaphore::new(0);
static LOCK: Lock = Lock::new();
static STATE: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();
static ITEMS: FifoQueue<FreeRtos, u32, 8> = FifoQueue::new();
static NEVER: Event = Event::new();

const SEMAPHORE: u32 = 1;
const A_LOCK: u32 = 2;
const CONDITION: u32 = 3;
const QUEUE: u32 = 4;
const SELECT: u32 = 5;

fn waits(place: u32) {
    let log = || LOG.store(LOG.load(Ordering::Relaxed) * 10 + place, Ordering::Relaxed);
    loop {
        kernel::take();
        match WHAT.load(Ordering::Relaxed) {
            SEMAPHORE => {
                PERMITS.acquire().keep();
                log();
            }
            A_LOCK => {
                let _held = LOCK.acquire();
                log();
            }
            CONDITION => {
                let mut state = STATE.lock();
                CHANGED.wait(&mut state);
                log();
            }
            QUEUE => {
                ITEMS.get().expect("it is open");
                log();
            }
            SELECT => {
                Select::new()
                    .event(&NEVER, || None)
                    .get(&ITEMS, Result::ok)
                    .wait()
                    .expect("it is open");
                log();
            }
            _ => {}
        }
    }
}

/// Lets all five wait, wakes them by `release`, and looks in which order they came.
fn check(what: u32, release: impl FnOnce()) {
    static TASKS: Mutex<Option<[Handle; 5]>> = Mutex::new(None);
    let tasks = *TASKS.lock().get_or_insert_with(|| {
        core::array::from_fn(|i| kernel::create_numbered(1 + i as u32, waits, PRIORITIES[i]))
    });
    WHAT.store(what, Ordering::Relaxed);
    LOG.store(0, Ordering::Relaxed);
    for task in tasks {
        // More urgent than this one: it waits when this returns.
        kernel::give(task);
    }
    assert_eq!(LOG.load(Ordering::Relaxed), 0, "one did not wait");
    release();
}

fn log_of(numbers: impl Iterator<Item = u32>) -> u32 {
    numbers.fold(0, |log, number| log * 10 + number + 1)
}

/// They came as they should.
fn in_order() {
    assert_eq!(LOG.load(Ordering::Relaxed), log_of(EXPECTED.into_iter()));
}

/// They came by priority. Of two equal ones that were woken at once, the tick may let the second one run first.
fn by_priority() {
    let log = LOG.load(Ordering::Relaxed);
    let came = [10_000, 1_000, 100, 10, 1].map(|place| PRIORITIES[(log / place % 10) as usize - 1]);
    assert_eq!(
        came,
        EXPECTED.map(|number| PRIORITIES[number as usize]),
        "{log}"
    );
}

pub(crate) fn semaphore() {
    check(SEMAPHORE, || (0..5).for_each(|_| PERMITS.release(1)));
    in_order();
    check(SEMAPHORE, || PERMITS.release(5));
    by_priority();
}

pub(crate) fn lock() {
    let held = LOCK.acquire();
    check(A_LOCK, || drop(held));
    in_order();
}

pub(crate) fn condition() {
    check(CONDITION, || {
        (0..5).for_each(|_| assert!(CHANGED.notify_one()));
    });
    in_order();
}

pub(crate) fn all_at_once() {
    check(CONDITION, || {
        // They are moved to the queue of the lock, and it is they who pass it on.
        let state = STATE.lock();
        assert_eq!(CHANGED.notify_all(), 5);
        drop(state);
    });
    in_order();
}

pub(crate) fn queue() {
    check(QUEUE, || {
        (0..5).for_each(|item| ITEMS.put(item).expect("it is open"))
    });
    in_order();
}

pub(crate) fn select() {
    check(SELECT, || {
        (0..5).for_each(|item| ITEMS.put(item).expect("it is open"))
    });
    in_order();
}
