//! Standard futures on a pool of threads: a small executor.
//!
//! | file | says |
//! |---|---|
//! | `state.rs` | whether a future is idle, scheduled, being polled, or was woken meanwhile |
//! | `task.rs` | the future, its waker, and what a poll does |
//! | `pool.rs` | `ThreadPoolExecutor::spawn_async` |

mod pool;
mod state;
mod task;
