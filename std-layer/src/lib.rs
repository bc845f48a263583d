#![doc = include_str!("../README.md")]

pub mod contextvars;
#[cfg(feature = "deadlock-detection")]
pub mod deadlock;
pub mod port;
pub mod python;
pub mod queue;
pub mod sched;
pub mod select;
#[cfg(target_os = "linux")]
pub mod subprocess;
pub mod thread;
pub mod threading;
