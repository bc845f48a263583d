//! How many bytes of stack a call takes that waits: by the kernel's high-water mark, beyond what a task takes that waits by the kernel's own call.

use core::time::Duration;

use firmware_freertos::{kernel, say};
use selvedge_core::queue::FifoQueue;
use selvedge_core::select::Select;
use selvedge_port_freertos::{
    Barrier, Condvar, Event, Executor, FreeRtos, InheritingMutex, Lock, Mutex, RLock, RwLock,
    Semaphore, TaskSlot,
};

const STACK: usize = 16 * 1024;
const LONG: Duration = Duration::from_secs(1_000);

static LOCK: Lock = Lock::new();
static MUTEX: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();
static RLOCK: RLock = RLock::new(());
static RWLOCK: RwLock<u32> = RwLock::new(0);
static PERMITS: Semaphore = Semaphore::new(0);
static EVENT: Event = Event::new();
static NEVER: Event = Event::new();
static BARRIER: Barrier = Barrier::new(2);
static ITEMS: FifoQueue<FreeRtos, u32, 2> = FifoQueue::new();
static INHERITING: InheritingMutex<u32> = InheritingMutex::new(0);
static EXECUTOR: Executor = Executor::new();

fn ignore<T>(_: T) {}

/// What waits, and what ends that wait.
type Case = (&'static str, fn(), fn());

const CASES: [Case; 15] = [
    (
        "sleep",
        || selvedge_port_freertos::sleep(Duration::from_millis(1)),
        || {},
    ),
    (
        "Lock::acquire",
        || ignore(LOCK.acquire()),
        || ignore(LOCK.release()),
    ),
    (
        "Lock::acquire_timeout",
        || ignore(LOCK.acquire_timeout(LONG)),
        || ignore(LOCK.release()),
    ),
    ("Mutex::lock", || ignore(MUTEX.lock()), || {}),
    ("RLock::acquire", || ignore(RLOCK.acquire()), || {}),
    ("RwLock::write", || ignore(RWLOCK.write()), || {}),
    (
        "Semaphore::acquire",
        || PERMITS.acquire().keep(),
        || PERMITS.release(1),
    ),
    ("Event::wait", || EVENT.wait(), || EVENT.set()),
    (
        "Event::wait_timeout",
        || ignore(EVENT.wait_timeout(LONG)),
        || EVENT.set(),
    ),
    (
        "Condvar::wait",
        || CHANGED.wait(&mut MUTEX.lock()),
        || ignore(CHANGED.notify_one()),
    ),
    (
        "Barrier::wait",
        || ignore(BARRIER.wait()),
        || ignore(BARRIER.wait()),
    ),
    (
        "FifoQueue::get",
        || ignore(ITEMS.get()),
        || ignore(ITEMS.put(1)),
    ),
    (
        "Select of two, wait",
        || {
            Select::new()
                .event(&EVENT, || ())
                .event(&NEVER, || ())
                .wait();
        },
        || EVENT.set(),
    ),
    (
        "Executor::block_on of Event::wait_async",
        || EXECUTOR.block_on(EVENT.wait_async()),
        || EVENT.set(),
    ),
    ("InheritingMutex::lock", || ignore(INHERITING.lock()), || {}),
];

pub(crate) fn measured() {
    // One slot for each, as the mark stays.
    static SLOTS: [TaskSlot<fn(), (), STACK>; CASES.len()] =
        [const { TaskSlot::new(c"stack", 3) }; CASES.len()];

    let used = |slot: &'static TaskSlot<fn(), (), STACK>| {
        STACK - slot.unused_stack().expect("it was started")
    };
    // It has run, and waits, as it is more urgent.
    let plain = kernel::create(8, || {}, 3);
    let base = kernel::STACK - kernel::unused_stack(plain) as usize;

    for ((name, wait, end), slot) in CASES.iter().zip(&SLOTS) {
        // What it finds held.
        EVENT.clear();
        if name.starts_with("Lock") {
            LOCK.acquire().keep();
        }
        let held = match *name {
            "Mutex::lock" => Some(Held::Mutex(MUTEX.lock())),
            "RLock::acquire" => Some(Held::RLock(RLOCK.acquire())),
            "RwLock::write" => Some(Held::RwLock(RWLOCK.write())),
            "InheritingMutex::lock" => Some(Held::Inheriting(INHERITING.lock())),
            _ => None,
        };
        let task = slot.spawn(|wait| wait(), *wait).expect("the slot is free");
        assert!(!task.is_finished(), "{name} did not wait");
        drop(held);
        end();
        task.join();
        if cfg!(target_os = "none") {
            let used = used(slot);
            say!("  {name}: {} bytes", used.saturating_sub(base));
            assert!((64..STACK / 4).contains(&used), "{name}: {used}");
        }
    }
}

#[allow(dead_code, reason = "kept until it is dropped")]
enum Held {
    Mutex(selvedge_core::MutexGuard<'static, FreeRtos, u32>),
    RLock(selvedge_core::RLockGuard<'static, FreeRtos, ()>),
    RwLock(selvedge_core::RwLockWriteGuard<'static, FreeRtos, u32>),
    Inheriting(selvedge_port_freertos::InheritingGuard<u32>),
}
