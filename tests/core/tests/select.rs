//! Select: what panics leave behind, what a future may be, and that the memory of a wait is let go in good order.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use selvedge::port::Native;
use selvedge_conformance::host::Watchdog;
use selvedge_conformance::probe::Probe;
use selvedge_core::Event;
use selvedge_core::error::WouldBlock;
use selvedge_core::queue::{FifoQueue, Queue, Store, TooManyTasksDone, TryGetError, TryPutError};
use selvedge_core::raw::{Inline, Ring};
use selvedge_core::select::Select;

type Fifo<const N: usize> = FifoQueue<Native, u32, N>;

/// A ring that panics when it is told to.
struct Moody {
    ring: Ring<u32, Inline<u32, 2>>,
    /// How many gets from now it will panic; 0 for never.
    gets: AtomicUsize,
}

impl Moody {
    fn queue() -> Queue<Native, Self> {
        Queue::with_store(Self {
            ring: Ring::new(Inline::new()),
            gets: AtomicUsize::new(0),
        })
    }
}

impl Store for Moody {
    type Item = u32;

    fn try_put(&self, item: u32) -> Result<(), TryPutError<u32>> {
        self.ring.try_put(item)
    }

    fn try_get(&self) -> Result<u32, TryGetError> {
        let gets = self.gets.load(Ordering::Relaxed);
        if gets > 0 {
            self.gets.store(gets - 1, Ordering::Relaxed);
            assert!(gets != 1, "a bad mood");
        }
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
}

/// A waker that panics when it is called.
struct Panics(AtomicBool);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
        panic!("a waker");
    }
}

fn panics<R>(f: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "it panics");
}

fn poll<F: Future>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// A closure that panics is a closure that was called: the item is gone, and everything goes on.
#[test]
fn a_closure_panics() {
    let _watchdog = Watchdog::new("a_closure_panics");
    let (queue, other) = (Fifo::<2>::new(), Fifo::<1>::new());
    queue.put(1).unwrap();
    queue.put(2).unwrap();
    panics(|| Select::new().get(&queue, |_| panic!("a closure")).wait());
    let mut future = pin!(
        Select::new()
            .get(&other, |_| 0)
            .get(&queue, |_| panic!("a closure"))
            .wait_async()
    );
    panics(|| poll(future.as_mut(), Waker::noop()));
    assert!(queue.is_empty() && other.is_empty());
    // It is over.
    panics(|| poll(future.as_mut(), Waker::noop()));
    queue.put(3).unwrap();
    assert_eq!(Select::new().get(&queue, |got| got).wait(), Ok(3));
}

/// A store panics while the select is listed everywhere: it is taken off, and what it was told of goes to the next.
#[test]
fn a_store_panics_in_the_middle() {
    let _watchdog = Watchdog::new("a_store_panics_in_the_middle");
    for gets in 1..=4 {
        let (moody, calm) = (Moody::queue(), Fifo::<1>::new());
        let (first, second) = (Probe::new(), Probe::new());
        let select = Select::new()
            .get(&moody, |got| got)
            .get(&calm, |got| got)
            .in_order();
        let mut told = pin!(Some(select.wait_async()));
        moody.store().gets.store(gets, Ordering::Relaxed);
        let polled = catch_unwind(AssertUnwindSafe(|| first.poll(&mut told)));
        if let Ok(polled) = polled {
            assert!(polled.is_pending());
        }
        // It is listed, or it has panicked on the way.
        let mut next = pin!(Some(calm.get_async()));
        assert!(second.poll(&mut next).is_pending());
        calm.put(5).unwrap();
        if first.woken() {
            moody.store().gets.store(1, Ordering::Relaxed);
            panics(|| first.poll(&mut told));
        }
        assert!(second.woken());
        assert_eq!(second.poll(&mut next), Poll::Ready(Ok(5)));
        told.set(None);
        assert_eq!(
            (moody.try_get(), calm.try_get()),
            (Err(TryGetError::Empty), Err(TryGetError::Empty))
        );
    }
}

/// The same with a task that is asleep: the frame is gone, and nobody reaches for it.
#[test]
fn a_store_panics_after_the_sleep() {
    let _watchdog = Watchdog::new("a_store_panics_after_the_sleep");
    for _ in 0..200 {
        let (moody, stop) = (Moody::queue(), Event::<Native>::new());
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                catch_unwind(AssertUnwindSafe(|| {
                    Select::new()
                        .get(&moody, Result::ok)
                        .event(&stop, || None)
                        .wait()
                }))
            });
            moody.store().gets.store(1 + fastrand(8), Ordering::Relaxed);
            moody.put(1).unwrap();
            stop.set();
            match waits.join().unwrap() {
                Ok(Some(item)) => assert_eq!(item, 1),
                // It stopped, or it panicked: then the item is there.
                Ok(None) | Err(_) => {
                    moody.store().gets.store(0, Ordering::Relaxed);
                    assert_eq!(moody.try_get(), Ok(1));
                }
            }
        });
        stop.clear();
        moody.put(2).unwrap();
        moody.store().gets.store(0, Ordering::Relaxed);
        assert_eq!(Select::new().get(&moody, |got| got).wait(), Ok(2));
    }
}

/// Some number below `n`.
fn fastrand(n: usize) -> usize {
    thread_local!(static STATE: Cell<u32> = const { Cell::new(1) });
    STATE.with(|state| {
        let next = state
            .get()
            .wrapping_mul(1_664_525)
            .wrapping_add(1_013_904_223);
        state.set(next);
        (next >> 16) as usize % n
    })
}

/// A waker of one that waits for room panics when a select makes it: so does the select, and is off all lists.
#[test]
fn a_waker_panics() {
    let _watchdog = Watchdog::new("a_waker_panics");
    let (queue, stop) = (Fifo::<1>::new(), Event::<Native>::new());
    for listed in [false, true] {
        queue.put(1).unwrap();
        let panicked = Arc::new(Panics(AtomicBool::new(false)));
        let mut putter = Box::pin(queue.put_async(2));
        assert!(poll(putter.as_mut(), &Waker::from(panicked.clone())).is_pending());
        let select = Select::new().event(&stop, || None).get(&queue, Result::ok);
        if listed {
            let mut select = pin!(select.wait_async());
            panics(|| poll(select.as_mut(), Waker::noop()));
        } else {
            panics(|| select.wait());
        }
        assert!(panicked.0.load(Ordering::Relaxed));
        assert!(poll(putter.as_mut(), Waker::noop()).is_ready());
        assert_eq!(queue.try_get(), Ok(2));
        stop.set();
        stop.clear();
    }
}

/// Dropped in the middle of a list, and moved before the first poll: the neighbours stay.
#[test]
fn futures_come_and_go() {
    let _watchdog = Watchdog::new("futures_come_and_go");
    let queues = [const { Fifo::<1>::new() }; 3];
    let [a, b, c] = &queues;
    for gone in 0..5 {
        let probe = Probe::new();
        let mut futures: Vec<_> = (0..5)
            .map(|_| {
                let select = Select::new().get_any([a, b, c], |which, got| (which, got));
                Some(Box::pin(select.wait_async()))
            })
            .collect();
        for future in futures.iter_mut().flatten() {
            assert!(poll(future.as_mut(), &probe.waker()).is_pending());
        }
        futures[gone] = None;
        for turn in 0..4_u32 {
            let which = turn as usize % 3;
            queues[which].put(turn).unwrap();
            let next = futures.iter_mut().find(|future| future.is_some()).unwrap();
            let got = poll(next.as_mut().unwrap().as_mut(), &probe.waker());
            assert_eq!(got, Poll::Ready((which, Ok(turn))));
            *next = None;
        }
        for queue in &queues {
            assert!(queue.is_empty());
        }
    }
}

/// What it borrows decides whether it may go to another thread; its closures need not be `Unpin`, and what is not chosen is dropped.
#[test]
fn auto_traits_and_drops() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let queue = Fifo::<1>::new();
    let mut item = Some(1);
    let dropped = Arc::new(());
    let held = (dropped.clone(), dropped.clone());
    let select =
        Select::new()
            .get(&queue, move |_| drop(held.0))
            .put(&queue, &mut item, move |_| drop(held.1));
    assert_eq!(Arc::strong_count(&dropped), 3);
    let select = is_send(is_send(select).wait_async());
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut select = pin!(select);
            assert!(poll(select.as_mut(), Waker::noop()).is_ready());
        });
    });
    assert_eq!(Arc::strong_count(&dropped), 1);
    assert_eq!((item, queue.try_get()), (None, Ok(1)));
    assert_eq!(
        format!("{:?}", Select::<Native, ()>::new().in_order()),
        "Select { order: AsWritten, .. }"
    );
    assert_eq!(Select::<Native, ()>::default().try_wait(), Err(WouldBlock));
}
