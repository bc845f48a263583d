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
use super::asynchronous::wait;
use super::awake::Awake;
use super::futex::{self, Expired};
use super::look::{Look, block};
use super::region::{Kind, PlaceError, Region, space};
use crate::multiprocessing::shared_memory::OpenError;
use crate::threading::TimedOut;

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

    fn now(&self) -> u32 {
        // edge: shared-event
        self.0.load(Ordering::Acquire)
    }

    fn wait(&self, arena: &Arena, deadline: Option<Instant>) -> Result<(), Expired> {
        let first = self.now();
        let mut awake = Awake::new(deadline);
        while !has_been_set(first, self.now()) {
            if !awake.turn() {
                return block(arena, deadline, |_| self.look(first));
            }
        }
        Ok(())
    }

    /// One look of a wait that began when the word was that. It follows the look at who is there: who dies after it is noticed, and who died before it has changed the word before it.
    fn look(&self, first: u32) -> Look<'_, ()> {
        loop {
            let word = self.now();
            if has_been_set(first, word) {
                return Look::Done(());
            }
            let waiting = word | WAITERS;
            let known = word & WAITERS != 0
                || (self.0)
                    .compare_exchange(word, waiting, Ordering::Relaxed, Ordering::Relaxed)
                    .is_ok();
            if known {
                return Look::Sleep(&self.0, waiting);
            }
        }
    }
}

/// Whether it is set, or has been between two looks.
fn has_been_set(first: u32, now: u32) -> bool {
    now & SET != 0 || (now ^ first) & !(SET | WAITERS) != 0
}

/// Something that has happened, or not yet, for processes and their threads: Python's `multiprocessing.Event` (row M-109).
///
/// It lies in memory that processes share; a clone, an argument of a [`Process`](crate::multiprocessing::Process) and a message over a connection are handles of the same event. Who waits is freed by a [`set`](Self::set) even if it is cleared at once (in Python it may be told that nothing has happened, row M-109). A process that dies while it waits disturbs nobody.
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

    /// How many bytes of a [`Region`] it takes.
    pub const SPACE: usize = space::<RawEvent>();

    /// The event at a place of a region: made there, or found.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`].
    pub fn placed(region: &Region, place: usize) -> Result<Self, PlaceError> {
        region.object(place, Kind::Event, 0, |_| ()).map(Self)
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

    /// As [`wait`](Self::wait), without blocking the thread; from the first poll on. Dropping the future loses nothing.
    pub async fn wait_async(&self) {
        let first = self.0.now();
        wait(self.0.arena(), |_| self.0.look(first)).await;
    }
}
