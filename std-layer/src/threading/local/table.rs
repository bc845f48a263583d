//! All [`Local`](super::Local)s that have values, and whose they are.

use std::sync::Arc;

use super::entry::Ending;
use crate::threading::fork_lock::ForkLock;

/// Names a `Local`: a place in the tables, which is used again, and a number, which is not. So a value is never taken for one of an earlier `Local` at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) place: usize,
    pub(super) number: u64,
}

type AnyEntry = Arc<dyn Ending>;

/// The values of one `Local`, with the idents of their threads.
struct Listed {
    number: u64,
    entries: Vec<(usize, AnyEntry)>,
}

pub(in crate::threading) struct Locals {
    places: Vec<Listed>,
    free: Vec<usize>,
    next: u64,
}

pub(in crate::threading) static LOCALS: ForkLock<Locals> = ForkLock::new(Locals {
    places: Vec::new(),
    free: Vec::new(),
    next: 1,
});

impl Locals {
    fn listed(&mut self, key: Key) -> Option<&mut Listed> {
        self.places
            .get_mut(key.place)
            .filter(|listed| listed.number == key.number)
    }

    #[cfg(unix)]
    /// In a forked child: values of other threads are left where they are; they may be in any state.
    pub(in crate::threading) fn keep_only(&mut self, ident: usize) {
        for listed in &mut self.places {
            let mut place = 0;
            while place < listed.entries.len() {
                if listed.entries[place].0 == ident {
                    place += 1;
                } else {
                    std::mem::forget(listed.entries.swap_remove(place));
                }
            }
        }
    }
}

/// A key for a `Local` that is used for the first time.
pub(super) fn new_key() -> Key {
    let mut locals = LOCALS.lock();
    let number = locals.next;
    locals.next += 1;
    let listed = Listed {
        number,
        entries: Vec::new(),
    };
    let place = match locals.free.pop() {
        Some(place) => {
            locals.places[place] = listed;
            place
        }
        None => {
            locals.places.push(listed);
            locals.places.len() - 1
        }
    };
    Key { place, number }
}

/// The end of a `Local`: its values are the caller's to destroy.
pub(super) fn remove_key(key: Key) -> Vec<Arc<dyn Ending>> {
    let mut locals = LOCALS.lock();
    let Some(listed) = locals.listed(key) else {
        return Vec::new();
    };
    listed.number = 0;
    let entries = std::mem::take(&mut listed.entries);
    locals.free.push(key.place);
    drop(locals);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// Lists a value of the thread `ident`.
pub(super) fn add_entry(key: Key, ident: usize, entry: AnyEntry) {
    if let Some(listed) = LOCALS.lock().listed(key) {
        listed.entries.push((ident, entry));
    }
}

/// The value of the thread `ident` is that thread's to destroy now, unless somebody else has taken it.
pub(super) fn take_entry(key: Key, ident: usize) -> Option<AnyEntry> {
    let mut locals = LOCALS.lock();
    let entries = &mut locals.listed(key)?.entries;
    let place = entries.iter().position(|(owner, _)| *owner == ident)?;
    Some(entries.swap_remove(place).1)
}
