//! The queues.

pub mod basics;
pub(crate) mod each;
mod items;
pub mod simple;
pub mod spsc;
pub mod traffic;

pub(crate) use items::{Counted, hand_over};
