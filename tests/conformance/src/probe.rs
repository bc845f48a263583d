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

#[derive(Debug)]
struct Place {
    /// The probe, and the wakers that were made from it. Nobody has the place while there are none.
    users: AtomicU32,
    wakes: AtomicU32,
}

/// Many on a hosted system, where several tests run side by side.
const PLACES: usize = if cfg!(feature = "std") { 1024 } else { 64 };

static TABLE: [Place; PLACES] = [const {
    Place {
        users: AtomicU32::new(0),
        wakes: AtomicU32::new(0),
    }
}; PLACES];

/// Where to look for a free place first, so that places are used again as late as possible.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A waker that counts how often it was woken. At most 64 exist at a time; on a hosted system, 1024.
///
/// Its place in the table is used again when the probe is gone, and each of its wakers: a notifier may still be about to wake one when the future has been dropped, and that must count for no other probe.
#[derive(Debug)]
pub struct Probe {
    place: &'static Place,
    before: u32,
}

impl Probe {
    /// A new one.
    ///
    /// # Panics
    ///
    /// If there are too many already.
    pub fn new() -> Self {
        let start = NEXT.fetch_add(1, Ordering::Relaxed) as usize;
        for i in 0..PLACES {
            let place = &TABLE[start.wrapping_add(i) % PLACES];
            let taken = place
                .users
                .compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed);
            if taken.is_ok() {
                let before = place.wakes.load(Ordering::Relaxed);
                return Self { place, before };
            }
        }
        panic!("more than {PLACES} probes at a time");
    }

    /// How often it was woken.
    pub fn wakes(&self) -> u32 {
        self.place
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
        unsafe { Waker::from_raw(self.place.add_user()) }
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
        self.place.remove_user();
    }
}

impl Place {
    /// For a waker, which is one from now on.
    fn add_user(&'static self) -> RawWaker {
        self.users.fetch_add(1, Ordering::Relaxed);
        RawWaker::new(core::ptr::from_ref(self).cast(), &FUNCTIONS)
    }

    /// After this the place may be another probe's.
    fn remove_user(&self) {
        self.users.fetch_sub(1, Ordering::Release);
    }

    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }
}

static FUNCTIONS: RawWakerVTable = RawWakerVTable::new(
    |place| of(place).add_user(),
    |place| {
        of(place).wake();
        of(place).remove_user();
    },
    |place| of(place).wake(),
    |place| of(place).remove_user(),
);

fn of(place: *const ()) -> &'static Place {
    // SAFETY: called by the functions of our wakers only, whose data are always a place of the static table.
    unsafe { &*place.cast() }
}
