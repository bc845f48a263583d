//! Comparisons that misbehave inside the stores of priority queues (rows ): they panic, and they call the queue that compares.

mod support;

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use selvedge::port::Parking;
use selvedge_conformance::host::Watchdog;
use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{Guard, NoSpin, NoWatch, Port};
use selvedge_core::queue::{
    FixedPriority, Priority, PriorityQueue, Queue, Store, TryGetError, TryPutError,
};
use selvedge_core::waiters::Bucket;

/// An item that panics when it is compared with one of another kind, as Python's may.
#[derive(Debug)]
enum Mixed {
    Number(u32),
    Text,
}

impl Ord for Mixed {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            _ => resume_unwind(Box::new("incomparable")),
        }
    }
}

impl PartialOrd for Mixed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Mixed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Mixed {}

fn panics<R>(call: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

/// An item that cannot be compared is neither put nor counted, whatever the form of the put; and the queue goes on.
fn refuses<S: Store<Item = Mixed>>(queue: &Queue<Parking, S>) {
    for _ in 0..2 {
        queue.put(Mixed::Number(2)).unwrap();
        assert!(panics(|| queue.put(Mixed::Text)));
        assert!(panics(|| queue.try_put(Mixed::Text)));
        assert!(panics(
            || queue.put_timeout(Mixed::Text, std::time::Duration::ZERO)
        ));
        assert_eq!((queue.len(), queue.unfinished_tasks()), (1, 1));
        queue.put(Mixed::Number(1)).unwrap();
        // Full before anything is compared.
        assert!(matches!(
            queue.try_put(Mixed::Text),
            Err(TryPutError::Full(Mixed::Text))
        ));
        assert!(matches!(queue.get(), Ok(Mixed::Number(1))));
        assert!(matches!(queue.get(), Ok(Mixed::Number(2))));
        assert!(matches!(queue.try_get(), Err(TryGetError::Empty)));
        assert!(queue.task_done().is_ok() && queue.task_done().is_ok());
        queue.join();
    }
}

#[test]
fn an_incomparable_item_is_not_put() {
    let _watchdog = Watchdog::new("an_incomparable_item_is_not_put");
    refuses(&PriorityQueue::<Parking, Mixed, 2>::new());
    refuses(&Queue::<Parking, Priority<Parking, Mixed>>::new(2));
}

/// A put that waits for room and then panics: the room is there for others, and a waiter behind it gets its turn.
fn waits_and_panics<S: Store<Item = Mixed> + Sync>(queue: &Queue<Parking, S>) {
    queue.put(Mixed::Number(1)).unwrap();
    queue.put(Mixed::Number(2)).unwrap();
    thread::scope(|scope| {
        let bad = scope.spawn(|| panics(|| queue.put(Mixed::Text)));
        // So that the bad one is the first to be woken, most likely.
        thread::sleep(std::time::Duration::from_millis(30));
        let good = scope.spawn(|| queue.put(Mixed::Number(3)).is_ok());
        thread::sleep(std::time::Duration::from_millis(30));
        assert!(matches!(queue.get(), Ok(Mixed::Number(1))));
        assert!(good.join().unwrap());
        assert_eq!(queue.len(), 2);
        assert!(matches!(queue.get(), Ok(Mixed::Number(2))));
        // Room for the bad one now, if it has not found any yet.
        assert!(bad.join().unwrap());
    });
    assert_eq!((queue.len(), queue.unfinished_tasks()), (1, 3));
    assert!(matches!(queue.get(), Ok(Mixed::Number(3))));
}

#[test]
fn a_panic_after_a_wait_passes_the_turn_on() {
    let _watchdog = Watchdog::new("a_panic_after_a_wait_passes_the_turn_on");
    for _ in 0..5 {
        waits_and_panics(&PriorityQueue::<Parking, Mixed, 2>::new());
        waits_and_panics(&Queue::<Parking, Priority<Parking, Mixed>>::new(2));
    }
}

/// A guard that nests, as a critical section does: whoever is inside may enter again. For one thread at a time.
struct Nested {
    owner: AtomicUsize,
    depth: AtomicUsize,
}

fn me() -> usize {
    thread_local!(static HERE: u8 = const { 0 });
    HERE.with(|here| std::ptr::from_ref(here).addr())
}

#[allow(unsafe_code, reason = "a guard for tests")]
// SAFETY: one thread is inside, as often as it likes; `depth` is its own. Sequentially consistent throughout.
unsafe impl Guard for Nested {
    type State = ();

    const NEW: Self = Self {
        owner: AtomicUsize::new(0),
        depth: AtomicUsize::new(0),
    };

    fn enter(&self) {
        if self.owner.load(SeqCst) != me() {
            while self
                .owner
                .compare_exchange(0, me(), SeqCst, SeqCst)
                .is_err()
            {
                thread::yield_now();
            }
        }
        self.depth.fetch_add(1, SeqCst);
    }

    unsafe fn leave(&self, (): ()) {
        if self.depth.fetch_sub(1, SeqCst) == 1 {
            self.owner.store(0, SeqCst);
        }
    }
}

/// A port with that guard; it never sleeps.
struct NestedPort;

static TABLE: [Bucket<NestedPort>; 1] = [const { Bucket::new() }; 1];

#[allow(unsafe_code, reason = "a port for tests")]
// SAFETY: as `Spin`: nobody sleeps. One static of 1.
unsafe impl Port for NestedPort {
    type Guard = Nested;
    type Relax = NoSpin;
    type Watch = NoWatch;
    type Task = ();

    const UNBLOCK_NEEDS_LIVE_TASK: bool = false;

    fn wait(_: &AtomicU32, _: u32) {
        thread::yield_now();
    }

    fn wake(_: *const AtomicU32, _: u32) -> u32 {
        0
    }

    fn table() -> &'static [Bucket<Self>] {
        &TABLE
    }

    fn task() {}

    fn block(_: &AtomicU32, _: u32) {
        thread::yield_now();
    }

    fn unblock(_: *const AtomicU32, (): &()) {}
}

static CALLS_BACK: AtomicBool = AtomicBool::new(false);
static REENTERED: FixedPriority<NestedPort, Caller, 8> = FixedPriority::new();

/// An item whose comparison asks the queue that it is in, when it is told to.
#[derive(Debug, PartialEq, Eq)]
struct Caller(u32);

impl Ord for Caller {
    fn cmp(&self, other: &Self) -> Ordering {
        if CALLS_BACK.load(SeqCst) {
            let _ = REENTERED.len();
        }
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Caller {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where the guard nests, a comparison that calls its own queue panics, and reaches nothing.
#[test]
fn a_comparison_that_calls_back_panics() {
    let _watchdog = Watchdog::new("a_comparison_that_calls_back_panics");
    for n in [3, 1, 2] {
        assert!(REENTERED.try_put(Caller(n)).is_ok());
    }
    CALLS_BACK.store(true, SeqCst);
    let put = catch_unwind(|| REENTERED.try_put(Caller(0))).unwrap_err();
    let text = put.downcast_ref::<&str>().copied().unwrap_or_default();
    assert!(text.contains("called the queue that compares"), "{text}");
    assert!(panics(|| REENTERED.try_get()));
    CALLS_BACK.store(false, SeqCst);
    assert_eq!((REENTERED.len(), REENTERED.unfinished()), (3, 3));
    for n in [1, 2, 3] {
        assert_eq!(REENTERED.try_get(), Ok(Caller(n)));
    }
    // The guard has been left as often as it was entered.
    let elsewhere = thread::spawn(|| REENTERED.try_get().is_err());
    assert!(elsewhere.join().unwrap());
}
