//! Foreign code that panics in the middle of things: a comparison while a heap moves its items, and a store right after a waiter was listed (rows ).

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use selvedge::port::Parking;
use selvedge_conformance::host::Watchdog;
use selvedge_core::queue::{
    Call, Priority, Queue, Store, TooManyTasksDone, TryGetError, TryPutError,
};
use selvedge_core::raw::{Inline, Ring};

fn panics<R>(call: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

/// An item whose comparisons count a fuse down, if there is one, and panic at its end. Boxed, so that one that is there twice shows at the latest when it is dropped.
struct Fused {
    key: usize,
    nth: Box<usize>,
    fuse: Arc<AtomicUsize>,
}

impl Ord for Fused {
    fn cmp(&self, other: &Self) -> Ordering {
        if let Ok(1) = self
            .fuse
            .fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1))
        {
            resume_unwind(Box::new("the fuse has burnt down"));
        }
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Fused {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fused {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Fused {}

type Heap = Queue<Parking, Priority<Parking, Fused>>;

/// So many items with few different keys, and what they look like in order.
fn heap_of(len: usize, fuse: &Arc<AtomicUsize>) -> (Heap, Vec<(usize, usize)>) {
    let heap = Heap::new(0);
    let mut order = Vec::new();
    for nth in 0..len {
        let key = nth * 7 % 5;
        order.push((key, nth));
        let item = Fused {
            key,
            nth: Box::new(nth),
            fuse: fuse.clone(),
        };
        assert!(heap.put(item).is_ok());
    }
    order.sort_unstable();
    (heap, order)
}

fn drained(heap: &Heap) -> Vec<(usize, usize)> {
    std::iter::from_fn(|| heap.try_get().ok())
        .map(|item| (item.key, *item.nth))
        .collect()
}

/// A get and a put that panic at their first comparison, at their second, and so on to the last: the heap is as it was, each time.
#[test]
fn a_panic_at_any_comparison_changes_nothing() {
    let _watchdog = Watchdog::new("a_panic_at_any_comparison_changes_nothing");
    let largest = if cfg!(miri) { 9 } else { 40 };
    let mut panicked = 0;
    for len in 1..largest {
        for is_put in [false, true] {
            for comparisons in 1.. {
                let fuse = Arc::new(AtomicUsize::new(0));
                let (heap, order) = heap_of(len, &fuse);
                let new = Fused {
                    key: 0,
                    nth: Box::new(len),
                    fuse: fuse.clone(),
                };
                fuse.store(comparisons, SeqCst);
                let is_over = if is_put {
                    !panics(|| heap.put(new).is_ok())
                } else {
                    !panics(|| heap.get().is_ok())
                };
                fuse.store(0, SeqCst);
                if is_over {
                    break;
                }
                panicked += 1;
                assert_eq!(
                    drained(&heap),
                    order,
                    "{len} items, comparison {comparisons}"
                );
            }
        }
    }
    assert!(panicked > largest, "it is compared");
}

type Hook = Box<dyn FnOnce() + Send>;

/// A ring that calls a hook, once, when it is asked whether it is quiet: that is right after a waiter has been listed.
struct Hooked {
    ring: Ring<u32, Inline<u32, 2>>,
    hook: Mutex<Option<Hook>>,
}

impl Hooked {
    const fn new() -> Self {
        Self {
            ring: Ring::new(Inline::new()),
            hook: Mutex::new(None),
        }
    }

    fn hook(&self, hook: impl FnOnce() + Send + 'static) {
        *self.hook.lock().unwrap() = Some(Box::new(hook));
    }
}

impl Store for Hooked {
    type Item = u32;

    fn try_put(&self, item: u32) -> Result<(), TryPutError<u32>> {
        self.ring.try_put(item)
    }

    fn try_get(&self) -> Result<u32, TryGetError> {
        self.ring.try_get()
    }

    fn close(&self) {
        self.ring.close();
    }

    fn is_closed(&self) -> bool {
        self.ring.is_closed()
    }

    fn len(&self) -> usize {
        self.ring.len()
    }

    fn capacity(&self) -> Option<usize> {
        self.ring.capacity()
    }

    fn task_done(&self) -> Result<bool, TooManyTasksDone> {
        self.ring.task_done()
    }

    fn unfinished(&self) -> usize {
        self.ring.unfinished()
    }

    fn is_quiet(&self, call: Call) -> bool {
        let is_quiet = self.ring.is_quiet(call);
        let hook = self.hook.lock().unwrap().take();
        if let Some(hook) = hook {
            hook();
        }
        is_quiet
    }
}

/// Starts a getter, and returns when it is listed and has found nothing.
fn listed_getter(queue: &'static Queue<Parking, Hooked>) -> JoinHandle<u32> {
    let (tell, told) = channel();
    queue.store().hook(move || tell.send(()).unwrap());
    let getter = thread::spawn(|| queue.get().unwrap());
    told.recv().unwrap();
    getter
}

/// A getter that was listed, and unwinds before it sleeps: it is off the list, and an item wakes the getter behind it.
#[test]
fn who_unwinds_right_after_listing_is_listed_no_more() {
    static QUEUE: Queue<Parking, Hooked> = Queue::with_store(Hooked::new());
    let _watchdog = Watchdog::new("who_unwinds_right_after_listing_is_listed_no_more");
    for item in 0..3 {
        QUEUE
            .store()
            .hook(|| resume_unwind(Box::new("not a word about it")));
        assert!(panics(|| QUEUE.get()), "it looked again");
        let getter = listed_getter(&QUEUE);
        QUEUE.put(item).unwrap();
        assert_eq!(getter.join().unwrap(), item);
    }
}

/// The same, but it has been notified of an item by then: the getter behind it is notified in its place.
#[test]
fn who_unwinds_right_after_listing_passes_on() {
    static QUEUE: Queue<Parking, Hooked> = Queue::with_store(Hooked::new());
    let _watchdog = Watchdog::new("who_unwinds_right_after_listing_passes_on");
    for item in 0..3 {
        let (give, given) = channel();
        QUEUE.store().hook(move || {
            give.send(listed_getter(&QUEUE)).unwrap();
            QUEUE.put(item).unwrap();
            resume_unwind(Box::new("not a word about it"));
        });
        assert!(panics(|| QUEUE.get()), "it looked again");
        assert_eq!(given.recv().unwrap().join().unwrap(), item);
    }
}
