#![doc = include_str!("../README.md")]

#[cfg(feature = "deadlock-detection")]
pub mod deadlock;
pub mod port;
pub mod python;
pub mod queue;
pub mod threading;
