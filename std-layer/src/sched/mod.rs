//! Events at their time: the chapter's `sched` module (rows D-01 to D-15).
//!
//! ```
//! use std::time::Duration;
//! use selvedge::sched::Scheduler;
//! use selvedge::threading::Mutex;
//!
//! static DONE: Mutex<Vec<&str>> = Mutex::new(Vec::new());
//!
//! let plan = Scheduler::new();
//! plan.enter(Duration::from_millis(10), 1, || DONE.lock().push("first"));
//! plan.enter(Duration::from_millis(20), 1, || DONE.lock().push("second"));
//! let never = plan.enter(Duration::from_millis(15), 1, || unreachable!());
//! plan.cancel(never).unwrap();
//! plan.run(); // until nothing is left
//!
//! assert_eq!(*DONE.lock(), ["first", "second"]);
//! ```
//!
//! | form | |
//! |---|---|
//! | [`run`](Scheduler::run) | until nothing is left |
//! | [`run_ready`](Scheduler::run_ready) | what is due now; Python's `run(blocking=False)` |
//! | [`run_timeout`](Scheduler::run_timeout), [`run_deadline`](Scheduler::run_deadline) | for so long, until then |
//! | [`run_async`](Scheduler::run_async) | as a future |
//! | [`run_with`](Scheduler::run_with) | by a delay function, as in Python |

mod action;
mod nap;
mod run;
mod scheduler;

pub use scheduler::Scheduler;
pub use selvedge_core::sched::{Event, EventId, Next, NotQueued, Sleep, Time};

use crate::port::Native;

/// The time of this system: monotonic, [`std::time::Instant`].
pub type Monotonic = selvedge_core::sched::PortTime<Native>;

/// A time that stands still but for the waiting, for tests and simulations: see [`selvedge_core::sched::Simulated`].
///
/// ```
/// use std::time::Duration;
/// use selvedge::sched::{Scheduler, Simulated, Time};
///
/// let year = Scheduler::with_time(Simulated::new());
/// year.enter(Duration::from_secs(365 * 86_400), 0, || println!("a year has passed"));
/// year.run(); // at once
/// assert_eq!(year.time().now(), Duration::from_secs(365 * 86_400));
/// ```
pub type Simulated = selvedge_core::sched::Simulated<Native>;
