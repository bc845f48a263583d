//! Schedulers: actions that run at their time.

use std::cell::RefCell;
use std::time::Duration;

use crate::contender::Contender;

/// What is entered: an action that was due so long before the start. Of two with the same time the smaller priority runs first, and of
/// equals the one that was entered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) ago: Duration,
    pub(crate) priority: i32,
}

thread_local! {
    /// Which actions ran, in their order.
    static RAN: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// The action of the event with this index.
#[inline]
pub(crate) fn action(index: usize) -> impl FnOnce() + Send + 'static {
    let index = u32::try_from(index).expect("there are not so many");
    move || RAN.with_borrow_mut(|ran| ran.push(index))
}

/// Which actions ran on this thread since it was asked last; there will be room for so many.
pub(crate) fn ran(room: usize) -> Vec<u32> {
    RAN.replace(Vec::with_capacity(room))
}

/// A scheduler that several threads may use. It times itself.
pub(crate) trait Scheduler: Contender {
    /// Enters the [`action`] of each event, then runs all.
    fn run_all(events: &[Event]) -> Duration;
    /// Enters the action of each event, cancels each, by its index, in this order, and finds that there is nothing to run.
    fn cancel_all(events: &[Event], order: &[usize]) -> Duration;
}
