//! Loom models of every raw algorithm: the ports and tools that the models in `tests/models` run on.
//!
//! `README.md` beside this package says what is modelled, and how to run and add models. Without `--cfg loom` there is nothing here.
#![cfg(loom)]

mod cell;
mod explore;
mod future;
mod port;
mod seen;

pub use cell::Data;
pub use explore::{Bound, WEAKEN, explore, spawn};
pub use future::{Signal, block_on, poll};
pub use port::{Futex, LiveParking, Parking, ShortParking, Ticks, World};
pub use seen::Seen;
