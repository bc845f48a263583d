//! Who is running, as a number.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The main thread's number. Others are given on demand and not used again.
static MAIN: AtomicUsize = AtomicUsize::new(1);
static NEXT: AtomicUsize = AtomicUsize::new(2);

thread_local! {
    static MINE: Cell<usize> = const { Cell::new(0) };
}

/// A number that names the calling thread: not zero, and different for any two threads.
///
/// Python's numbers come back after a thread has ended; these do not (on a 32-bit system, not before four thousand million threads). The main thread's is 1. It is a few
/// instructions after the first call of a thread, and foreign threads may call it without being registered (rows T-07, T-53).
///
/// ```
/// use selvedge::threading;
///
/// let here = threading::get_ident();
/// let there = threading::spawn(threading::get_ident).join().unwrap();
/// assert_ne!(here, there);
/// ```
#[must_use]
pub fn get_ident() -> NonZeroUsize {
    MINE.with(|mine| {
        if mine.get() == 0 {
            mine.set(if super::os::is_main_thread() {
                main()
            } else {
                fresh()
            });
        }
        NonZeroUsize::new(mine.get()).expect("given above")
    })
}

/// The kernel's number of the calling thread, unique in the whole system as long as the thread lives (row T-08). 0 where there is no such number.
#[must_use]
pub fn get_native_id() -> u32 {
    super::os::native_id()
}

/// A number for a thread that is about to be.
pub(super) fn fresh() -> usize {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The number of the main thread.
pub(super) fn main() -> usize {
    MAIN.load(Ordering::Relaxed)
}

/// Makes `ident` the calling thread's number.
pub(super) fn adopt(ident: usize) {
    MINE.set(ident);
}

/// In a forked child: the caller is the main thread now, and keeps its number if it has one.
#[cfg(unix)]
pub(super) fn become_main() {
    match MINE.get() {
        0 => MINE.set(main()),
        mine => MAIN.store(mine, Ordering::Relaxed),
    }
}
