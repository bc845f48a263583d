//! Events at their time: Python's `sched` (rows D-01 to D-15).
//!
//! A [`Scheduler`] keeps events, each with a time, a priority and an action, and whoever [runs](Scheduler::run) it calls the actions when their time has come. It owns no thread and needs no allocator: it can be a `static`
//! on a microcontroller, and interrupt handlers may enter events into it, where the port's guard allows it.
//!
//! | | form |
//! |---|---|
//! | until nothing is left | [`run`](Scheduler::run) |
//! | what is due now | [`run_ready`](Scheduler::run_ready), Python's `run(blocking=False)` |
//! | for so long, until then | [`run_timeout`](Scheduler::run_timeout), [`run_deadline`](Scheduler::run_deadline) |
//! | as a future | [`run_async`](Scheduler::run_async) |
//! | by a delay function, by `embedded-hal`'s `DelayNs` | [`run_with`](Scheduler::run_with), `run_delay` (feature `embedded-hal`) |
//! | one event by hand | [`take_due`](Scheduler::take_due) |
//!
//! Which forms there are depends on the [`Time`]: any clock gives those that never wait or have a delay of their own, a clock that one can [`Sleep`] by gives all.

#[cfg(feature = "embedded-hal")]
mod delay;
mod event;
mod fixed;
#[cfg(feature = "alloc")]
mod growing;
mod guarded;
mod heap;
mod key;
#[cfg(feature = "alloc")]
mod piles;
mod port_time;
mod queue;
mod run_async;
mod runner;
mod scheduler;
mod simulated;
mod slots;
#[cfg(feature = "alloc")]
mod soon;
mod store;
mod time;
#[cfg(feature = "alloc")]
mod wheel;

pub use event::{Event, EventId, Full, Head, Next, NotQueued};
pub use fixed::Fixed;
#[cfg(feature = "alloc")]
pub use growing::Growing;
pub use port_time::PortTime;
pub use queue::Queue;
pub use runner::Runner;
pub use scheduler::{FixedScheduler, Scheduler};
pub use simulated::Simulated;
pub use store::Store;
pub use time::{Sleep, Time};
