//! Wakers that count, for futures that are polled by hand.
//!
//! # Safety
//!
//! Makes a [`Waker`] without an allocator: its data are a place in a static array, which every clone may use for ever.
#![allow(unsafe_code, reason = "makes wakers from statics")]

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use selvedge_core::atomics::{AtomicU32, Ordering};

struct Place {
    taken: AtomicU32,
    wakes: AtomicU32,
}

const PLACES: usize = 64;

static TABLE: [Place; PLACES] = [const {
    Place {
        taken: AtomicU32::new(0),
        wakes: AtomicU32::new(0),
    }
}; PLACES];

/// Where to look for a free place first, so that places are used again as late as possible.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A waker that counts how often it was woken. At most 64 exist at a time.
///
/// A place is used again once its probe is gone. A wake-up that comes later still then counts for the next one: rungs that look at [`wakes`](Self::wakes) run in one task.
#[derive(Debug)]
pub struct Probe {
    place: usize,
    before: u32,
}

impl Probe {
    /// A new one.
    ///
    /// # Panics
    ///
    /// If there are 64 already.
    pub fn new() -> Self {
        let start = NEXT.fetch_add(1, Ordering::Relaxed) as usize;
        for i in 0..PLACES {
            let place = (start + i) % PLACES;
            let taken = &TABLE[place].taken;
            if taken
                .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
            {
                let before = TABLE[place].wakes.load(Ordering::Relaxed);
                return Self { place, before };
            }
        }
        panic!("more than {PLACES} probes at a time");
    }

    /// How often it was woken.
    pub fn wakes(&self) -> u32 {
        TABLE[self.place]
            .wakes
            .load(Ordering::SeqCst)
            .wrapping_sub(self.before)
    }

    /// Whether it was woken.
    pub fn woken(&self) -> bool {
        self.wakes() != 0
    }

    /// The waker.
    pub fn waker(&self) -> Waker {
        // SAFETY: the table's functions keep the contract of a waker: thread-safe, and valid for ever, as the data are static.
        unsafe { Waker::from_raw(raw(&TABLE[self.place])) }
    }

    /// Polls a future that is kept in an option, from which `set(None)` drops it in place.
    ///
    /// # Panics
    ///
    /// If it has been dropped.
    pub fn poll<F: Future>(&self, future: &mut Pin<&mut Option<F>>) -> Poll<F::Output> {
        let future = future
            .as_mut()
            .as_pin_mut()
            .expect("polled after it was dropped");
        future.poll(&mut Context::from_waker(&self.waker()))
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        TABLE[self.place].taken.store(0, Ordering::Release);
    }
}

const fn raw(place: &'static Place) -> RawWaker {
    RawWaker::new(core::ptr::from_ref(place).cast(), &FUNCTIONS)
}

static FUNCTIONS: RawWakerVTable = RawWakerVTable::new(
    |place| {
        // SAFETY: the data of our wakers are always a place of the static table.
        raw(unsafe { &*place.cast::<Place>() })
    },
    wake,
    wake,
    |_| {},
);

fn wake(place: *const ()) {
    // SAFETY: as above.
    let place = unsafe { &*place.cast::<Place>() };
    place.wakes.fetch_add(1, Ordering::SeqCst);
}
