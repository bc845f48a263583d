//! The calling thread's values: a table by place.
//!
//! The table is behind a thread-local pointer without a destructor, so that values can be used at any time of a thread's life, in the destructors of other thread-locals, too. It is emptied
//! when the thread's target is done, again among the thread's `thread_local!`s, and again after them. The main thread's stays.
//!
//! # Safety
//!
//! The pointer is null or a leaked box of this thread. It is borrowed for a few instructions at a time, during which nothing foreign runs.
//! An entry found under a key has the type of the `Local` with that key, because numbers are not used twice.
#![allow(
    unsafe_code,
    reason = "a table behind a thread-local pointer; entries by type"
)]

use std::cell::Cell;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;

use super::Entry;
use super::entry::Ending;
use super::table::{self, Key};
use crate::threading::{exit_watch, ident, os};

struct Place {
    key: Key,
    /// Counts the entries of this thread.
    turn: u64,
    entry: Option<Arc<dyn Ending>>,
}

type Table = Vec<Place>;

thread_local! {
    static TABLE: Cell<*mut Table> = const { Cell::new(ptr::null_mut()) };
    static TURN: Cell<u64> = const { Cell::new(0) };
    /// Empties the table of a thread that this module does not end itself.
    static GUARD: Guard = const { Guard };
}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        thread_ends();
    }
}

/// Borrows the calling thread's table. `f` runs nothing foreign.
fn with_table<R>(f: impl FnOnce(&mut Table) -> R) -> Option<R> {
    let table = TABLE.get();
    // SAFETY: null, or this thread's box, which nobody borrows now.
    unsafe { table.as_mut() }.map(f)
}

/// The table, made if there is none; then the end of the thread is watched.
#[cold]
fn make_table() {
    if TABLE.get().is_null() {
        TABLE.set(Box::into_raw(Box::default()));
        if !os::is_main_thread() {
            let _ = GUARD.try_with(|_| ());
            exit_watch::arm();
        }
    }
}

/// The entry under a key. The pointer is good as long as the thread does not end, and the `Local` is borrowed.
#[inline]
fn find<T>(key: Key) -> Option<*const Entry<T>> {
    with_table(|table| {
        let place = table.get(key.place).filter(|place| place.key == key)?;
        place
            .entry
            .as_ref()
            .map(|entry| Arc::as_ptr(entry).cast::<Entry<T>>())
    })?
}

/// The calling thread's value.
#[inline]
pub(super) fn get<T>(key: Key) -> Option<Rc<T>> {
    let entry = find::<T>(key)?;
    // SAFETY: this thread's entry of the right type; the caller borrows the `Local`.
    unsafe { (*entry).get() }
}

/// Puts a value in, or takes it out, and drops the old one.
pub(super) fn set<T: Send + 'static>(key: Key, value: Option<T>) {
    let entry = match find::<T>(key) {
        Some(entry) => entry,
        None if value.is_none() => return,
        None => list::<T>(key),
    };
    // SAFETY: as in `get`.
    let old = unsafe { (*entry).replace(value.map(Rc::new)) };
    drop(old);
}

/// Takes the value out, if nobody looks at it.
pub(super) fn take<T>(key: Key) -> Option<T> {
    let entry = find::<T>(key)?;
    // SAFETY: as in `get`.
    let value = unsafe { (*entry).replace(None) }?;
    match Rc::try_unwrap(value) {
        Ok(value) => Some(value),
        Err(value) => {
            // SAFETY: as in `get`. It was empty in between, and nothing foreign ran.
            unsafe { (*entry).replace(Some(value)) };
            None
        }
    }
}

/// A new entry, in the table and on the list of the `Local`.
fn list<T: Send + 'static>(key: Key) -> *const Entry<T> {
    make_table();
    let entry: Arc<Entry<T>> = Arc::new(Entry::new());
    let found = Arc::as_ptr(&entry);
    table::add_entry(key, ident::get_ident().get(), entry.clone());
    let turn = TURN.get() + 1;
    TURN.set(turn);
    // An entry of an earlier `Local` at this place is empty already.
    let old = with_table(|table| {
        if table.len() <= key.place {
            table.resize_with(key.place + 1, || NOBODY);
        }
        std::mem::replace(
            &mut table[key.place],
            Place {
                key,
                turn,
                entry: Some(entry),
            },
        )
    });
    drop(old);
    found
}

const NOBODY: Place = Place {
    key: Key {
        place: usize::MAX,
        number: 0,
    },
    turn: 0,
    entry: None,
};

/// Values made by the destructors of values are destroyed in turn, so often; POSIX allows as many rounds for its keys.
const ROUNDS: usize = 4;

/// Destroys the calling thread's values, the one made last first: its destructor still finds those that are left.
pub(in crate::threading) fn thread_ends() {
    for _ in 0..ROUNDS {
        let Some(mut turns) = with_table(|table| {
            let taken = table
                .iter()
                .enumerate()
                .filter(|(_, place)| place.entry.is_some());
            taken
                .map(|(at, place)| (place.turn, at))
                .collect::<Vec<_>>()
        }) else {
            return;
        };
        if turns.is_empty() {
            let table = TABLE.replace(ptr::null_mut());
            // SAFETY: this thread's box, which holds nothing; the pointer to it is gone.
            return drop(unsafe { Box::from_raw(table) });
        }
        turns.sort_unstable();
        turns.into_iter().rev().for_each(|(turn, at)| end(turn, at));
    }
}

/// Destroys one value, if it is still there.
fn end(turn: u64, at: usize) {
    let place = with_table(|table| match table.get_mut(at) {
        Some(place) if place.turn == turn => Some(std::mem::replace(place, NOBODY)),
        _ => None,
    });
    let Some(Place {
        key,
        entry: Some(entry),
        ..
    }) = place.flatten()
    else {
        return;
    };
    if table::take_entry(key, ident::get_ident().get()).is_some() {
        // Off the list, so it is ours.
        entry.destroy();
    }
}
