//! Waiting as a row of looks: each either has an outcome, or says which word to sleep on and what value it must have.
//!
//! So one algorithm serves threads ([`block`]) and tasks (`asynchronous.rs`).

use std::sync::atomic::AtomicU32;
use std::time::Instant;

use super::arena::Arena;
use super::futex::Expired;
use super::watch::Watch;

/// What a look has found.
#[derive(Debug)]
pub(super) enum Look<'a, T> {
    Done(T),
    /// Nothing will change as long as this word has this value, and nobody dies.
    Sleep(&'a AtomicU32, u32),
}

/// Looks and sleeps until there is an outcome. The time is up only after a look that followed the last wake-up.
pub(super) fn block<'a, T>(
    arena: &Arena,
    deadline: Option<Instant>,
    mut look: impl FnMut(&Watch<'_>) -> Look<'a, T>,
) -> Result<T, Expired> {
    loop {
        let watch = Watch::new(arena);
        match look(&watch) {
            Look::Done(value) => return Ok(value),
            Look::Sleep(word, value) => watch.sleep(word, value, deadline)?,
        }
    }
}
