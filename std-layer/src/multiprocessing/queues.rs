//! Queues for processes: Python's `multiprocessing.queues` (rows M-78 to M-96).
//!
//! | | |
//! |---|---|
//! | [`Queue`] | any data, bounded by number and by bytes |
//! | [`PlainQueue`] | plain values, copied as they are |
//!
//! They lie in memory that processes share, as the [locks](super::synchronize) do: no descriptor for each item, no thread, nothing to be flushed at the end.

pub use super::synchronize::queue::{
    Abandoned, Codec, Copied, Decode, Encode, GetError, GetTimeoutError, JoinTimeoutError,
    PlainQueue, PutError, PutTimeoutError, Queue, Serialized, TooManyTasksDone, TryGetError,
    TryPutError,
};
