//! Whether a future needs to be polled, and who does it.
//!
//! | state | the future is | a waker does | left by |
//! |---|---|---|---|
//! | IDLE | waiting for a waker | -> SCHEDULED, and submits a poll | the waker |
//! | SCHEDULED | waiting for a worker | nothing: the poll is to come | the worker: -> RUNNING |
//! | RUNNING | being polled | -> WOKEN | the worker: -> IDLE if it is not ready |
//! | WOKEN | being polled, and to be polled again | nothing | the worker: -> SCHEDULED, and submits a poll |
//! | DONE | gone | nothing | nobody |
//!
//! A submitted poll belongs to SCHEDULED, and there is one: so one thread polls at a time, and who polls is alone with the future.
//!
//! **Orderings.** A waker releases what was done before it was used, and the worker that polls because of it acquires that (edge `spawned-woken`): the exchange to SCHEDULED or WOKEN releases, also where nothing changes, because whoever finds SCHEDULED must be seen by that poll; the exchange to RUNNING, and that which finds WOKEN,
//! acquires. The future itself goes from one worker to the next the same way: RUNNING -> IDLE releases, and the exchange of the waker acquires it and releases it again, since every change is a read-modify-write.

use selvedge_core::atomics::{AtomicU32, Ordering};

const IDLE: u32 = 0;
const SCHEDULED: u32 = 1;
const RUNNING: u32 = 2;
const WOKEN: u32 = 3;
const DONE: u32 = 4;

/// The state of a spawned future.
pub(super) struct State(AtomicU32);

impl State {
    /// SCHEDULED: who makes it submits the first poll.
    pub(super) fn new() -> Self {
        Self(AtomicU32::new(SCHEDULED))
    }

    /// It is woken. True: the caller submits a poll.
    pub(super) fn wake(&self) -> bool {
        let mut now = self.0.load(Ordering::Relaxed);
        loop {
            let next = match now {
                IDLE => SCHEDULED,
                RUNNING => WOKEN,
                DONE => return false,
                same => same,
            };
            // edge: spawned-woken
            match self
                .0
                .compare_exchange_weak(now, next, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(_) => return now == IDLE,
                Err(found) => now = found,
            }
        }
    }

    /// The submitted poll begins.
    pub(super) fn begin(&self) {
        // edge: spawned-woken
        let before = self.0.swap(RUNNING, Ordering::AcqRel);
        debug_assert_eq!(before, SCHEDULED, "there is one poll");
    }

    /// The poll ends, and the future is not ready. True: it was woken meanwhile, and the caller submits the next.
    pub(super) fn end(&self) -> bool {
        // edge: spawned-woken
        let ended = self
            .0
            .compare_exchange(RUNNING, IDLE, Ordering::AcqRel, Ordering::Acquire);
        if ended.is_ok() {
            return false;
        }
        // Nobody but us leaves WOKEN.
        self.0.swap(SCHEDULED, Ordering::AcqRel);
        true
    }

    /// The future is gone; called by the one who polls, or instead of a poll.
    pub(super) fn finish(&self) {
        self.0.swap(DONE, Ordering::AcqRel);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn many_calls_of_a_waker_are_one_poll() {
        let state = State::new();
        assert!(!state.wake(), "the first poll is to come");
        state.begin();
        assert!(!state.end(), "nobody woke it");
        assert!(state.wake());
        assert!(!state.wake(), "it is scheduled");
        state.begin();
        assert!(!state.wake() && !state.wake(), "it is being polled");
        assert!(state.end(), "once more");
        state.begin();
        state.finish();
        assert!(!state.wake());
    }
}
