//! A thread of this library that can be held in a place where it has nothing: for a copy of the process, in which it is not.
//!
//! The thread takes turns: between two of them it waits in the kernel, having neither a lock nor anything half done. Who holds it waits for the end of a turn and lets no other begin.
//!
//! | state | means |
//! |---|---|
//! | 0 | the thread waits in the kernel, or is about to |
//! | `WORKS` | it has a turn |
//! | `WANTED` | it has a turn, and somebody waits for its end |
//! | `HELD` | it does not begin another one |
//!
//! The edge `held-turn`: who ends a turn (Release) has done all of it; who holds the thread (Acquire) comes after that, and the other way round.

use rustix::thread::gettid;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Port;

use crate::port::Native;

const WORKS: u32 = 1;
const WANTED: u32 = 2;
#[cfg(feature = "multiprocessing")]
const HELD: u32 = 3;

/// The thread's and its holders' place to meet.
#[derive(Debug)]
pub(super) struct Turns {
    /// The thread's number, once it is in its loop; until then 0.
    thread: AtomicU32,
    state: AtomicU32,
}

/// While this lives, the thread does nothing.
#[cfg(feature = "multiprocessing")]
pub(crate) struct Hold {
    turns: &'static Turns,
    thread: u32,
}

impl Turns {
    pub(super) const fn new() -> Self {
        Self {
            thread: AtomicU32::new(0),
            state: AtomicU32::new(0),
        }
    }

    /// Before its thread is made, also in a copy of this process.
    pub(super) fn renew(&self) {
        self.thread.store(0, Ordering::Relaxed);
        self.state.store(0, Ordering::Relaxed);
    }

    /// By the thread, before its loop.
    pub(super) fn begin(&self) {
        self.thread.store(own(), Ordering::Release);
        Native::wake(&raw const self.thread, u32::MAX);
    }

    /// By the thread: a turn.
    pub(super) fn turn(&self, work: impl FnOnce()) {
        // edge: held-turn
        while let Err(state) =
            (self.state).compare_exchange(0, WORKS, Ordering::Acquire, Ordering::Relaxed)
        {
            Native::wait(&self.state, state);
        }
        work();
        // edge: held-turn
        if self.state.swap(0, Ordering::Release) == WANTED {
            Native::wake(&raw const self.state, u32::MAX);
        }
    }

    /// Holds the thread. By one at a time, and not by the thread itself.
    #[cfg(feature = "multiprocessing")]
    pub(super) fn hold(&'static self) -> Hold {
        let thread = loop {
            match self.thread.load(Ordering::Acquire) {
                0 => Native::wait(&self.thread, 0),
                thread => break thread,
            }
        };
        while thread != own() {
            let state = self.state.load(Ordering::Relaxed);
            let next = if state == 0 { HELD } else { WANTED };
            let moved =
                (self.state).compare_exchange(state, next, Ordering::Acquire, Ordering::Relaxed);
            match moved {
                Ok(0) => break,
                Ok(_) => Native::wait(&self.state, WANTED),
                Err(_) => {}
            }
        }
        Hold {
            turns: self,
            thread,
        }
    }
}

fn own() -> u32 {
    gettid().as_raw_nonzero().get().cast_unsigned()
}

#[cfg(feature = "multiprocessing")]
impl Hold {
    /// The kernel's number of the thread.
    pub(crate) fn thread(&self) -> u32 {
        self.thread
    }
}

#[cfg(feature = "multiprocessing")]
impl Drop for Hold {
    fn drop(&mut self) {
        // The thread itself may have wanted it, and has a turn then.
        let held =
            (self.turns.state).compare_exchange(HELD, 0, Ordering::Release, Ordering::Relaxed);
        if held.is_ok() {
            Native::wake(&raw const self.turns.state, u32::MAX);
        }
    }
}
