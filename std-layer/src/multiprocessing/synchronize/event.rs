//! An event for processes.
//!
//! The word: bit 0 is whether it is set, bit 1 whether somebody may sleep on it, the rest counts how often it has been set. Who waits and finds another count than before knows that it was set meanwhile, even if it has been cleared since. (A sleeper would have to oversleep 2³⁰ times.)
//!
//! Setting wakes everybody, so no waiter's death can swallow a wake-up. But who sets may die between the word and the wake-up: so who sleeps waits for the end of the others, too (`watch.rs`), and then looks again.
//!
//! Edge `shared-event`: setting (Release) to whoever sees it set (Acquire).

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::arena::{Arena, Handle};
use super::futex::{self, Expired};
use super::watch::Watch;
use crate::multiprocessing::shared_memory::OpenError;
use crate::port::Native;
use crate::threading::TimedOut;
use selvedge_core::port::{Port, Relax};

const SET: u32 = 1;
const WAITERS: u32 = 2;
const COUNT: u32 = 4;

/// The word.
#[derive(Debug)]
#[repr(C)]
pub(super) struct RawEvent(AtomicU32);

impl RawEvent {
    fn set(&self) {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let set = (word & !(SET | WAITERS)).wrapping_add(COUNT) | SET;
            let new = if word & SET != 0 { word } else { set };
            // edge: shared-event. Also if it is set already, so that who sees it sees this, too.
            match (self.0).compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Relaxed) {
                Err(now) => word = now,
                Ok(_) => break,
            }
        }
        if word & (SET | WAITERS) == WAITERS {
            futex::wake(&self.0, u32::MAX);
        }
    }

    fn clear(&self) {
        self.0.fetch_and(!SET, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        // edge: shared-event
        self.0.load(Ordering::Acquire) & SET != 0
    }

    fn wait(&self, arena: &Arena, deadline: Option<Instant>) -> Result<(), Expired> {
        // edge: shared-event
        let first = self.0.load(Ordering::Acquire);
        let mut turn = 0;
        let mut word = first;
        loop {
            if word & SET != 0 || (word ^ first) & !(SET | WAITERS) != 0 {
                return Ok(());
            }
            if <Native as Port>::Relax::moment_turn(turn) {
                turn += 1;
            } else if word & WAITERS == 0 {
                let waiting = word | WAITERS;
                let _ =
                    (self.0).compare_exchange(word, waiting, Ordering::Relaxed, Ordering::Relaxed);
            } else {
                let watch = Watch::new(arena);
                // Who died before that look has changed the word before it, too; then this does not sleep.
                watch.sleep(&self.0, word, deadline)?;
            }
            // edge: shared-event
            word = self.0.load(Ordering::Acquire);
        }
    }
}

/// Something that has happened, or not yet, for processes and their threads: Python's `multiprocessing.Event` (row M-109).
///
/// It lies in memory that processes share; a clone, an argument of a [`Process`](crate::multiprocessing::Process) and a message over a connection are handles of the same event. Who waits is freed by a [`set`](Self::set) even if it is cleared at once (in Python not). A process that dies while it waits disturbs nobody.
///
/// ```
/// use selvedge::multiprocessing::spawn;
/// use selvedge::multiprocessing::synchronize::Event;
///
/// let ready = Event::new().unwrap();
/// let child = spawn(|ready: Event| ready.set(), ready.clone()).unwrap();
/// ready.wait();
/// child.join().unwrap();
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event(Handle<RawEvent>);

impl Event {
    /// An event that has not happened.
    ///
    /// # Errors
    ///
    /// If the system refuses the memory.
    pub fn new() -> Result<Self, OpenError> {
        Ok(Self(Handle::new()?))
    }

    /// Lets it have happened; wakes all who wait. Never blocks.
    pub fn set(&self) {
        self.0.set();
    }

    /// Takes it back.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// Whether it has happened: a snapshot.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.is_set()
    }

    /// Waits until it has happened. Other forms: [`is_set`](Self::is_set), [`wait_timeout`](Self::wait_timeout), [`wait_deadline`](Self::wait_deadline).
    pub fn wait(&self) {
        let _ = self.0.wait(self.0.arena(), None);
    }

    /// As [`wait`](Self::wait), at most for `timeout`; the longest ones mean for ever.
    ///
    /// # Errors
    ///
    /// [`TimedOut`].
    pub fn wait_timeout(&self, timeout: Duration) -> Result<(), TimedOut> {
        let deadline = Instant::now().checked_add(timeout);
        let outcome = self.0.wait(self.0.arena(), deadline);
        outcome.map_err(|Expired| TimedOut)
    }

    /// As [`wait_timeout`](Self::wait_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn wait_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        let outcome = self.0.wait(self.0.arena(), Some(deadline));
        outcome.map_err(|Expired| TimedOut)
    }
}
