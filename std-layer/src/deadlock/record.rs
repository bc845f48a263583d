//! What one thread holds and waits for, and how the thread finds its own record.
//!
//! Everything that happens to a lock without contention touches the record of the calling thread alone. Lock order: the list of records
//! ([`registry`](super::registry)), then records; who has a record locked takes nothing else.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use selvedge_core::port::{Kind, Object, Wait};

use super::registry;
use crate::threading::{self, KnownThread};

/// A lock that a thread or a task has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hold {
    pub(super) object: Object,
    pub(super) level: u32,
    pub(super) at: Option<&'static Location<'static>>,
    /// Held without a guard.
    pub(super) kept: bool,
    /// Taken by an asynchronous task while this thread polled it.
    pub(super) by_task: bool,
}

impl Hold {
    /// Whether this thread is the one that has to release it, as far as anybody can know.
    pub(super) fn owned(&self) -> bool {
        !self.by_task || self.object.kind == Kind::RLock
    }
}

/// A wait that goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sleep {
    pub(super) wait: Wait,
    pub(super) since: Instant,
    /// What a wait on a condition let go.
    pub(super) laid_down: Option<Hold>,
}

impl Sleep {
    /// What the thread must get, or never go on.
    pub(super) fn must_have(&self) -> Option<Object> {
        match self.wait.retakes {
            Some(lock) => Some(lock),
            None if self.wait.timed => None,
            None => Some(self.wait.object),
        }
    }
}

pub(super) struct Record {
    pub(super) ident: NonZeroUsize,
    pub(super) native_id: u32,
    /// Its name if `known` has none.
    foreign_name: String,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) known: Option<KnownThread>,
    pub(super) held: Vec<Hold>,
    pub(super) sleep: Option<Sleep>,
    /// The thread has ended, or is about to.
    pub(super) over: bool,
}

impl State {
    /// Whether nothing more will be heard of the thread, and nothing of it is left.
    pub(super) fn is_done(&self) -> bool {
        self.over && self.held.is_empty() && self.sleep.is_none()
    }

    /// Takes the newest hold of `object` away.
    pub(super) fn take(&mut self, object: Object) -> Option<Hold> {
        let place = self.held.iter().rposition(|hold| hold.object == object)?;
        Some(self.held.remove(place))
    }
}

impl Record {
    fn of_the_caller() -> Self {
        let foreign_name = if threading::is_main() {
            String::from("MainThread")
        } else {
            std::thread::current()
                .name()
                .map_or_else(|| String::from("(unnamed)"), str::to_owned)
        };
        Self::named(foreign_name)
    }

    fn named(foreign_name: String) -> Self {
        Self {
            ident: threading::get_ident(),
            native_id: threading::get_native_id(),
            foreign_name,
            state: Mutex::new(State {
                known: KnownThread::current(),
                held: Vec::new(),
                sleep: None,
                over: false,
            }),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name by now. Not to be called with any record locked, as the last handle of a thread may end here.
    pub(super) fn name(&self) -> String {
        let known = self.state().known.clone();
        known
            .and_then(|known| known.name())
            .unwrap_or_else(|| self.foreign_name.clone())
    }
}

/// The record in its thread's thread-local storage.
struct Mine(Arc<Record>);

impl Drop for Mine {
    fn drop(&mut self) {
        let _quiet = Quiet::begin();
        self.0.state().over = true;
        registry::forget_if_done(&self.0);
    }
}

thread_local! {
    /// The thread is inside the detector, whose own use of locks (by the allocator, by a handler) is not watched.
    static BUSY: Cell<bool> = const { Cell::new(false) };
    static MINE: Mine = {
        let record = Arc::new(Record::of_the_caller());
        registry::add(record.clone());
        Mine(record)
    };
}

/// A time during which the calling thread is not watched.
pub(super) struct Quiet {
    before: bool,
}

impl Quiet {
    pub(super) fn begin() -> Self {
        Self {
            before: BUSY.replace(true),
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        BUSY.set(self.before);
    }
}

/// Calls `event` with the calling thread's record, unless it comes from inside the detector.
#[inline]
pub(super) fn on_event<R>(event: impl FnOnce(&Record) -> R) -> Option<R> {
    if BUSY.get() {
        return None;
    }
    let _quiet = Quiet::begin();
    let mut event = Some(event);
    let mut call = |record: &Record| event.take().map(|event| event(record));
    match MINE.try_with(|mine| call(&mine.0)) {
        Ok(result) => result,
        // The thread's storage is gone, and destructors still use locks.
        Err(_) => {
            let record = late_record();
            let result = call(&record);
            registry::forget_if_done(&record);
            result
        }
    }
}

/// The record of a thread that is ending.
#[cold]
fn late_record() -> Arc<Record> {
    registry::find(threading::get_ident()).unwrap_or_else(|| {
        let record = Arc::new(Record::named(String::from("(ending)")));
        record.state().over = true;
        registry::add(record.clone());
        record
    })
}
