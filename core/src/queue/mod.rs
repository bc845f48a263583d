//! Queues between tasks, threads and interrupt handlers: the chapter's `queue` module (rows ).

mod error;
#[cfg(feature = "alloc")]
mod fifo;
mod fixed;
mod get;
#[cfg(feature = "heapless")]
mod guarded;
#[cfg(any(feature = "alloc", feature = "heapless"))]
mod heap;
mod iter;
mod join;
#[cfg(any(feature = "alloc", feature = "heapless"))]
mod kept;
#[cfg(any(feature = "alloc", feature = "heapless"))]
mod lifo;
#[cfg(any(feature = "alloc", feature = "heapless"))]
mod priority;
mod put;
mod queue_type;
mod simple;
mod spsc;
mod store;

pub use error::{
    GetTimeoutError, PutError, PutTimeoutError, ShutDown, TooManyTasksDone, TryGetError,
    TryPutError,
};
#[cfg(feature = "alloc")]
pub use fifo::Fifo;
pub use fixed::FifoQueue;
pub use iter::{Drain, Iter};
#[cfg(feature = "alloc")]
pub use lifo::Lifo;
#[cfg(feature = "heapless")]
pub use lifo::{FixedLifo, LifoQueue};
#[cfg(feature = "alloc")]
pub use priority::Priority;
#[cfg(feature = "heapless")]
pub use priority::{FixedPriority, PriorityQueue};
pub use queue_type::Queue;
pub use simple::{Empty, Full, SimpleFifo, SimpleQueue};
pub use spsc::{Consumer, Ends, Producer, Spsc};
pub use store::{Call, Store};
