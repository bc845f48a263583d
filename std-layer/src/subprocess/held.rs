//! A thread of this library that can be held in a place where it has nothing: for a copy of the process, in which it is not.
//!
//! The thread takes turns ([`RawTurns`]): between two of them it waits in the kernel, having neither a lock nor anything half done. Who holds it waits for the end of a turn and lets no other begin.

use rustix::thread::gettid;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::Port;
use selvedge_core::raw::RawTurns;

use crate::port::Native;

/// The thread's and its holders' place to meet.
#[derive(Debug)]
pub(super) struct Turns {
    /// The thread's number, once it is in its loop; until then 0.
    thread: AtomicU32,
    turns: RawTurns<Native>,
}

/// While this lives, the thread does nothing.
#[cfg(feature = "multiprocessing")]
pub(crate) struct Hold {
    /// None if the thread itself holds itself.
    turns: Option<&'static RawTurns<Native>>,
    thread: u32,
}

impl Turns {
    pub(super) const fn new() -> Self {
        Self {
            thread: AtomicU32::new(0),
            turns: RawTurns::new(),
        }
    }

    /// Before its thread is made, also in a copy of this process.
    pub(super) fn renew(&self) {
        self.thread.store(0, Ordering::Relaxed);
        self.turns.renew();
    }

    /// By the thread, before its loop.
    pub(super) fn begin(&self) {
        self.thread.store(own(), Ordering::Release);
        Native::wake(&raw const self.thread, u32::MAX);
    }

    /// By the thread: a turn.
    pub(super) fn turn(&self, work: impl FnOnce()) {
        self.turns.turn(work);
    }

    /// Holds the thread. In a turn of the thread's own it does nothing: then it is this thread that makes the copy.
    #[cfg(feature = "multiprocessing")]
    pub(super) fn hold(&'static self) -> Hold {
        let thread = loop {
            match self.thread.load(Ordering::Acquire) {
                0 => Native::wait(&self.thread, 0),
                thread => break thread,
            }
        };
        let turns = (thread != own()).then_some(&self.turns);
        if let Some(turns) = turns {
            turns.hold();
        }
        Hold { turns, thread }
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
        if let Some(turns) = self.turns {
            turns.release();
        }
    }
}
