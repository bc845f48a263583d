//! What the threads of the service share, under its lock: who does what, and how many may.

use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;

use selvedge_core::atomics::Ordering;
use selvedge_core::port::Port;
use selvedge_core::timer::Timers;

use super::super::super::stack_size::stack_size;
use super::super::{clock, slot::TimerPacket, storage::Growing};
use super::{IDLE, MIND, serve};
use crate::port::Native;

/// At the limit, so much time (in ticks) without a return means that the functions are blocked. 5 ms: more than a turn of the system's scheduler.
const LULL: u64 = 5_000_000;

pub(super) struct Service {
    pub(super) timers: Timers<Growing<Arc<TimerPacket>>>,
    /// Until when somebody minds, if somebody does.
    pub(super) minding: Option<u64>,
    /// Free threads, those that were summoned and are not there yet included.
    pub(super) free: usize,
    pub(super) idle: usize,
    /// So many of the idle ones are to be free.
    pub(super) summoned: usize,
    busy: usize,
    /// At most so many are to be busy. Not more than [`usual_limit`] unless there was a lull.
    limit: usize,
    /// When a function was called last, or returned.
    moved: u64,
}

/// So many functions run at once without ado.
fn usual_limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| 2 * thread::available_parallelism().map_or(1, usize::from))
}

/// A wake-up to be done when the lock is released.
#[must_use]
pub(super) enum Wake {
    Nobody,
    Minder,
    Idle,
}

impl Wake {
    pub(super) fn up(self) {
        match self {
            Self::Nobody => {}
            Self::Minder => {
                Native::wake(&raw const MIND, 1);
            }
            Self::Idle => {
                Native::wake(&raw const IDLE, 1);
            }
        }
    }
}

impl Service {
    pub(super) const fn new() -> Self {
        Self {
            timers: Timers::new(Growing::new()),
            minding: None,
            free: 0,
            idle: 0,
            summoned: 0,
            busy: 0,
            limit: 0,
            moved: 0,
        }
    }

    /// When something can be done about a timer with that deadline.
    pub(super) fn feasible(&self, deadline: u64) -> u64 {
        if self.busy < usual_limit().max(self.limit) {
            deadline
        } else {
            deadline.max(self.moved.saturating_add(LULL))
        }
    }

    /// When there is something to be done.
    pub(super) fn next(&self) -> Option<u64> {
        Some(self.feasible(self.timers.next_wake()?))
    }

    /// Takes what is due for a free thread, which is busy then.
    pub(super) fn take(&mut self, now: u64) -> Option<Arc<TimerPacket>> {
        let expired = self.timers.pop_expired(now)?;
        self.free -= 1;
        self.busy += 1;
        self.moved = now;
        if self.busy > usual_limit().max(self.limit) {
            self.limit = 2 * self.busy;
        }
        Some(expired.value)
    }

    /// A busy thread is free again.
    pub(super) fn give_back(&mut self) {
        self.free += 1;
        // Not counted if it is all that is left in a forked child.
        self.busy = self.busy.saturating_sub(1);
        self.moved = clock::now();
        if self.busy < usual_limit() {
            self.limit = 0;
        }
    }

    /// Sees to it that there is a free thread.
    pub(super) fn summon(&mut self) -> io::Result<Wake> {
        if self.free > 0 {
            return Ok(Wake::Nobody);
        }
        let wake = if self.idle > self.summoned {
            self.summoned += 1;
            IDLE.fetch_add(1, Ordering::Relaxed);
            Wake::Idle
        } else {
            // Under the lock, so that nobody relies on a thread that cannot be made.
            let mut builder = thread::Builder::new().name("timers".into());
            if stack_size() != 0 {
                builder = builder.stack_size(stack_size());
            }
            builder.spawn(serve)?;
            Wake::Nobody
        };
        self.free += 1;
        Ok(wake)
    }
}
