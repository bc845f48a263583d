//! The conformance suite that every port passes: hosted, on an RTOS or on bare metal.
//!
//! It needs neither `std` nor an allocator. A port's test supplies a [`World`], which says how to run a few tasks side by side, how to give way and how
//! patient to be, and calls one function:
//!
//! | the port has | call |
//! |---|---|
//! | nothing but [`Port`](selvedge_core::port::Port) | [`run`] |
//! | [`TimedPort`](selvedge_core::port::TimedPort) as well | [`run`] and [`run_timed`] |
//! | [`Identity`](selvedge_core::port::Identity) as well | [`run`] and [`run_identity`] |
//! | all of it | [`run_all`] |
//!
//! On a hosted system, with the feature `std`, that is one line:
//!
//! ```
//! # #[cfg(feature = "std")] fn conformance() {
//! # use selvedge_core::port::Spin as MyPort;
//! selvedge_conformance::run(&selvedge_conformance::host::Threads::<MyPort>::new());
//! # }
//! ```
//!
//! Firmware that wants to go through the rungs itself takes the [`Ladder`]s from [`primitive_ladders`], [`queue_ladders`], [`special_queue_ladders`], [`timed_ladders`], [`identity_ladders`] and [`timed_identity_ladders`], and [`climb`]s them.
//!
//! # Ladders
//!
//! Each primitive has a file, and each file is a ladder: smoke, limits, try, block, counts, futures, stress. A rung is a plain function that panics if
//! the port or the algorithm is wrong. Lower rungs explain failures of higher ones, so the first that fails is the one to look at.
//!
//! Rungs never depend on the machine being fast: they give time only lower bounds, wait for what must happen as long as it takes, and leave it to the
//! watchdog ([`World::begins`]) to notice that it never will.
#![cfg_attr(not(any(test, feature = "std")), no_std)]

#[macro_use]
mod ladder;

pub mod barrier;
pub mod condition;
pub mod event;
pub mod futures;
pub mod lock;
pub mod mutex;
pub mod oneshot;
pub mod probe;
pub mod queue;
pub mod rlock;
pub mod rwlock;
pub mod sched;
pub mod select;
pub mod semaphore;
pub mod timed;
pub mod tools;

#[cfg(feature = "std")]
pub mod host;
mod world;

pub use ladder::{
    Counts, Ladder, Rung, climb, identity_ladders, primitive_ladders, queue_ladders, run, run_all,
    run_identity, run_timed, special_queue_ladders, timed_identity_ladders, timed_ladders,
};
pub use world::World;
