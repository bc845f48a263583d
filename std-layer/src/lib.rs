#![doc = include_str!("../README.md")]

pub mod port;
pub mod queue;
pub mod threading;
