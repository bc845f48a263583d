//! Queues between threads and tasks: the chapter's `queue` module (rows ).
//!
//! | | which item leaves first | |
//! |---|---|---|
//! | [`Queue`] | the one that was put first | with a capacity or without |
//! | [`LifoQueue`] | the one that was put last | with a capacity or without |
//! | [`PriorityQueue`] | the smallest, and among equals the one that was put first | with a capacity or without |
//! | [`SimpleQueue`] | the one that was put first | a put never waits; no tasks, no shutdown |
//! | [`Spsc`] | the one that was put first | one producer, one consumer, wait-free |
//! | [`QueueOf`] | as your own [`Store`] says | |
//!
//! Every operation that may have to wait has the five forms of this library:
//!
//! | | put an item | take an item | wait until all are done |
//! |---|---|---|---|
//! | blocks | [`put`](Queue::put) | [`get`](Queue::get) | [`join`](Queue::join) |
//! | never waits | [`try_put`](Queue::try_put) | [`try_get`](Queue::try_get) | [`try_join`](Queue::try_join) |
//! | at most so long | [`put_timeout`](Queue::put_timeout) | [`get_timeout`](Queue::get_timeout) | [`join_timeout`](Queue::join_timeout) |
//! | at most until then | [`put_deadline`](Queue::put_deadline) | [`get_deadline`](Queue::get_deadline) | [`join_deadline`](Queue::join_deadline) |
//! | as a future | [`put_async`](Queue::put_async) | [`get_async`](Queue::get_async) | [`join_async`](Queue::join_async) |
//!
//! Threads and tasks may use one queue at the same time. An item that could not be put comes back in the error.
//!
//! [`Select`] waits at several queues at once.
//!
//! [`channel()`] gives a queue in two halves, [`Sender`] and [`Receiver`], that close it when they go.

pub mod channel;
mod kinds;

pub use crate::select::Select;
pub use channel::{Receiver, Sender, channel};
pub use kinds::{Consumer, LifoQueue, PriorityQueue, Producer, Queue, QueueOf, SimpleQueue, Spsc};
pub use selvedge_core::queue::{
    Call, Empty, GetTimeoutError, PutError, PutTimeoutError, ShutDown, Store, TooManyTasksDone,
    TryGetError, TryPutError,
};
