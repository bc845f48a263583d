//! [`Future`] and its relatives: the handles of those who want the value.
//!
//! | file | says |
//! |---|---|
//! | `unique.rs` | [`Future`]: the state, cancelling, and taking the value |
//! | `by_reference.rs` | looking at the value, waiting, callbacks: the same for all handles |
//! | `shared.rs` | [`SharedFuture`]: several handles |
//! | `on_drop.rs` | [`CancelOnDrop`] |
//! | `waiting.rs` | how a thread waits |

mod by_reference;
mod on_drop;
mod shared;
mod unique;
mod waiting;

pub use on_drop::CancelOnDrop;
pub use shared::SharedFuture;
pub use unique::Future;

pub(super) use waiting::Until;
