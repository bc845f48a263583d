//! The models. `README.md` of the package lists them.
#![cfg(loom)]

#[macro_use]
mod macros;

mod barrier;
mod condition;
mod event;
mod futures;
mod lock;
mod rlock;
mod rwlock;
mod semaphore;
mod table;
mod twins;
