//! The ring, and the queue of fixed capacity on it: places, drops, tasks, futures, shutting down.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;

use selvedge::port::Native;
use selvedge_conformance::host::Watchdog;
use selvedge_conformance::probe::Probe;
use selvedge_core::queue::{
    Call, FifoQueue, Queue, ShutDown, Store, TooManyTasksDone, TryGetError, TryPutError,
};
use selvedge_core::raw::{Boxed, Buffer, Inline, Ring};
use static_assertions::{assert_impl_all, assert_not_impl_any};

const STEPS: u32 = if cfg!(miri) { 200 } else { 10_000 };
/// Of tests that start threads.
const ROUNDS: usize = if cfg!(miri) { 5 } else { 150 };

// Items go from thread to thread and are never shared: they must be able to go, and need no more.
assert_impl_all!(FifoQueue<Native, std::cell::Cell<u8>, 1>: Send, Sync);
assert_not_impl_any!(FifoQueue<Native, std::rc::Rc<u8>, 1>: Send, Sync);
assert_not_impl_any!(FifoQueue<Native, std::sync::MutexGuard<'static, u8>, 1>: Send, Sync);
assert_impl_all!(Ring<std::cell::Cell<u8>, Boxed<std::cell::Cell<u8>>>: Send, Sync);
assert_not_impl_any!(Ring<std::rc::Rc<u8>, Boxed<std::rc::Rc<u8>>>: Send, Sync);

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

/// A ring does what a deque with a limit does, and counts tasks as a number would, for many laps.
fn is_a_deque(ring: &Ring<u32, impl Buffer<u32>>, capacity: usize) {
    let mut dice = Dice(capacity as u64);
    let (mut deque, mut unfinished, mut taken) = (VecDeque::new(), 0_usize, 0);
    assert_eq!(ring.capacity(), Some(capacity));
    for step in 0..STEPS {
        match dice.roll(5) {
            0 | 1 => {
                let put = ring.try_put(step);
                if deque.len() == capacity {
                    assert_eq!(put, Err(TryPutError::Full(step)));
                } else {
                    assert_eq!(put, Ok(()));
                    deque.push_back(step);
                    unfinished += 1;
                }
            }
            2 | 3 => {
                let item = deque.pop_front().ok_or(TryGetError::Empty);
                taken += usize::from(item.is_ok());
                assert_eq!(ring.try_get(), item);
            }
            _ => {
                let done = ring.task_done();
                if unfinished == 0 {
                    assert_eq!(done, Err(TooManyTasksDone));
                } else {
                    unfinished -= 1;
                    assert_eq!(done, Ok(unfinished == 0));
                }
            }
        }
        assert_eq!(ring.len(), deque.len());
        assert_eq!(ring.is_empty(), deque.is_empty());
        assert_eq!(ring.unfinished(), unfinished);
        assert_eq!(ring.served(), taken);
        assert_eq!(ring.is_quiet(Call::Put), deque.is_empty());
        assert_eq!(ring.is_quiet(Call::Get), deque.len() == capacity);
    }
    ring.close();
    assert_eq!(ring.try_put(0), Err(TryPutError::ShutDown(0)));
    for item in deque {
        assert_eq!(ring.try_get(), Ok(item));
    }
    assert_eq!(ring.try_get(), Err(TryGetError::ShutDown));
}

#[test]
fn small_ones_go_round() {
    is_a_deque(&Ring::new(Inline::<u32, 1>::new()), 1);
    is_a_deque(&Ring::new(Inline::<u32, 2>::new()), 2);
    is_a_deque(&Ring::new(Inline::<u32, 3>::new()), 3);
    is_a_deque(&Ring::new(Inline::<u32, 128>::new()), 128);
    for capacity in [1, 2, 3, 4, 5, 7, 8, 100, 128, 1000] {
        is_a_deque(&Ring::new(Boxed::new(capacity)), capacity);
    }
}

/// Closed before anything was put: nothing is allocated, and nothing is coming.
#[test]
fn closed_at_once() {
    let ring = Ring::new(Boxed::new(4));
    assert_eq!(ring.try_get(), Err(TryGetError::Empty));
    ring.close();
    ring.close();
    assert_eq!(ring.try_put(1), Err(TryPutError::ShutDown(1)));
    assert_eq!(ring.try_get(), Err(TryGetError::ShutDown));
}

/// No room and too much room are refused when the ring is made.
#[test]
fn has_limits() {
    assert!(catch_unwind(|| Boxed::<u8>::new(0)).is_err());
    assert!(catch_unwind(|| Boxed::<u8>::new(usize::MAX)).is_err());
    // The index can tell so many places; memory cannot hold them.
    let ring = Ring::new(Boxed::<u8>::new(1 << (usize::BITS - 4)));
    assert!(catch_unwind(AssertUnwindSafe(|| ring.try_put(1))).is_err());
    assert_eq!(ring.try_get(), Err(TryGetError::Empty));
    assert_eq!(ring.unfinished(), 0);
}

/// Counts how many there are.
#[derive(Debug)]
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Every item is dropped once: those taken by their taker, those left by the queue, wherever in the ring they are.
#[test]
fn drops_what_is_left() {
    let count = AtomicUsize::new(0);
    for passed in 0..7 {
        for left in 0..=3 {
            let queue = FifoQueue::<Native, _, 3>::new();
            let boxed = Ring::new(Boxed::new(3));
            for _ in 0..passed {
                queue.put(Counted::new(&count)).unwrap();
                drop(queue.get());
                boxed.try_put(Counted::new(&count)).unwrap();
                drop(boxed.try_get());
            }
            for _ in 0..left {
                queue.put(Counted::new(&count)).unwrap();
                boxed.try_put(Counted::new(&count)).unwrap();
            }
            assert_eq!(count.load(Ordering::SeqCst), 2 * left);
            drop(queue);
            assert_eq!(count.load(Ordering::SeqCst), left);
            drop(boxed);
            assert_eq!(count.load(Ordering::SeqCst), 0);
        }
    }
}

/// Items without a size are items all the same.
#[test]
fn items_without_size() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    #[derive(Debug)]
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::SeqCst);
        }
    }
    let queue = FifoQueue::<Native, _, 3>::new();
    for _ in 0..3 {
        queue.put(Nothing).unwrap();
    }
    assert!(matches!(queue.try_put(Nothing), Err(TryPutError::Full(_))));
    assert_eq!(DROPS.load(Ordering::SeqCst), 1);
    drop(queue.get());
    assert_eq!(queue.len(), 2);
    drop(queue);
    assert_eq!(DROPS.load(Ordering::SeqCst), 4);

    let boxed = Ring::new(Boxed::new(2));
    boxed.try_put(()).unwrap();
    boxed.try_put(()).unwrap();
    assert_eq!(boxed.try_put(()), Err(TryPutError::Full(())));
    assert_eq!(boxed.try_get(), Ok(()));
}

/// Panics when it is dropped, if it is the one.
struct Bomb<'a> {
    _counted: Counted<'a>,
    goes_off: bool,
}

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        assert!(!self.goes_off, "boom");
    }
}

/// A destructor that panics while the queue is emptied, or dropped, keeps no other item in it, and no joiner waiting.
#[test]
fn destructors_may_panic() {
    let _watchdog = Watchdog::new("destructors_may_panic");
    let count = AtomicUsize::new(0);
    for bomb in 0..4 {
        let fill = || {
            let queue = FifoQueue::<Native, _, 4>::new();
            for n in 0..4 {
                let item = Bomb {
                    _counted: Counted::new(&count),
                    goes_off: n == bomb,
                };
                assert!(queue.put(item).is_ok());
            }
            queue
        };
        let queue = fill();
        assert!(catch_unwind(AssertUnwindSafe(|| queue.shutdown(true))).is_err());
        assert_eq!(count.load(Ordering::SeqCst), 0);
        assert_eq!(queue.unfinished_tasks(), 0);
        queue.join();
        assert!(matches!(queue.get(), Err(ShutDown)));
        drop(queue);
        let queue = fill();
        assert!(catch_unwind(AssertUnwindSafe(|| drop(queue))).is_err());
        assert_eq!(count.load(Ordering::SeqCst), 0);
    }
}

/// Dropped at each point of its life, a future passes its wake-up on, and takes or puts nothing.
#[test]
fn futures_dropped_at_every_point() {
    for polls in 0..3 {
        let queue = FifoQueue::<Native, u32, 1>::new();
        let (first, second) = (Probe::new(), Probe::new());
        let mut next = pin!(Some(queue.get_async()));
        {
            let mut dropped = pin!(Some(queue.get_async()));
            if polls > 0 {
                assert!(first.poll(&mut dropped).is_pending());
            }
            assert!(second.poll(&mut next).is_pending());
            if polls > 1 {
                queue.put(7).unwrap();
                assert!(first.woken() && !second.woken());
            }
        }
        if polls > 1 {
            assert!(second.woken(), "the wake-up was passed on");
        } else {
            queue.put(7).unwrap();
            assert!(second.woken());
        }
        assert_eq!(second.poll(&mut next), Poll::Ready(Ok(7)));

        // The same for room.
        queue.put(1).unwrap();
        let (first, second) = (Probe::new(), Probe::new());
        let mut next = pin!(Some(queue.put_async(3)));
        {
            let mut dropped = pin!(Some(queue.put_async(2)));
            if polls > 0 {
                assert!(first.poll(&mut dropped).is_pending());
            }
            assert!(second.poll(&mut next).is_pending());
            if polls > 1 {
                assert_eq!(queue.get(), Ok(1));
                assert!(first.woken() && !second.woken());
            }
        }
        if polls <= 1 {
            assert_eq!(queue.get(), Ok(1));
        }
        assert!(second.woken());
        assert_eq!(second.poll(&mut next), Poll::Ready(Ok(())));
        assert_eq!(queue.try_get(), Ok(3));
        assert_eq!(queue.try_get(), Err(TryGetError::Empty));

        // Joiners: all are woken.
        let joiner = Probe::new();
        let mut join = pin!(Some(queue.join_async()));
        assert!(joiner.poll(&mut join).is_pending());
        for _ in 0..queue.unfinished_tasks() {
            queue.task_done().unwrap();
        }
        assert!(joiner.woken());
        assert!(joiner.poll(&mut join).is_ready());
    }
}

/// A future that is polled again, by another task, wakes that one; and one that is polled for no reason takes what is there.
#[test]
fn futures_polled_for_no_reason() {
    let queue = FifoQueue::<Native, u32, 2>::new();
    let (first, second) = (Probe::new(), Probe::new());
    let mut get = pin!(Some(queue.get_async()));
    assert!(first.poll(&mut get).is_pending());
    assert!(second.poll(&mut get).is_pending());
    queue.put(1).unwrap();
    assert!(!first.woken() && second.woken());
    assert_eq!(queue.try_get(), Ok(1));
    // Too late: it waits again.
    assert!(first.poll(&mut get).is_pending());
    queue.put(2).unwrap();
    assert!(first.woken());
    assert_eq!(second.poll(&mut get), Poll::Ready(Ok(2)));
    queue.put(3).unwrap();
    assert_eq!(queue.try_get(), Ok(3));
}

/// Shut down at once while items are being put and taken in every form: nothing is left behind, nothing is lost twice, and whoever joins is let go.
#[test]
fn shut_down_at_once_under_way() {
    fn round<const N: usize>(seed: usize) {
        let count = AtomicUsize::new(0);
        let queue = FifoQueue::<Native, _, N>::new();
        let begun = AtomicUsize::new(0);
        thread::scope(|scope| {
            for putter in 0..3 {
                let (queue, count, begun) = (&queue, &count, &begun);
                scope.spawn(move || {
                    begun.fetch_add(1, Ordering::SeqCst);
                    loop {
                        let item = Counted::new(count);
                        let is_over = match putter {
                            0 => queue.put(item).is_err(),
                            1 => pollster(queue.put_async(item)).is_err(),
                            _ => matches!(queue.try_put(item), Err(TryPutError::ShutDown(_))),
                        };
                        if is_over {
                            break;
                        }
                    }
                });
            }
            let getter = scope.spawn(|| {
                begun.fetch_add(1, Ordering::SeqCst);
                while let Ok(item) = queue.get() {
                    drop(item);
                    queue.task_done().unwrap();
                }
            });
            while begun.load(Ordering::SeqCst) < 4 {
                thread::yield_now();
            }
            for _ in 0..seed % 50 {
                std::hint::spin_loop();
            }
            queue.shutdown(true);
            assert_eq!(queue.len(), 0);
            assert!(queue.try_get().is_err());
            queue.join();
            let _ = getter.join();
        });
        assert_eq!(queue.unfinished_tasks(), 0);
        assert_eq!(queue.store().len(), 0, "left behind");
        assert_eq!(count.load(Ordering::SeqCst), 0);
    }
    let _watchdog = Watchdog::new("shut_down_at_once_under_way");
    for seed in 0..ROUNDS {
        round::<1>(seed);
        round::<2>(seed);
        round::<7>(seed);
    }
}

/// Shut down in good order: each item that was accepted is taken, and everybody ends.
#[test]
fn shut_down_in_good_order_under_way() {
    let _watchdog = Watchdog::new("shut_down_in_good_order_under_way");
    for seed in 0..ROUNDS {
        let queue = FifoQueue::<Native, usize, 2>::new();
        let (accepted, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while queue.put(1).is_ok() {
                        accepted.fetch_add(1, Ordering::SeqCst);
                    }
                });
                scope.spawn(|| {
                    for item in &queue {
                        taken.fetch_add(item, Ordering::SeqCst);
                        queue.task_done().unwrap();
                    }
                });
                scope.spawn(|| {
                    while let Ok(item) = pollster(queue.get_async()) {
                        taken.fetch_add(item, Ordering::SeqCst);
                        queue.task_done().unwrap();
                    }
                });
            }
            for _ in 0..seed % 50 {
                thread::yield_now();
            }
            queue.shutdown(false);
        });
        assert_eq!(accepted.into_inner(), taken.into_inner());
        assert!(queue.try_join().is_ok());
    }
}

/// Runs a future in this thread.
fn pollster<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let waker = std::sync::Arc::new(Unpark(thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// A store of one's own: a deque with a gate that keeps what is in it from being seen. It panics on demand, and on demand stops in the middle of a put.
#[derive(Default)]
struct Gated {
    items: StdMutex<VecDeque<u32>>,
    unfinished: AtomicUsize,
    is_closed: AtomicBool,
    is_hidden: AtomicBool,
    panics: AtomicBool,
    /// A put stops while this is up, and says so by the other.
    stops: AtomicBool,
    stopped: AtomicBool,
}

impl Gated {
    fn items(&self) -> std::sync::MutexGuard<'_, VecDeque<u32>> {
        assert!(!self.panics.load(Ordering::SeqCst), "on demand");
        self.items.lock().unwrap()
    }
}

impl Store for Gated {
    type Item = u32;

    fn try_put(&self, item: u32) -> Result<(), TryPutError<u32>> {
        let mut items = self.items();
        if self.is_closed() {
            return Err(TryPutError::ShutDown(item));
        }
        if items.len() == 3 {
            return Err(TryPutError::Full(item));
        }
        items.push_back(item);
        self.unfinished.fetch_add(1, Ordering::SeqCst);
        drop(items);
        while self.stops.load(Ordering::SeqCst) {
            self.stopped.store(true, Ordering::SeqCst);
            thread::yield_now();
        }
        Ok(())
    }

    fn try_get(&self) -> Result<u32, TryGetError> {
        let mut items = self.items();
        if self.is_hidden.load(Ordering::SeqCst) || self.stops.load(Ordering::SeqCst) {
            return Err(TryGetError::Empty);
        }
        items.pop_front().ok_or(if self.is_closed() {
            TryGetError::ShutDown
        } else {
            TryGetError::Empty
        })
    }

    fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    fn len(&self) -> usize {
        self.items().len()
    }

    fn capacity(&self) -> Option<usize> {
        Some(3)
    }

    fn task_done(&self) -> Result<bool, TooManyTasksDone> {
        Ok(self.unfinished.fetch_sub(1, Ordering::SeqCst) == 1)
    }

    fn unfinished(&self) -> usize {
        self.unfinished.load(Ordering::SeqCst)
    }
}

/// An item that is still in the making while the queue is shut down: at once, then its putter drops it; in good order, then one of those that wait gets it and all others are let go.
#[test]
fn shut_down_with_one_in_the_making() {
    let _watchdog = Watchdog::new("shut_down_with_one_in_the_making");
    for immediate in [true, false] {
        let queue = Queue::<Native, Gated>::default();
        queue.store().stops.store(true, Ordering::SeqCst);
        thread::scope(|scope| {
            let putter = scope.spawn(|| queue.put(1));
            let getters: Vec<_> = (0..3).map(|_| scope.spawn(|| queue.get())).collect();
            let joiner = scope.spawn(|| {
                while queue.unfinished_tasks() == 0 && !queue.is_shut_down() {
                    thread::yield_now();
                }
                queue.join();
            });
            while !queue.store().stopped.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            thread::sleep(std::time::Duration::from_millis(10));
            queue.shutdown(immediate);
            assert_eq!(queue.store().len(), 1);
            // Time to fall asleep again.
            thread::sleep(std::time::Duration::from_millis(10));
            queue.store().stops.store(false, Ordering::SeqCst);
            assert_eq!(putter.join().unwrap(), Ok(()));
            let got: Vec<_> = getters
                .into_iter()
                .filter_map(|getter| getter.join().unwrap().ok())
                .collect();
            if immediate {
                assert_eq!(got, []);
            } else {
                assert_eq!(got, [1]);
                queue.task_done().unwrap();
            }
            joiner.join().unwrap();
        });
        assert_eq!(queue.store().len(), 0);
        assert_eq!(queue.unfinished_tasks(), 0);
    }
}

/// Items that become ready behind one that is still in the making spend their wake-ups in vain. When that one is ready, all are taken: who was woken for it wakes the next.
#[test]
fn one_in_the_making_holds_up_nobody_for_good() {
    let queue = Queue::<Native, Gated>::default();
    let (first, second) = (Probe::new(), Probe::new());
    let mut one = pin!(Some(queue.get_async()));
    let mut other = pin!(Some(queue.get_async()));
    assert!(first.poll(&mut one).is_pending());
    assert!(second.poll(&mut other).is_pending());
    queue.store().is_hidden.store(true, Ordering::SeqCst);
    queue.put(1).unwrap();
    assert!(first.woken());
    assert!(first.poll(&mut one).is_pending());
    queue.put(2).unwrap();
    assert!(second.woken());
    assert!(second.poll(&mut other).is_pending());
    queue.store().is_hidden.store(false, Ordering::SeqCst);
    let (first_before, second_before) = (first.wakes(), second.wakes());
    queue.put(3).unwrap();
    assert!(first.wakes() > first_before);
    assert_eq!(second.wakes(), second_before);
    assert_eq!(first.poll(&mut one), Poll::Ready(Ok(1)));
    assert!(second.wakes() > second_before, "passed on");
    assert_eq!(second.poll(&mut other), Poll::Ready(Ok(2)));
}

/// Row Q-17: a store that panics, at any moment of a wait, twice, leaves a queue in which waiting works.
#[test]
fn stores_may_panic() {
    let _watchdog = Watchdog::new("stores_may_panic");
    let queue = Queue::<Native, Gated>::default();
    for _ in 0..2 {
        queue.store().panics.store(true, Ordering::SeqCst);
        assert!(catch_unwind(AssertUnwindSafe(|| queue.put(1))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| queue.try_get())).is_err());
        queue.store().panics.store(false, Ordering::SeqCst);

        // One is notified, and its store panics: another one gets the item.
        let (first, second) = (Probe::new(), Probe::new());
        let mut one = pin!(Some(queue.get_async()));
        let mut other = pin!(Some(queue.get_async()));
        assert!(first.poll(&mut one).is_pending());
        assert!(second.poll(&mut other).is_pending());
        queue.put(5).unwrap();
        assert!(first.woken() && !second.woken());
        queue.store().panics.store(true, Ordering::SeqCst);
        assert!(catch_unwind(AssertUnwindSafe(|| first.poll(&mut one))).is_err());
        one.set(None);
        queue.store().panics.store(false, Ordering::SeqCst);
        assert!(second.woken(), "passed on");
        assert_eq!(second.poll(&mut other), Poll::Ready(Ok(5)));

        // Threads that sleep are woken as before.
        thread::scope(|scope| {
            let threads = [scope.spawn(|| queue.get()), scope.spawn(|| queue.get())];
            thread::sleep(std::time::Duration::from_millis(20));
            queue.put(6).unwrap();
            queue.put(7).unwrap();
            let mut got = threads.map(|thread| thread.join().unwrap());
            got.sort_unstable_by_key(|item| item.unwrap_or(0));
            assert_eq!(got, [Ok(6), Ok(7)]);
        });
        assert_eq!(queue.len(), 0);
    }
}
