#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), no_std)]

#[macro_use]
mod macros;

pub mod atomics;
pub mod error;
pub mod port;
pub mod raw;
pub mod waiters;
