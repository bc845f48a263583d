//! The content of a context: values by variable, and how many of them go where.

#[cfg(feature = "serde")]
use std::sync::Arc;

use selvedge_core::context::Map;

use super::binding::Entry;
#[cfg(feature = "serde")]
use super::portable::Imports;
use super::{Inherit, VarKey};

/// A persistent map. A copy is one count more; it counts the values of each policy, so that the part which is carried along is a copy, too, when that is all or nothing.
#[derive(Clone)]
pub(super) struct Vars {
    map: Map<Entry>,
    threads: usize,
    tasks: usize,
    /// Values that came from another process and that nobody has asked for yet.
    #[cfg(feature = "serde")]
    pub(super) imports: Option<Arrived>,
}

/// What came from another process, and on which ways it has been carried since: only variables that allow all of them find their values there.
#[cfg(feature = "serde")]
#[derive(Clone)]
pub(super) struct Arrived {
    pub(super) values: Arc<Imports>,
    pub(super) ways: Inherit,
}

impl Vars {
    pub(super) const fn new() -> Self {
        Self {
            map: Map::new(),
            threads: 0,
            tasks: 0,
            #[cfg(feature = "serde")]
            imports: None,
        }
    }

    #[inline]
    pub(super) fn get(&self, key: VarKey) -> Option<&Entry> {
        self.map.get(key.place())
    }

    /// Sets or, by `None`, unsets the variable with this key and policy. Runs nothing foreign: the old value is handed out.
    #[inline]
    pub(super) fn replace(
        &mut self,
        key: VarKey,
        inherit: Inherit,
        new: Option<Entry>,
    ) -> Option<Entry> {
        match new {
            Some(entry) => {
                let old = self.map.insert(key.place(), entry);
                if old.is_none() {
                    self.threads += usize::from(inherit.contains(Inherit::THREADS));
                    self.tasks += usize::from(inherit.contains(Inherit::TASKS));
                }
                old
            }
            None => {
                let old = self.map.remove(key.place());
                if old.is_some() {
                    self.threads -= usize::from(inherit.contains(Inherit::THREADS));
                    self.tasks -= usize::from(inherit.contains(Inherit::TASKS));
                }
                old
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.map.iter().map(|(_, entry)| entry)
    }

    pub(super) fn map(&self) -> &Map<Entry> {
        &self.map
    }

    /// Whether a copy would hold nothing.
    pub(super) fn is_bare(&self) -> bool {
        #[cfg(feature = "serde")]
        if self.imports.is_some() {
            return false;
        }
        self.map.is_empty()
    }

    /// The part that goes along this way.
    pub(super) fn carried(&self, way: Inherit) -> Self {
        let going = match way {
            Inherit::THREADS => self.threads,
            _ => self.tasks,
        };
        #[allow(unused_mut, reason = "changed with the feature serde")]
        let mut carried = if going == self.len() {
            self.clone()
        } else if going == 0 {
            Self::new()
        } else {
            self.some(way)
        };
        #[cfg(feature = "serde")]
        {
            carried.imports = self.imports.clone().map(|arrived| Arrived {
                ways: arrived.ways | way,
                ..arrived
            });
        }
        carried
    }

    #[cold]
    fn some(&self, way: Inherit) -> Self {
        let mut carried = Self::new();
        for entry in self.entries() {
            let about = entry.about();
            if about.inherit.contains(way) {
                carried.replace(about.key, about.inherit, Some(entry.clone()));
            }
        }
        carried
    }
}
