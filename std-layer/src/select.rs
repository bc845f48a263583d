//! Waiting for the first of several things: items in queues, room in queues, events. (Python's chapter has no such thing for threads; it goes beyond it.)

use crate::port::Native;

pub use selvedge_core::select::{Arms, Sink, Source};

/// Waits for the first of several things, does that one, and nothing of the others. See [`Select`](selvedge_core::select::Select) in core for everything.
///
/// A worker that takes jobs until it is told to stop, and reports when there is nothing to do:
///
/// ```
/// use std::time::Duration;
///
/// use selvedge::queue::Queue;
/// use selvedge::select::Select;
/// use selvedge::threading::Event;
///
/// static JOBS: Queue<u32> = Queue::new(16);
/// static URGENT: Queue<u32> = Queue::new(0);
/// static STOP: Event = Event::new();
///
/// enum Turn {
///     Job(u32),
///     Over,
/// }
///
/// JOBS.put(1).unwrap();
/// URGENT.put(2).unwrap();
///
/// let mut done = Vec::new();
/// loop {
///     let turn = Select::new()
///         .event(&STOP, || Turn::Over)
///         .get(&URGENT, |job| job.map_or(Turn::Over, Turn::Job))
///         .get(&JOBS, |job| job.map_or(Turn::Over, Turn::Job))
///         .in_order()
///         .wait_timeout(Duration::from_secs(3600));
///     match turn.expect("there is work every hour") {
///         Turn::Job(job) => done.push(job),
///         Turn::Over => break,
///     }
///     if done.len() == 2 {
///         STOP.set();
///     }
/// }
/// assert_eq!(done, [2, 1]);
/// ```
///
/// The ends of a [`channel`](crate::queue::channel()) take part as the queue between them: `receiver.as_queue()`.
///
/// `A` is what the builder has been given so far; there is no need to name it.
pub type Select<R, A = ()> = selvedge_core::select::Select<Native, R, A>;
