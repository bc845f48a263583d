//! Time as a model needs it: it passes while a thread sleeps, and only then.
//!
//! Each thread has a clock of its own, in nanoseconds ("ticks") that count its timed sleeps. A timed sleep enters the queue of sleepers, and leaves it again
//! without ever blocking: loom explores all that others can do in between, be it nothing, a wake-up, or anything that comes too late. So
//! a limit of n ticks is n sleeps, and it runs out at every point at which a real one could.

use std::cell::Cell;
use std::time::Duration;

loom::thread_local! {
    static NOW: Cell<u64> = Cell::new(0);
}

/// The time of the calling thread.
pub(super) fn now() -> u64 {
    NOW.with(Cell::get)
}

/// One tick later.
pub(super) fn tick() {
    NOW.with(|now| now.set(now.get() + 1));
}

/// `from` and `span` later.
pub(super) fn after(from: u64, span: Duration) -> Option<u64> {
    from.checked_add(u64::try_from(span.as_nanos()).ok()?)
}

/// So many timed sleeps.
#[derive(Debug, Clone, Copy)]
pub struct Ticks(pub u64);

impl From<Ticks> for Duration {
    fn from(Ticks(ticks): Ticks) -> Self {
        Self::from_nanos(ticks)
    }
}

macro_rules! clock_of {
    ($port:ty) => {
        impl selvedge_core::port::Clock for $port {
            type Instant = u64;

            fn now() -> u64 {
                $crate::port::clock::now()
            }

            fn after(from: u64, span: std::time::Duration) -> Option<u64> {
                $crate::port::clock::after(from, span)
            }

            fn until(from: u64, to: u64) -> std::time::Duration {
                std::time::Duration::from_nanos(to.saturating_sub(from))
            }
        }
    };
}
pub(super) use clock_of;
