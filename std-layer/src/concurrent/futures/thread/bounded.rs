//! Pools that take only so many tasks ahead: who submits waits for room.
//!
//! A semaphore counts the free places. A task that was put in one of them is marked, by its tag, and whoever takes it from the queue frees the place.

use std::time::{Duration, Instant};

use crate::concurrent::futures::task::TaskRef;
use crate::threading::{Semaphore, TimedOut};

/// The tag of a task that has a place.
const PLACED: u32 = 1;

/// The free places.
pub(super) struct Room {
    places: Semaphore,
    capacity: usize,
}

impl Room {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            places: Semaphore::new(u32::try_from(capacity).unwrap_or(u32::MAX / 2)),
            capacity,
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn acquire(&self) {
        self.places.acquire().keep();
    }

    pub(super) fn try_acquire(&self) -> bool {
        match self.places.try_acquire() {
            Some(place) => {
                place.keep();
                true
            }
            None => false,
        }
    }

    pub(super) fn acquire_timeout(&self, limit: Duration) -> Result<(), TimedOut> {
        self.places.acquire_timeout(limit)?.keep();
        Ok(())
    }

    pub(super) fn acquire_deadline(&self, deadline: Instant) -> Result<(), TimedOut> {
        self.places.acquire_deadline(deadline)?.keep();
        Ok(())
    }

    pub(super) async fn acquire_async(&self) {
        self.places.acquire_async().await.keep();
    }

    /// The place was acquired for this task.
    pub(super) fn note_placed(task: &TaskRef) {
        task.set_tag(PLACED);
    }

    /// The task is not in its place any more.
    #[inline]
    pub(super) fn note_taken(&self, task: &TaskRef) {
        if task.tag() == PLACED {
            self.release();
        }
    }

    pub(super) fn release(&self) {
        self.places.release(1);
    }

    /// Nobody needs to wait any more: whoever acquires finds the pool closed, and releases again for the next.
    pub(super) fn close(&self) {
        self.places.release(1);
    }
}
