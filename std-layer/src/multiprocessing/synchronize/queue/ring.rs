//! The bytes of a queue: records one behind the other, around.
//!
//! A record begins at a multiple of eight bytes (a *unit*) with its length, and its bytes may go on at the beginning. What is there may be anything, as other processes write it: every place is taken modulo the size of this process's own mapping.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::multiprocessing::shared_memory::{OpenError, SharedMemory};

const UNIT: usize = size_of::<u64>();
/// So that numbers of units fit into 31 bits.
const MOST: usize = 1 << 33;

#[derive(Debug, Clone)]
pub(super) struct Ring {
    memory: Arc<SharedMemory>,
    start: usize,
    units: u32,
}

impl Ring {
    /// New memory with room for at least so many bytes.
    pub(super) fn new(bytes: usize) -> Result<Self, OpenError> {
        if bytes > MOST {
            return Err(OpenError::Os(std::io::ErrorKind::OutOfMemory.into()));
        }
        let bytes = bytes.max(2 * UNIT).next_multiple_of(UNIT);
        Self::over(SharedMemory::anonymous(bytes)?, 0, bytes)
    }

    /// Over a piece of memory.
    pub(super) fn over(
        memory: SharedMemory,
        start: usize,
        bytes: usize,
    ) -> Result<Self, OpenError> {
        let end = start.checked_add(bytes);
        let fits = end.is_some_and(|end| end <= memory.size());
        let is_even = start.is_multiple_of(UNIT) && bytes.is_multiple_of(UNIT);
        if !fits || !is_even || !(2 * UNIT..=MOST).contains(&bytes) {
            return Err(OpenError::NotFound);
        }
        Ok(Self {
            memory: Arc::new(memory),
            start,
            units: (bytes / UNIT) as u32,
        })
    }

    pub(super) fn units(&self) -> u32 {
        self.units
    }

    /// How many units a record of so many bytes takes.
    pub(super) fn need(bytes: usize) -> usize {
        1 + bytes.div_ceil(UNIT)
    }

    /// The largest record.
    pub(super) fn longest(&self) -> usize {
        (self.units as usize - 1) * UNIT
    }

    /// The place so many units behind this one.
    pub(super) fn behind(&self, place: u32, units: u32) -> u32 {
        ((u64::from(place) + u64::from(units)) % u64::from(self.units)) as u32
    }

    fn at(&self, place: u32) -> usize {
        self.start + (place % self.units) as usize * UNIT
    }

    fn len(&self, place: u32) -> Option<&AtomicU64> {
        self.memory.atomic(self.at(place)).ok()
    }

    /// Where the bytes of a record lie: so many in one piece, the rest at the beginning.
    fn pieces(&self, place: u32, bytes: usize) -> (usize, usize) {
        let first = self.at(self.behind(place, 1));
        let until_end = self.start + self.units as usize * UNIT - first;
        (first, bytes.min(until_end))
    }

    /// Writes a record that fits.
    pub(super) fn write(&self, place: u32, bytes: &[u8]) {
        if let Some(len) = self.len(place) {
            len.store(bytes.len() as u64, Ordering::Relaxed);
        }
        let (first, in_first) = self.pieces(place, bytes.len());
        let (one, rest) = bytes.split_at(in_first);
        // Inside, as it fits.
        let _ = self.memory.write(first, one);
        if !rest.is_empty() {
            let _ = self.memory.write(self.start, rest);
        }
    }

    /// The record here, and how many units it takes; `None` if it is not one of at most so many units.
    pub(super) fn read(&self, place: u32, most: u32) -> Option<(Vec<u8>, u32)> {
        let len = self.len(place)?.load(Ordering::Relaxed);
        let len = usize::try_from(len).ok()?;
        if len > self.longest() {
            return None;
        }
        let need = Self::need(len) as u32;
        if need > most {
            return None;
        }
        let mut bytes = vec![0; len];
        let (first, in_first) = self.pieces(place, len);
        let (one, rest) = bytes.split_at_mut(in_first);
        self.memory.read(first, one).ok()?;
        if !rest.is_empty() {
            self.memory.read(self.start, rest).ok()?;
        }
        Some((bytes, need))
    }
}

impl Serialize for Ring {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.units as usize * UNIT;
        (&*self.memory, self.start, bytes).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Ring {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (memory, start, bytes) = Deserialize::deserialize(deserializer)?;
        Self::over(memory, start, bytes).map_err(D::Error::custom)
    }
}
