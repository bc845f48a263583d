//! The list of all records, and looking at many of them at once.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use selvedge_core::port::Object;

use super::record::{Hold, Record, Sleep, State};

static RECORDS: Mutex<Vec<Arc<Record>>> = Mutex::new(Vec::new());

pub(super) type Records = MutexGuard<'static, Vec<Arc<Record>>>;

pub(super) fn lock() -> Records {
    RECORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn add(record: Arc<Record>) {
    #[cfg(unix)]
    super::fork::install();
    lock().push(record);
}

pub(super) fn find(ident: NonZeroUsize) -> Option<Arc<Record>> {
    lock()
        .iter()
        .find(|record| record.ident == ident)
        .map(Arc::clone)
}

/// Takes the record of a thread off the list if the thread is over and has left nothing behind.
pub(super) fn forget_if_done(record: &Record) {
    let mut records = lock();
    let done = record.state().is_done();
    let place = records
        .iter()
        .position(|other| std::ptr::eq(&**other, record));
    if let (true, Some(place)) = (done, place) {
        let removed = records.swap_remove(place);
        drop(records);
        drop(removed);
    }
}

/// Calls `change` with the thread that has `object` by its record, and the place of the hold. Slow: for what one thread does to a hold of another.
pub(super) fn elsewhere<R>(
    object: Object,
    change: impl FnOnce(&mut Vec<Hold>, usize) -> R,
) -> Option<R> {
    let records = lock();
    for record in records.iter() {
        let mut state = record.state();
        let Some(place) = state.held.iter().position(|hold| hold.object == object) else {
            continue;
        };
        let result = change(&mut state.held, place);
        let done = state.is_done();
        drop(state);
        let record = done.then(|| Arc::clone(record));
        drop(records);
        if let Some(record) = record {
            forget_if_done(&record);
        }
        return Some(result);
    }
    None
}

/// What one thread holds and waits for, at a moment that is the same for all rows of a picture.
pub(super) struct Row {
    pub(super) record: Arc<Record>,
    pub(super) held: Vec<Hold>,
    pub(super) sleep: Option<Sleep>,
    pub(super) over: bool,
}

/// All records at one moment: none of them changes as long as this lives.
pub(super) struct Frozen<'a>(Vec<(&'a Arc<Record>, MutexGuard<'a, State>)>);

impl<'a> Frozen<'a> {
    pub(super) fn new(records: &'a Records) -> Self {
        Self(
            records
                .iter()
                .map(|record| (record, record.state()))
                .collect(),
        )
    }

    /// Copies of those that `chosen` says.
    pub(super) fn rows(&self, chosen: impl Fn(&State) -> bool) -> Vec<Row> {
        self.0
            .iter()
            .filter(|(_, state)| chosen(state))
            .map(|(record, state)| Row {
                record: Arc::clone(record),
                held: state.held.clone(),
                sleep: state.sleep,
                over: state.over,
            })
            .collect()
    }

    /// How many have `object` by their records: more than one if a lock was forgotten and its memory used again.
    pub(super) fn holders(&self, object: Object) -> usize {
        self.0
            .iter()
            .filter(|(_, state)| state.held.iter().any(|hold| hold.object == object))
            .count()
    }
}
