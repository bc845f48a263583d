//! Who is told of a deadlock, and what is done about it.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::report::{Certainty, Report};

/// What to do after a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Go to sleep all the same.
    Continue,
    /// End the process by `abort`: a core dump shows all threads.
    Abort,
    /// Panic in the thread that was about to sleep. It unwinds out of the call that would have waited and drops its guards, which ends the deadlock if nobody catches the panic too
    /// early. A thread that panics already goes to sleep instead.
    Panic,
}

type Handler<R> = dyn Fn(&R) -> Action + Send + Sync;

/// Who is told of reports of one kind. Without anybody they are printed.
pub(super) struct Listener<R: 'static>(RwLock<Option<Arc<Handler<R>>>>);

impl<R: fmt::Display> Listener<R> {
    pub(super) const fn nobody() -> Self {
        Self(RwLock::new(None))
    }

    pub(super) fn set(&self, handler: impl Fn(&R) -> Action + Send + Sync + 'static) {
        let new: Arc<Handler<R>> = Arc::new(handler);
        let old = self
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(new);
        // Its destructor is foreign: not under the lock.
        drop(old);
    }

    pub(super) fn tell(&self, report: &R) -> Verdict {
        let handler = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let action = match handler {
            Some(handler) => handler(report),
            None => {
                say(report);
                Action::Continue
            }
        };
        Verdict::new(action, report)
    }
}

static LISTENER: Listener<Report> = Listener::nobody();
static FROM: AtomicU8 = AtomicU8::new(Certainty::Probable as u8);

/// Sets who is told of deadlocks, instead of [`print`](print()).
///
/// The handler is called in the thread that is about to sleep and that closes the circle, once for each circle. It may block, and use everything in this crate; what the
/// thread does with locks meanwhile is not watched. It may panic; see [`Action::Panic`].
pub fn on_deadlock(handler: impl Fn(&Report) -> Action + Send + Sync + 'static) {
    LISTENER.set(handler);
}

/// From which certainty on the handler is told; [`Certainty::Probable`] at first. [`check_now`](super::check_now) reports everything.
pub fn report_from(certainty: Certainty) {
    // One role, a setting.
    FROM.store(certainty as u8, Ordering::Relaxed);
}

/// The handler in the beginning: prints the report to the standard error stream and says [`Action::Continue`].
pub fn print(report: &Report) -> Action {
    say(report);
    Action::Continue
}

pub(super) fn say(what: &impl fmt::Display) {
    // There is nobody to tell that it cannot be told.
    let _ = write!(std::io::stderr().lock(), "{what}");
}

pub(super) fn tell(report: &Report) -> Verdict {
    if (report.certainty as u8) < FROM.load(Ordering::Relaxed) {
        return Verdict::go_on();
    }
    LISTENER.tell(report)
}

/// What is to be done when the hook is over.
pub(super) struct Verdict(Option<String>);

impl Verdict {
    pub(super) fn go_on() -> Self {
        Self(None)
    }

    pub(super) fn new(action: Action, what: &impl fmt::Display) -> Self {
        match action {
            Action::Abort => {
                say(&"aborting because of a deadlock\n");
                std::process::abort()
            }
            Action::Panic if !std::thread::panicking() => Self(Some(what.to_string())),
            Action::Panic | Action::Continue => Self(None),
        }
    }

    pub(super) fn is_panic(&self) -> bool {
        self.0.is_some()
    }

    #[inline]
    pub(super) fn carry_out(self) {
        if let Some(text) = self.0 {
            panic!("{text}");
        }
    }
}
