//! By hand: `critical-section` around cells and a queue of `heapless`, each with a place for one waker.
#![no_std]
#![no_main]

use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::hint::black_box;
use core::task::{Poll, Waker};

use cortex_m_rt::entry;
use critical_section::Mutex;
use footprint::{Rows, one_waiter, size_of_future};
use heapless::Deque;

/// Something, and who waits for it.
struct Waited<T> {
    cell: Mutex<RefCell<(T, Option<Waker>)>>,
}

impl<T> Waited<T> {
    const fn new(value: T) -> Self {
        Self {
            cell: Mutex::new(RefCell::new((value, None))),
        }
    }

    /// Changes it, and wakes.
    fn give<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        critical_section::with(|section| {
            let (value, waker) = &mut *self.cell.borrow_ref_mut(section);
            let result = change(value);
            if let Some(waker) = waker.take() {
                waker.wake();
            }
            result
        })
    }

    fn try_take<R>(&self, take: impl FnOnce(&mut T) -> Option<R>) -> Option<R> {
        critical_section::with(|section| take(&mut self.cell.borrow_ref_mut(section).0))
    }

    fn take<R>(&self, mut take: impl FnMut(&mut T) -> Option<R>) -> impl Future<Output = R> {
        poll_fn(move |context| {
            critical_section::with(|section| {
                let (value, waker) = &mut *self.cell.borrow_ref_mut(section);
                match take(value) {
                    Some(taken) => Poll::Ready(taken),
                    None => {
                        *waker = Some(context.waker().clone());
                        Poll::Pending
                    }
                }
            })
        })
    }
}

static NUMBER: Mutex<RefCell<u32>> = Mutex::new(RefCell::new(0));
static READY: Waited<bool> = Waited::new(false);
static WORDS: Waited<Deque<u32, 4>> = Waited::new(Deque::new());
static PERMITS: Waited<u32> = Waited::new(0);

fn is_set(ready: &mut bool) -> Option<()> {
    core::mem::take(ready).then_some(())
}

fn permit(permits: &mut u32) -> Option<()> {
    permits.checked_sub(1).map(|rest| *permits = rest)
}

#[entry]
fn main() -> ! {
    let mut rows = Rows::start();
    rows.row("lock-blocking", size_of_val(&NUMBER), 0, || {
        critical_section::with(|section| *black_box(&NUMBER).borrow_ref_mut(section) += 1);
    });
    let wait = size_of_future(READY.take(is_set));
    let ready = size_of_val(&READY);
    rows.row("event", ready, wait, || {
        black_box(&READY).give(|ready| *ready = true);
        assert!(black_box(&READY).try_take(is_set).is_some());
    });
    rows.row("event-one-waiter", ready, wait, || {
        one_waiter(READY.take(is_set), || READY.give(|ready| *ready = true));
    });
    let wait = size_of_future(WORDS.take(Deque::pop_front));
    let words = size_of_val(&WORDS);
    rows.row("queue", words, wait, || {
        assert!(black_box(&WORDS).give(|words| words.push_back(7)).is_ok());
        assert!(black_box(&WORDS).try_take(Deque::pop_front).is_some());
    });
    rows.row("queue-one-waiter", words, wait, || {
        one_waiter(WORDS.take(Deque::pop_front), || {
            assert!(WORDS.give(|words| words.push_back(7)).is_ok());
        });
    });
    let wait = size_of_future(PERMITS.take(permit));
    let permits = size_of_val(&PERMITS);
    rows.row("semaphore", permits, wait, || {
        black_box(&PERMITS).give(|permits| *permits += 1);
        assert!(black_box(&PERMITS).try_take(permit).is_some());
    });
    rows.row("semaphore-one-waiter", permits, wait, || {
        one_waiter(PERMITS.take(permit), || {
            PERMITS.give(|permits| *permits += 1)
        });
    });
    rows.finish()
}
