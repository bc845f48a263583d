//! A function called with many items, on any executor.
//!
//! | file | says |
//! |---|---|
//! | `options.rs` | [`MapOptions`]: how many items a task, how many tasks at once, how long |
//! | `results.rs`, `unordered.rs` | [`Map`], [`Unordered`]: what the caller gets |
//! | `error.rs` | [`MapError`] |
//! | `feed.rs` | the chunks behind them: all submitted, in order or as they are ready |
//! | `lazy.rs` | chunks that are submitted as there is room |
//! | `chunk.rs` | [`Chunk`]: what a task returns that got its items in a list |
//! | `split.rs`, `job.rs` | one source and one buffer of results for all tasks of a map on threads |
//! | `threads.rs` | maps on a pool of threads |

mod chunk;
mod error;
pub(super) mod feed;
pub(super) mod job;
mod lazy;
mod options;
mod results;
pub(super) mod split;
mod threads;
mod unordered;

pub use chunk::Chunk;
pub use error::MapError;
pub use options::MapOptions;
pub use results::Map;
pub use unordered::Unordered;
