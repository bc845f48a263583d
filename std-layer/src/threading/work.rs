//! What a thread is to do, and what came of it.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::JoinError;
use super::panics::Panic;
use super::sync::Mutex;

pub(super) type Target<T> = Box<dyn FnOnce() -> T + Send>;

/// The part of a packet that knows the type of the value.
pub(super) struct Work<T> {
    /// For a thread that is not started yet, or just being so.
    target: Mutex<Option<Target<T>>>,
    outcome: Mutex<Outcome<T>>,
    /// How many handles can still ask for the value.
    handles: AtomicUsize,
}

/// How a thread ended.
pub(super) enum Outcome<T> {
    Pending,
    Value(T),
    Panicked(Panic),
    Exited,
    Taken,
}

impl<T> Work<T> {
    pub(super) fn new(target: Option<Target<T>>) -> Self {
        Self {
            target: Mutex::new(target),
            outcome: Mutex::new(Outcome::Pending),
            handles: AtomicUsize::new(1),
        }
    }

    /// Takes the target if `may` says so, looking again inside the lock.
    pub(super) fn take_target(&self, may: impl FnOnce() -> bool) -> Option<Target<T>> {
        let mut target = self.target.lock();
        if may() { target.take() } else { None }
    }

    pub(super) fn has_target(&self) -> bool {
        self.target.lock().is_some()
    }

    pub(super) fn add_handle(&self) {
        self.handles.fetch_add(1, Ordering::Relaxed);
    }

    /// One handle less. With the last one goes the value, if it is there.
    pub(super) fn remove_handle(&self) {
        // Whoever takes the lock of the outcome later, this or the end of the thread, sees what the other did.
        if self.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            let outcome = {
                let mut outcome = self.outcome.lock();
                match *outcome {
                    Outcome::Pending => return,
                    _ => std::mem::replace(&mut *outcome, Outcome::Taken),
                }
            };
            // A foreign destructor, outside the lock.
            drop(outcome);
        }
    }

    /// Keeps the outcome for a join, or gives it back if nobody can ask for it any more.
    pub(super) fn finish(&self, outcome: Outcome<T>) -> Option<Outcome<T>> {
        let mut kept = self.outcome.lock();
        if self.handles.load(Ordering::Acquire) == 0 {
            *kept = Outcome::Taken;
            return Some(outcome);
        }
        *kept = outcome;
        None
    }
}

impl<T: 'static> Work<T> {
    /// The value, once the thread is over.
    pub(super) fn take(&self) -> Result<T, JoinError> {
        let mut outcome = self.outcome.lock();
        match &*outcome {
            Outcome::Pending => Err(JoinError::Forked),
            Outcome::Panicked(panic) => Err(JoinError::Panicked(panic.hand_over())),
            Outcome::Exited => Err(JoinError::Exited),
            Outcome::Value(_) | Outcome::Taken => {
                match std::mem::replace(&mut *outcome, Outcome::Taken) {
                    Outcome::Value(value) => Ok(value),
                    _ => unit().ok_or(JoinError::ValueTaken),
                }
            }
        }
    }
}

/// The value of a thread that has none can be taken again and again (row T-35).
fn unit<T: 'static>() -> Option<T> {
    let unit: Box<dyn Any> = Box::new(());
    unit.downcast().ok().map(|unit| *unit)
}
