#![doc = include_str!("../README.md")]

pub mod concurrent;
pub mod contextvars;
#[cfg(feature = "deadlock-detection")]
pub mod deadlock;
#[cfg(all(feature = "multiprocessing", target_os = "linux"))]
pub mod multiprocessing;
pub mod port;
pub mod python;
pub mod queue;
pub mod sched;
pub mod select;
#[cfg(target_os = "linux")]
pub mod subprocess;
pub mod thread;
pub mod threading;
