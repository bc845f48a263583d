//! The models. `README.md` of the package lists them.
#![cfg(loom)]

#[macro_use]
mod macros;

mod barrier;
mod condition;
mod event;
mod event_count;
mod future;
mod futures;
mod growing;
mod idle;
mod lock;
mod ring;
mod rlock;
mod rwlock;
mod sched;
mod segments;
mod select;
mod semaphore;
mod spawned;
mod spsc;
mod table;
mod turns;
mod twins;
