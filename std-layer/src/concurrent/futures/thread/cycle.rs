//! Tasks that wait for each other in a circle (row F-E03): found when the last of them begins to wait.
//!
//! Each worker whose task is about to wait for another task writes down what it waits for, and which tasks are on its own stack. Following these, from the awaited task to the worker that runs it, to what that one waits for, leads to a worker that does not wait, and then
//! all is well, or back to the beginning: then none of them would ever go on. The list changes under one lock, so one of the circle is the last, and sees all others. Each is asleep, or about to sleep, until what it waits for is done; nobody but the others could do that. Waits with a time
//! limit are not listed: they end. So the panic is never a false alarm.
//!
//! It costs a lock for each wait that sleeps, in workers only, and nothing where tasks do not wait.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::threading::fork_lock::ForkLock;

pub(super) struct Wait {
    number: u64,
    awaited: usize,
    running: Vec<usize>,
}

/// In the child of a fork it is emptied: who waited is not there.
pub(super) static WAITS: ForkLock<Vec<Wait>> = ForkLock::new(Vec::new());
/// One role: different numbers.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

/// A wait that is listed.
pub(super) struct Listed(u64);

/// The wait would never end.
pub(super) struct Circle {
    /// How many tasks are in it.
    pub(super) tasks: usize,
}

/// Lists that the calling worker waits for `awaited`, with these tasks on its stack.
pub(super) fn list(awaited: usize, running: &[usize]) -> Result<Listed, Circle> {
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    let mut waits = WAITS.lock();
    let mut next = awaited;
    // Each step leads to another wait: the circle would have been found before, had there been one without this wait.
    for step in 1..=waits.len() + 1 {
        if running.contains(&next) {
            return Err(Circle { tasks: step });
        }
        match waits.iter().find(|wait| wait.running.contains(&next)) {
            Some(wait) => next = wait.awaited,
            None => break,
        }
    }
    waits.push(Wait {
        number,
        awaited,
        running: running.to_vec(),
    });
    Ok(Listed(number))
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut waits = WAITS.lock();
        if let Some(at) = waits.iter().position(|wait| wait.number == self.0) {
            let gone = waits.swap_remove(at);
            drop(waits);
            drop(gone);
        }
    }
}
