//! Queues between threads and tasks: the chapter's `queue` module (rows ).
//!
//! [`Queue`] hands items over in the order in which they came. Every operation that may have to wait has the five forms of this library:
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

mod error;
mod fifo;
mod get;
mod join;
mod put;

pub use error::{
    GetTimeoutError, PutError, PutTimeoutError, ShutDown, TooManyTasksDone, TryGetError,
    TryPutError,
};
pub use fifo::Queue;
