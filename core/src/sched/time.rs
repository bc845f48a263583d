//! What time is to a scheduler: a clock, and how to wait for it.

use core::fmt;
use core::time::Duration;

use crate::atomics::AtomicU32;
use crate::port::Port;

/// A clock that a [`Scheduler`](super::Scheduler) can go by (row D-01), and the port whose tasks use it.
///
/// [`PortTime`](super::PortTime) makes one of the clock of a port or any other [`Clock`](crate::port::Clock), [`Simulated`](super::Simulated) one that no waiting moves but its own. Another is a few lines:
///
/// ```
/// use core::sync::atomic::{AtomicU32, Ordering};
/// use core::time::Duration;
/// use selvedge_core::port::Spin;
/// use selvedge_core::sched::{Fixed, Scheduler, Time};
///
/// /// Days, as somebody counts them.
/// struct Calendar(AtomicU32);
///
/// impl Time for Calendar {
///     type Port = Spin;
///     type Instant = u32;
///
///     fn now(&self) -> u32 {
///         self.0.load(Ordering::Relaxed)
///     }
///
///     fn after(&self, from: u32, span: Duration) -> Option<u32> {
///         from.checked_add(span.as_secs().div_ceil(86_400).try_into().ok()?)
///     }
///
///     fn until(&self, from: u32, to: u32) -> Duration {
///         Duration::from_secs(86_400 * u64::from(to.saturating_sub(from)))
///     }
///
///     fn ticks(&self, at: u32) -> u64 {
///         at.into()
///     }
/// }
///
/// let days = Scheduler::new(Calendar(AtomicU32::new(3)), Fixed::<fn(), _, 4>::new());
/// days.enterabs(2, 0, || println!("late, but not forgotten")).unwrap();
/// days.enterabs(12, 0, || unreachable!()).unwrap();
/// assert_eq!(days.run_ready().unwrap().time, Some(12));
/// ```
///
/// All of it is called outside of the scheduler's guard, in whatever task or handler uses the scheduler.
pub trait Time {
    /// Whose tasks use the scheduler; says by its guard whether interrupt handlers may.
    type Port: Port;

    /// A point in time.
    type Instant: Copy + fmt::Debug;

    /// The present. It never goes back.
    fn now(&self) -> Self::Instant;

    /// `from` plus `span`, rounded up, or `None` when that lies beyond what the clock can tell: never.
    fn after(&self, from: Self::Instant, span: Duration) -> Option<Self::Instant>;

    /// The time from `from` until `to`; zero when `to` is not later.
    fn until(&self, from: Self::Instant, to: Self::Instant) -> Duration;

    /// A number by which instants are ordered: of two instants the later one has the greater number, if they are to be told apart. Always the same for one instant.
    fn ticks(&self, at: Self::Instant) -> u64;
}

/// A [`Time`] that tasks can sleep by, and be woken from: what makes [`run`](super::Scheduler::run) exist.
pub trait Sleep: Time {
    /// Sleeps while `*word == seen`, until `until` at most; `None` is for ever. Waking up earlier, for no reason, is allowed.
    ///
    /// It must notice when the word is changed and [`Port::wake`] is called on it, as [`Port::wait`] does: from there an earlier event comes.
    fn sleep(&self, word: &AtomicU32, seen: u32, until: Option<Self::Instant>);
}
