//! [`Store`]: where a queue keeps its items, and in which order it gives them back (row Q-17).

use super::{TooManyTasksDone, TryGetError, TryPutError};
use crate::port::Relax;

/// Where a queue keeps its items: what is first, how many there may be, and how many tasks are not done.
///
/// A queue adds the waiting, in all its forms, to any store: this is the place for an order of your own. The trait is safe to implement: a store that breaks a promise makes its
/// queue wait too long or not long enough, and nothing worse.
///
/// # The promises
///
/// * Nothing here waits: not for room, not for items, and not for the progress of another caller that may have been interrupted in the middle (unless the store's own docs
///   say that it is for tasks only).
/// * *Full* and *Empty* may be said too early while another call is under way: an item counts as there from the return of its `try_put` at the latest, and room from the return of `try_get`. The
///   queue wakes whoever waits after those calls have returned.
/// * A call that panics has put, taken and counted nothing. Waiting then goes on as if it had not been made.
/// * What happened before an item's `try_put` happened before the return of the `try_get` that takes it; what happened before each `task_done` happened
///   before a return of 0 from `unfinished`.
pub trait Store {
    /// What is kept.
    type Item;

    /// Keeps `item`, and counts one more task.
    ///
    /// # Errors
    ///
    /// *Full* if there is no room now, *ShutDown* if the store is closed, which comes first; with the item.
    fn try_put(&self, item: Self::Item) -> Result<(), TryPutError<Self::Item>>;

    /// Gives the item whose turn it is.
    ///
    /// # Errors
    ///
    /// *Empty* if there is none now, *ShutDown* if the store is closed and there is none and none is under way any more.
    fn try_get(&self) -> Result<Self::Item, TryGetError>;

    /// As [`try_put`](Self::try_put), by a task that may be held up for as long as the turns of [`R::aside_turn`](Relax::aside_turn) take: a store calls them where another caller is in the way.
    fn try_put_in_turn<R: Relax>(&self, item: Self::Item) -> Result<(), TryPutError<Self::Item>>
    where
        Self: Sized,
    {
        self.try_put(item)
    }

    /// As [`try_get`](Self::try_get), in the same way.
    fn try_get_in_turn<R: Relax>(&self) -> Result<Self::Item, TryGetError>
    where
        Self: Sized,
    {
        self.try_get()
    }

    /// How many items have been taken so far, modulo anything: see [`Relax::answer_turn_among`]. A hint; a store that does not count says 0.
    fn served(&self) -> usize {
        0
    }

    /// Closes the store for good: no `try_put` that begins after this succeeds. Items stay. Closing again changes nothing.
    fn close(&self);

    /// Whether the store was closed.
    fn is_closed(&self) -> bool;

    /// How many items there are, now or a moment ago.
    fn len(&self) -> usize;

    /// Whether there is no item, now or a moment ago.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many items there may be; `None` if there is no limit but memory.
    fn capacity(&self) -> Option<usize>;

    /// Counts one task fewer, and says whether that was the last. It may say so of one that was not, if a `try_put` comes in between: the queue looks again.
    ///
    /// # Errors
    ///
    /// If no task is counted; nothing changes.
    fn task_done(&self) -> Result<bool, TooManyTasksDone>;

    /// How many items were put and not reported as done, now or a moment ago.
    fn unfinished(&self) -> usize;

    /// Whether no call of this kind is under way that will still change the answer of the other side: a question that makes going to sleep cheaper.
    ///
    /// A caller that finds the store empty (full, with unfinished tasks) announces itself, looks again, and then asks this. *True* promises that every `try_put` (`try_get`,
    /// `task_done`) that is not over yet will find the announcement after its return, by a sequentially consistent load. That holds without more ado where each call takes a lock, and where it begins with
    /// a sequentially consistent read-modify-write that this method looks for. After *false*, the caller pays for a fence that reaches all processors, and looks once more.
    fn is_quiet(&self, call: Call) -> bool {
        let _ = call;
        false
    }
}

/// A call of a [`Store`] that somebody may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// [`Store::try_put`], for those that found it empty.
    Put,
    /// [`Store::try_get`], for those that found it full.
    Get,
    /// [`Store::task_done`], for those that wait until all is done.
    TaskDone,
}
