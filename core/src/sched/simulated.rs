//! A time of one's own, for tests and simulations.

use core::fmt;
use core::time::Duration;

use super::guarded::Guarded;
use super::{Sleep, Time};
use crate::atomics::{AtomicU32, Ordering};
use crate::port::Port;

/// A time that stands still while anything is done, and jumps to whatever is slept until: a simulation of a week takes as long as its events.
///
/// Instants are what has passed since the beginning, in nanoseconds; 584 years fit. A sleeper does not sleep: it sets the clock to its deadline and goes on, unless that lies back already. Only a wait without a
/// deadline waits for another task. So with one task that runs, and whatever its actions enter, a run is the same each time.
///
/// ```
/// use core::time::Duration;
/// use selvedge_core::port::Spin;
/// use selvedge_core::sched::{Fixed, Scheduler, Simulated, Time};
///
/// let week = Scheduler::new(Simulated::<Spin>::new(), Fixed::<fn(), _, 4>::new());
/// week.enter(Duration::from_secs(7 * 86_400), 0, || println!("a week has passed")).unwrap();
/// week.run();
/// assert_eq!(week.time().now(), Duration::from_secs(7 * 86_400));
/// ```
pub struct Simulated<P: Port> {
    now: Guarded<P, u64>,
}

impl<P: Port> Simulated<P> {
    maybe_const! {
        /// The beginning.
        pub fn new() -> Self {
            Self {
                now: Guarded::new(0),
            }
        }
    }

    /// Sets the clock, if it is not there already. It never goes back.
    pub fn advance_to(&self, at: Duration) {
        let at = nanos(at);
        self.now.enter(|now| *now = at.max(*now));
    }

    /// Lets so much time pass.
    pub fn advance(&self, span: Duration) {
        let span = nanos(span);
        self.now.enter(|now| *now = now.saturating_add(span));
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

impl<P: Port> Default for Simulated<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Port> fmt::Debug for Simulated<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Simulated").field(&self.now()).finish()
    }
}

impl<P: Port> Time for Simulated<P> {
    type Port = P;
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.now.enter(|now| *now))
    }

    fn after(&self, from: Duration, span: Duration) -> Option<Duration> {
        from.checked_add(span)
            .filter(|at| at.as_nanos() < u128::from(u64::MAX))
    }

    fn until(&self, from: Duration, to: Duration) -> Duration {
        to.saturating_sub(from)
    }

    fn ticks(&self, at: Duration) -> u64 {
        nanos(at)
    }
}

impl<P: Port> Sleep for Simulated<P> {
    fn sleep(&self, word: &AtomicU32, seen: u32, until: Option<Duration>) {
        match until {
            None => P::wait(word, seen),
            // An earlier event has come meanwhile: look at that first.
            Some(_) if word.load(Ordering::Relaxed) != seen => {}
            Some(at) => self.advance_to(at),
        }
    }
}
