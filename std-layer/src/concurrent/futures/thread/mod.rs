//! A pool of threads.
//!
//! | file | has |
//! |---|---|
//! | `pool.rs`, `builder.rs`, `submit.rs`, `error.rs` | what users see |
//! | `shared.rs` | what the handle and the workers share, and the way of a task into the pool |
//! | `places.rs`, `slots.rs`, `priority.rs` | where tasks wait |
//! | `worker.rs` | the life of a worker; how it falls asleep is `core/src/raw/idle.rs` |
//! | `roster.rs` | how many workers there are |
//! | `help.rs`, `cycle.rs` | tasks that wait for tasks |
//! | `bounded.rs`, `context.rs`, `broken.rs`, `stats.rs` | capacity, context variables, initializers, counters |
//! | `shutdown.rs`, `exit.rs`, `fork.rs` | the end of the pool, of the process, and a second one |

mod bounded;
mod broken;
mod builder;
pub(super) mod context;
mod cycle;
mod error;
mod exit;
#[cfg_attr(not(unix), path = "fork_none.rs")]
mod fork;
mod help;
mod places;
mod pool;
mod priority;
mod roster;
mod shared;
mod shutdown;
mod slots;
mod stats;
mod submit;
mod worker;

pub use builder::ThreadPoolBuilder;
pub use error::PoolError;
pub use pool::ThreadPoolExecutor;
pub use stats::PoolStats;
pub use submit::WithPriority;

pub(crate) use shared::Shared;
