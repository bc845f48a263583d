//! The segments, and the store that is a ring or segments: order, drops, tasks, and how much memory stays.
//!
//! # Safety
//!
//! An allocator that counts; it calls the system's.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use selvedge_conformance::host::Watchdog;
use selvedge_core::port::Relax;
use selvedge_core::queue::{Call, Fifo, Store, TooManyTasksDone, TryGetError, TryPutError};
use selvedge_core::raw::Segments;
use static_assertions::{assert_impl_all, assert_not_impl_any};

const MANY: usize = if cfg!(miri) { 300 } else { 1_000_000 };
/// More than a few blocks, whatever their size.
const SOME: usize = if cfg!(miri) { 50 } else { 2_000 };

assert_impl_all!(Segments<std::cell::Cell<u8>>: Send, Sync);
assert_not_impl_any!(Segments<std::rc::Rc<u8>>: Send, Sync);
assert_not_impl_any!(Segments<std::sync::MutexGuard<'static, u8>>: Send, Sync);
assert_impl_all!(Fifo<std::cell::Cell<u8>>: Send, Sync);
assert_not_impl_any!(Fifo<std::rc::Rc<u8>>: Send, Sync);

/// Counts what is allocated, by alignment: a test that wants to know uses items of an alignment of its own, which only blocks have.
struct Counting;

static LIVE: [AtomicUsize; 16] = [const { AtomicUsize::new(0) }; 16];
static MADE: [AtomicUsize; 16] = [const { AtomicUsize::new(0) }; 16];

fn kind(layout: Layout) -> usize {
    (layout.align().ilog2() as usize).min(15)
}

// SAFETY: the system's allocator does it all.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE[kind(layout)].fetch_add(1, Ordering::Relaxed);
        MADE[kind(layout)].fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE[kind(layout)].fetch_sub(1, Ordering::Relaxed);
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// An item of that alignment.
macro_rules! aligned {
    ($name:ident, $align:literal) => {
        #[derive(Debug)]
        #[repr(align($align))]
        struct $name(usize);

        impl $name {
            fn live() -> usize {
                LIVE[usize::ilog2($align) as usize].load(Ordering::Relaxed)
            }

            #[allow(dead_code, reason = "some tests do not ask")]
            fn made() -> usize {
                MADE[usize::ilog2($align) as usize].load(Ordering::Relaxed)
            }
        }
    };
}

fn get<S: Store>(store: &S) -> S::Item {
    loop {
        match store.try_get() {
            Ok(item) => return item,
            Err(TryGetError::Empty) => thread::yield_now(),
            Err(TryGetError::ShutDown) => panic!("shut down while more is expected"),
        }
    }
}

/// A little randomness that is the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

#[test]
fn it_is_a_deque_that_counts_tasks() {
    let queue = Segments::new();
    let mut dice = Dice(1);
    let (mut deque, mut unfinished, mut put) = (VecDeque::new(), 0_usize, 0);
    assert_eq!(queue.capacity(), None);
    for step in 0..SOME * 10 {
        // Grows for a while, then shrinks for a while.
        let shrinks = (step / (SOME / 4)) % 2;
        match dice.roll(6) as usize {
            0 | 1 => {
                queue.try_put(step).unwrap();
                deque.push_back(step);
                (put, unfinished) = (put + 1, unfinished + 1);
            }
            2 | 3 => assert_eq!(queue.try_get().ok(), deque.pop_front()),
            4 => {
                let done = queue.task_done();
                if unfinished == 0 {
                    assert_eq!(done, Err(TooManyTasksDone));
                } else {
                    unfinished -= 1;
                    assert_eq!(done, Ok(unfinished == 0));
                }
            }
            _ if shrinks == 0 => {
                queue.try_put(step).unwrap();
                deque.push_back(step);
                (put, unfinished) = (put + 1, unfinished + 1);
            }
            _ => assert_eq!(queue.try_get().ok(), deque.pop_front()),
        }
        assert_eq!(queue.len(), deque.len());
        assert_eq!(queue.is_empty(), deque.is_empty());
        assert_eq!(queue.is_quiet(Call::Put), deque.is_empty());
        assert_eq!(queue.unfinished(), unfinished);
        assert_eq!(queue.served() + deque.len(), put);
    }
}

#[test]
fn a_closed_queue_gives_what_it_has() {
    // So that it is closed at every place of a block.
    for items in 0..if cfg!(miri) { 17 } else { 150 } {
        let queue = Segments::new();
        for item in 0..items {
            queue.try_put(item).unwrap();
        }
        assert!(!queue.is_closed());
        queue.close();
        queue.close();
        assert!(queue.is_closed());
        assert_eq!(queue.try_put(7), Err(TryPutError::ShutDown(7)));
        assert_eq!(queue.len(), items);
        for item in 0..items {
            assert_eq!(queue.try_get(), Ok(item));
        }
        assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
        assert_eq!(queue.unfinished(), items);
        for left in (0..items).rev() {
            assert_eq!(queue.task_done(), Ok(left == 0));
        }
        assert_eq!(queue.task_done(), Err(TooManyTasksDone));
    }
}

#[test]
fn it_lives_in_a_static() {
    static QUEUE: Segments<String> = Segments::new();
    assert_eq!(QUEUE.try_get(), Err(TryGetError::Empty));
    assert_eq!(QUEUE.task_done(), Err(TooManyTasksDone));
    QUEUE.try_put("first".into()).unwrap();
    QUEUE.try_put("second".into()).unwrap();
    assert_eq!(
        format!("{QUEUE:?}"),
        "Segments { len: 2, closed: false, .. }"
    );
    assert_eq!(QUEUE.try_get().as_deref(), Ok("first"));
    assert_eq!(QUEUE.try_get().as_deref(), Ok("second"));
}

#[test]
fn items_of_every_size() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(align(64))]
    struct Aligned(u8);

    const ITEMS: usize = if cfg!(miri) { 17 } else { 150 };

    fn pass<T: PartialEq + std::fmt::Debug>(item: impl Fn(usize) -> T) {
        let queue = Segments::new();
        for round in 0..3 {
            for n in 0..ITEMS {
                queue.try_put(item(n + round)).unwrap();
            }
            for n in 0..ITEMS {
                assert_eq!(queue.try_get(), Ok(item(n + round)));
            }
            assert_eq!(queue.try_get(), Err(TryGetError::Empty));
        }
        queue.try_put(item(1)).unwrap();
    }

    pass(|_| ());
    pass(|n| n as u8);
    pass(|n| n as u16);
    pass(|n| n as u128);
    pass(|n| [n as u8; 3]);
    pass(|n| [n; 5]);
    pass(|n| [n; 15]);
    pass(|n| [n as u8; 5000]);
    pass(|n| Aligned(n as u8));
    pass(|n| n.to_string());
    pass(|n| [Aligned(n as u8); 4]);
}

#[test]
fn each_item_is_dropped_once() {
    struct Counts<'a>(&'a AtomicUsize);
    impl Drop for Counts<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    for (put, got) in [
        (0, 0),
        (1, 0),
        (63, 0),
        (64, 63),
        (150, 0),
        (150, 70),
        (150, 150),
    ] {
        let drops = AtomicUsize::new(0);
        let queue = Segments::new();
        for _ in 0..put {
            assert!(queue.try_put(Counts(&drops)).is_ok());
        }
        assert_eq!(drops.load(Ordering::Relaxed), 0);
        for n in 0..got {
            let item = queue.try_get().ok();
            assert_eq!(drops.load(Ordering::Relaxed), n);
            assert!(item.is_some());
        }
        queue.close();
        drop(queue.try_put(Counts(&drops)));
        assert_eq!(drops.load(Ordering::Relaxed), got + 1);
        drop(queue);
        assert_eq!(drops.load(Ordering::Relaxed), put + 1);
    }
}

aligned!(Panics, 512);

static DROPS: AtomicUsize = AtomicUsize::new(0);

impl Drop for Panics {
    fn drop(&mut self) {
        DROPS.fetch_add(1, Ordering::Relaxed);
        assert_ne!(self.0, 30, "on purpose");
    }
}

#[test]
fn a_drop_that_panics_keeps_nothing_from_being_dropped_and_freed() {
    let queue = Segments::new();
    for item in 0..100 {
        queue.try_put(Panics(item)).unwrap();
    }
    for _ in 0..20 {
        drop(queue.try_get().unwrap());
    }
    assert!(Panics::live() > 2);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(queue))).is_err());
    assert_eq!(DROPS.load(Ordering::Relaxed), 100);
    assert_eq!(Panics::live(), 0);
}

aligned!(Bursting, 32);

/// A burst of any length is given back: what stays is the block at the tail, two to be used again, and one more for each time that the queue was drained to its end in a new block.
#[test]
fn memory_of_a_burst_is_given_back() {
    let queue = Segments::new();
    for (burst, many) in [(1, MANY), (2, MANY / 10), (3, MANY / 5)] {
        for item in 0..many {
            queue.try_put(Bursting(item)).unwrap();
        }
        let at_most = Bursting::live();
        assert!(at_most >= many / 63, "{at_most} blocks for {many} items");
        for item in 0..many {
            assert_eq!(queue.try_get().unwrap().0, item);
        }
        assert!(queue.is_empty());
        let left = Bursting::live();
        assert!(left <= 3 + burst, "{left} blocks are left");
    }
    drop(queue);
    assert_eq!(Bursting::live(), 0);
}

aligned!(Passing, 1024);

#[test]
fn a_short_queue_goes_round() {
    let queue = Segments::new();
    for length in [1, 2, 50] {
        for item in 0..length {
            queue.try_put(Passing(item)).unwrap();
        }
        let before = Passing::made();
        for item in 0..SOME * if cfg!(miri) { 2 } else { 20 } {
            queue.try_put(Passing(item + length)).unwrap();
            assert_eq!(queue.try_get().unwrap().0, item);
        }
        // While it is short no block is allocated but the first few.
        let made = Passing::made() - before;
        assert!(made <= length / 7 + 4, "{made} blocks were made");
        for _ in 0..length {
            queue.try_get().unwrap();
        }
        assert_eq!(queue.try_get().map(|item| item.0), Err(TryGetError::Empty));
    }
    assert!(Passing::live() <= 50 / 7 + 4);
    drop(queue);
    assert_eq!(Passing::live(), 0);
}

aligned!(Moving, 256);

/// Producers and consumers, so that nothing is lost or doubled and the items of each producer come in their order; at most `ahead` items are under way, if that is not 0.
fn many_move<S: Store<Item = Box<[usize; 2]>> + Sync>(
    store: &S,
    producers: usize,
    consumers: usize,
    each: usize,
    ahead: usize,
) {
    let start = Barrier::new(producers + consumers);
    let got = AtomicUsize::new(0);
    let sum: usize = thread::scope(|scope| {
        for producer in 0..producers {
            let (start, got) = (&start, &got);
            scope.spawn(move || {
                start.wait();
                for n in 0..each {
                    while ahead != 0 && n * producers > got.load(Ordering::Relaxed) + ahead {
                        thread::yield_now();
                    }
                    let mut item = Box::new([producer, n]);
                    while let Err(TryPutError::Full(back)) = store.try_put(item) {
                        item = back;
                        thread::yield_now();
                    }
                }
            });
        }
        let consumers: Vec<_> = (0..consumers)
            .map(|consumer| {
                let (start, got) = (&start, &got);
                scope.spawn(move || {
                    start.wait();
                    let mut last = vec![None; producers];
                    let mut in_order = true;
                    let mut sum = 0;
                    let all = producers * each;
                    let mine = all / consumers + usize::from(consumer < all % consumers);
                    for _ in 0..mine {
                        let [producer, n] = *get(store);
                        in_order &= last[producer] < Some(n);
                        last[producer] = Some(n);
                        sum += producer * each + n;
                        got.fetch_add(1, Ordering::Relaxed);
                    }
                    (in_order, sum)
                })
            })
            .collect();
        let mut sum = 0;
        for consumer in consumers {
            let (in_order, part) = consumer.join().unwrap();
            assert!(in_order, "one producer's items changed their order");
            sum += part;
        }
        sum
    });
    let all = producers * each;
    assert_eq!(sum, all * (all - 1) / 2);
    assert!(store.is_empty());
    assert_eq!(store.unfinished(), all);
}

#[test]
fn many_producers_and_consumers() {
    let _watchdog = Watchdog::new("many_producers_and_consumers");
    let each = if cfg!(miri) { 30 } else { 50_000 };
    for (producers, consumers) in [(1, 1), (3, 1), (1, 3), (3, 3)] {
        many_move(&Segments::new(), producers, consumers, each, 0);
    }
}

/// Everybody who meets another one stands aside for as long as this says.
struct Yielding;

impl Relax for Yielding {
    fn lock_turn(_turn: u32) -> bool {
        false
    }

    fn answer_turn(_turn: u32) -> bool {
        false
    }

    fn aside_turn(turn: u32, served: impl Fn() -> usize) -> bool {
        let before = served();
        thread::yield_now();
        turn < 4 && served() == before
    }
}

/// A store that is asked by tasks which may be held up.
struct InTurn<S>(S);

impl<S: Store> Store for InTurn<S> {
    type Item = S::Item;

    fn try_put(&self, item: S::Item) -> Result<(), TryPutError<S::Item>> {
        self.0.try_put_in_turn::<Yielding>(item)
    }

    fn try_get(&self) -> Result<S::Item, TryGetError> {
        self.0.try_get_in_turn::<Yielding>()
    }

    fn close(&self) {
        self.0.close();
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn capacity(&self) -> Option<usize> {
        self.0.capacity()
    }

    fn task_done(&self) -> Result<bool, TooManyTasksDone> {
        self.0.task_done()
    }

    fn unfinished(&self) -> usize {
        self.0.unfinished()
    }
}

#[test]
fn many_that_stand_aside() {
    let _watchdog = Watchdog::new("many_that_stand_aside");
    let each = if cfg!(miri) { 20 } else { 20_000 };
    for (producers, consumers) in [(4, 1), (1, 4), (4, 4)] {
        let store = InTurn(Fifo::new(0));
        many_move(&store, producers, consumers, each, 0);
        assert_eq!(store.0.served(), producers * each);
    }
    many_move(&InTurn(Fifo::new(2)), 2, 2, each, 0);
}

#[test]
fn many_that_stay_close_together() {
    let _watchdog = Watchdog::new("many_that_stay_close_together");
    let each = if cfg!(miri) { 20 } else { 20_000 };
    for ahead in [1, 10, 100] {
        many_move(&Segments::new(), 2, 2, each, ahead);
    }
}

#[test]
fn either_kind_of_fifo_moves_items() {
    let _watchdog = Watchdog::new("either_kind_of_fifo_moves_items");
    let each = if cfg!(miri) { 10 } else { 20_000 };
    for capacity in [0, 1, 3, 100] {
        many_move(&Fifo::new(capacity), 2, 2, each, 0);
    }
}

/// The number of blocks stays small while several producers and consumers go round, and nothing is left in the end.
#[test]
fn blocks_go_round_between_threads() {
    let _watchdog = Watchdog::new("blocks_go_round_between_threads");
    const ITEMS: usize = if cfg!(miri) { 20 } else { 100 };
    let rounds = if cfg!(miri) { 3 } else { 300 };
    let queue = Segments::new();
    let most = AtomicUsize::new(0);
    for _ in 0..rounds {
        let start = Barrier::new(4);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    for item in 0..ITEMS {
                        queue.try_put(Moving(item)).unwrap();
                    }
                });
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..ITEMS {
                        assert!(get(&queue).0 < ITEMS);
                    }
                });
            }
        });
        most.fetch_max(Moving::live(), Ordering::Relaxed);
    }
    // 200 items are 29 blocks at the most. Without coming back it would be as many each round.
    let most = most.load(Ordering::Relaxed);
    assert!(most <= 40, "{most} blocks");
    assert!(queue.is_empty());
    drop(queue);
    assert_eq!(Moving::live(), 0);
}

/// After `close` no put succeeds, and who is told that the queue is shut down has seen everything that was put.
#[test]
fn closing_while_others_put_and_get() {
    let _watchdog = Watchdog::new("closing_while_others_put_and_get");
    let rounds = if cfg!(miri) { 5 } else { 500 };
    for round in 0..rounds {
        let queue = Segments::new();
        let start = Barrier::new(5);
        let is_closed = AtomicBool::new(false);
        let (put, got) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    loop {
                        let must_fail = is_closed.load(Ordering::Acquire);
                        match queue.try_put(round) {
                            Ok(()) => put.fetch_add(1, Ordering::Relaxed),
                            Err(_) => break,
                        };
                        assert!(!must_fail, "put after close");
                        if cfg!(miri) {
                            thread::yield_now();
                        }
                    }
                });
                scope.spawn(|| {
                    start.wait();
                    loop {
                        match queue.try_get() {
                            Ok(_) => got.fetch_add(1, Ordering::Relaxed),
                            Err(TryGetError::Empty) => {
                                thread::yield_now();
                                continue;
                            }
                            Err(TryGetError::ShutDown) => break,
                        };
                    }
                });
            }
            start.wait();
            thread::yield_now();
            queue.close();
            is_closed.store(true, Ordering::Release);
        });
        assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
        assert_eq!(
            put.load(Ordering::Relaxed),
            got.load(Ordering::Relaxed),
            "everything that was put was got before ShutDown"
        );
    }
}

/// Tasks that are reported by several threads are counted, and one report at least is told that it was the last.
#[test]
fn tasks_reported_by_many() {
    let _watchdog = Watchdog::new("tasks_reported_by_many");
    let queue = Segments::new();
    let lasts = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for item in 0..SOME {
                    queue.try_put(item).unwrap();
                    get(&queue);
                    let is_last = queue.task_done().unwrap();
                    lasts.fetch_add(usize::from(is_last), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(queue.unfinished(), 0);
    assert!(lasts.load(Ordering::Relaxed) > 0);
    assert_eq!(queue.task_done(), Err(TooManyTasksDone));
}

#[test]
fn a_fifo_is_a_ring_or_segments() {
    static ANY: Fifo<u8> = Fifo::new(0);
    static TWO: Fifo<u8> = Fifo::new(2);
    assert_eq!(format!("{ANY:?}"), "Segments { len: 0, closed: false, .. }");
    assert!(format!("{TWO:?}").starts_with("Ring"));
    assert_eq!((ANY.capacity(), TWO.capacity()), (None, Some(2)));
    for queue in [&ANY, &TWO] {
        queue.try_put(1).unwrap();
        queue.try_put(2).unwrap();
        let third = queue.try_put(3);
        assert_eq!(third.is_ok(), queue.capacity().is_none());
        assert_eq!(queue.unfinished(), queue.len());
        assert_eq!(queue.try_get(), Ok(1));
        assert_eq!(queue.task_done(), Ok(false));
        assert!(!queue.is_closed() && !queue.is_empty());
        queue.close();
        assert!(queue.is_closed());
        assert_eq!(queue.try_put(4), Err(TryPutError::ShutDown(4)));
        assert_eq!(queue.try_get(), Ok(2));
    }
}
