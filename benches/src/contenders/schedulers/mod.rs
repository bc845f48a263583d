//! Schedulers.

pub(crate) mod by_hand;
pub(crate) mod ours;
pub(crate) mod priority_queue;
pub(crate) mod tokio;
