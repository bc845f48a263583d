//! With this library, and as many who wait at each of three objects as the program is told: for how long interrupts are masked then.
//!
//! # Safety
//!
//! Pins an array of futures as a whole.
#![no_std]
#![no_main]

use core::array;
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};

use cortex_m_rt::entry;
use footprint::Rows;
use selvedge_core::queue::FifoQueue;
use selvedge_port_bare_metal::{BareMetal, Event, Semaphore};

const MOST: usize = 100;

static READY: Event = Event::new();
static WORDS: FifoQueue<BareMetal, u32, MOST> = FifoQueue::new();
static PERMITS: Semaphore = Semaphore::new(0);

/// Some who wait, alike.
struct Crowd<F> {
    futures: [Option<F>; MOST],
}

impl<F: Future> Crowd<F> {
    /// So many, which wait for nothing yet.
    fn of(n: usize, mut future: impl FnMut() -> F) -> Self {
        Self {
            futures: array::from_fn(|at| (at < n).then(&mut future)),
        }
    }

    /// Polls those that are left, and says how many are ready now.
    fn poll(self: Pin<&mut Self>) -> usize {
        let mut context = Context::from_waker(Waker::noop());
        let mut ready = 0;
        // SAFETY: the futures stay where they are, and are dropped there.
        for slot in unsafe { &mut self.get_unchecked_mut().futures } {
            if let Some(future) = slot {
                // SAFETY: as above.
                let future = unsafe { Pin::new_unchecked(future) };
                if let Poll::Ready(output) = future.poll(&mut context) {
                    core::mem::forget(output);
                    *slot = None;
                    ready += 1;
                }
            }
        }
        ready
    }

    /// Drops those that are left.
    fn give_up(self: Pin<&mut Self>) {
        // SAFETY: they are dropped where they are.
        for slot in unsafe { &mut self.get_unchecked_mut().futures } {
            *slot = None;
        }
    }
}

#[entry]
fn main() -> ! {
    let rows = Rows::start();
    let n = MOST.min(rows.rounds() as usize);
    let mut for_event = pin!(Crowd::of(n, || READY.wait_async()));
    let mut for_words = pin!(Crowd::of(n, || WORDS.get_async()));
    let mut for_permits = pin!(Crowd::of(n, || PERMITS.acquire_async()));
    assert_eq!(for_permits.as_mut().poll(), 0);
    assert_eq!(for_words.as_mut().poll(), 0);
    assert_eq!(for_event.as_mut().poll(), 0);
    // Past all others, and all of them at once.
    READY.set();
    assert_eq!(for_event.as_mut().poll(), n);
    // One by one, past the others; then some give up from between those who wait.
    for _ in 0..n / 2 {
        assert!(WORDS.try_put(7).is_ok());
    }
    assert_eq!(for_words.as_mut().poll(), n / 2);
    PERMITS.release(u32::try_from(n).unwrap_or(0));
    assert_eq!(for_permits.as_mut().poll(), n);
    for_words.as_mut().give_up();
    READY.clear();
    rows.finish()
}
