//! How many bytes of stack a call takes that waits. Each runs on a stack of its own, painted before, while handlers use another one; what the tick ends is the wait. What `main` takes that waits by WFE itself is subtracted: an exception's frame.
//!
//! For boards with one Cortex-M. Also what `embassy` and `rtic` cost, which wait by this port.
#![no_std]
#![no_main]

mod board;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;

use selvedge_core::queue::FifoQueue;
use selvedge_core::select::Select;
use selvedge_port_bare_metal::{
    BareMetal, Barrier, Condvar, Event, Lock, Mutex, RwLock, Semaphore,
};

const LONG: Duration = Duration::from_secs(1_000);

static LOCK: Lock = Lock::new();
static MUTEX: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();
static RWLOCK: RwLock<u32> = RwLock::new(0);
static PERMITS: Semaphore = Semaphore::new(0);
static EVENT: Event = Event::new();
static NEVER: Event = Event::new();
static BARRIER: Barrier = Barrier::new(2);
static ITEMS: FifoQueue<BareMetal, u32, 2> = FifoQueue::new();
static BELL: Event = Event::new();

fn ignore<T>(_: T) {}

fn set() {
    EVENT.set();
}

/// What waits, and what ends that wait in a handler.
type Case = (&'static str, extern "C" fn(), fn());

const CASES: [Case; 12] = [
    ("Lock::acquire", lock, || ignore(LOCK.release())),
    ("Lock::acquire_timeout", lock_timeout, || {
        ignore(LOCK.release());
    }),
    ("Mutex::lock", mutex, || {
        ignore(held::MUTEX.try_lock().map(|mut held| held.take()))
    }),
    ("RwLock::write", rwlock, || {
        ignore(held::RWLOCK.try_lock().map(|mut held| held.take()))
    }),
    ("Semaphore::acquire", semaphore, || PERMITS.release(1)),
    ("Event::wait", event, set),
    ("Event::wait_timeout", event_timeout, set),
    ("Condvar::wait", condvar, || ignore(CHANGED.notify_one())),
    ("Barrier::wait", barrier, || BARRIER.abort()),
    ("FifoQueue::get", queue, || ignore(ITEMS.try_put(1))),
    ("Select of two, wait", select, set),
    ("block_on of Event::wait_async", block_on, set),
];

/// Guards, for the handler that drops them.
mod held {
    use selvedge_core::{MutexGuard, RwLockWriteGuard};
    use selvedge_port_bare_metal::{BareMetal, Mutex};

    pub(crate) static MUTEX: Mutex<Option<MutexGuard<'static, BareMetal, u32>>> = Mutex::new(None);
    pub(crate) static RWLOCK: Mutex<Option<RwLockWriteGuard<'static, BareMetal, u32>>> =
        Mutex::new(None);
}

extern "C" fn lock() {
    ignore(LOCK.acquire());
}

extern "C" fn lock_timeout() {
    ignore(LOCK.acquire_timeout(LONG));
}

extern "C" fn mutex() {
    ignore(MUTEX.lock());
}

extern "C" fn rwlock() {
    ignore(RWLOCK.write());
}

extern "C" fn semaphore() {
    PERMITS.acquire().keep();
}

extern "C" fn event() {
    EVENT.wait();
}

extern "C" fn event_timeout() {
    ignore(EVENT.wait_timeout(LONG));
}

extern "C" fn condvar() {
    CHANGED.wait(&mut MUTEX.lock());
}

extern "C" fn barrier() {
    ignore(BARRIER.wait());
}

extern "C" fn queue() {
    ignore(ITEMS.get());
}

extern "C" fn select() {
    Select::new()
        .event(&EVENT, || ())
        .event(&NEVER, || ())
        .wait();
}

extern "C" fn block_on() {
    same_code::block_on(&BELL, EVENT.wait_async());
}

static ENDED: AtomicBool = AtomicBool::new(false);

extern "C" fn plain() {
    while !ENDED.load(Ordering::Relaxed) {
        cortex_m::asm::wfe();
    }
}

fn test() -> ! {
    let base = board::used(plain, || ENDED.store(true, Ordering::Relaxed));
    let mut passed = 0;
    for (name, wait, end) in CASES {
        // What it finds held.
        EVENT.clear();
        match name {
            "Lock::acquire" | "Lock::acquire_timeout" => LOCK.acquire().keep(),
            "Mutex::lock" => *held::MUTEX.lock() = Some(MUTEX.lock()),
            "RwLock::write" => *held::RWLOCK.lock() = Some(RWLOCK.write()),
            _ => {}
        }
        let ticks = board::ticks();
        let used = board::used(wait, end);
        assert!(board::ticks() > ticks, "{name} did not wait");
        semihosting::println!("  {name}: {} bytes", used.saturating_sub(base));
        assert!((base + 64..512).contains(&used), "{name}: {used}");
        passed += 1;
    }
    semihosting::println!("stacks: {passed} passed, 0 skipped (1 core)");
    semihosting::process::exit(0);
}
