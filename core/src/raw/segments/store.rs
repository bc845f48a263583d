//! Segments as the store of a queue.

use super::Segments;
use super::cursor::{CLOSED, ONE, distance, settled, start};
use crate::atomics::{Ordering, edge};
use crate::port::{Relax, SpinHint};
use crate::queue::{Call, Store, TooManyTasksDone, TryGetError, TryPutError};

impl<T> Segments<T> {
    /// The tail's position.
    fn tail(&self, ordering: Ordering) -> usize {
        settled::<T>(self.tail.0.index.load(ordering))
    }

    /// The head's position.
    fn head(&self, ordering: Ordering) -> usize {
        settled::<T>(self.head.0.cursor.index.load(ordering))
    }
}

impl<T> Store for Segments<T> {
    type Item = T;

    #[inline(always)]
    fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        self.try_put_in_turn::<SpinHint>(item)
    }

    #[inline(always)]
    fn try_get(&self) -> Result<T, TryGetError> {
        self.try_get_in_turn::<SpinHint>()
    }

    #[inline(always)]
    fn try_put_in_turn<R: Relax>(&self, item: T) -> Result<(), TryPutError<T>> {
        self.put::<R>(item).map_err(TryPutError::ShutDown)
    }

    #[inline(always)]
    fn try_get_in_turn<R: Relax>(&self) -> Result<T, TryGetError> {
        self.get::<R>()
    }

    fn served(&self) -> usize {
        distance::<T>(settled::<T>(start::<T>()), self.head(Ordering::Relaxed))
    }

    fn close(&self) {
        self.tail.0.index.fetch_or(CLOSED, edge!("closed", Release));
        self.head.0.closed.store(1, edge!("closed", Release));
    }

    fn is_closed(&self) -> bool {
        self.tail.0.index.load(edge!("closed", Acquire)) & CLOSED != 0
    }

    fn len(&self) -> usize {
        loop {
            // The tail was the same before and after the look at the head: both of one moment.
            let look = edge!("claimed-or-listed", SeqCst);
            let tail = self.tail(look);
            let head = self.head(look);
            if self.tail(look) == tail {
                return distance::<T>(head, tail);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.is_quiet(Call::Put)
    }

    fn capacity(&self) -> Option<usize> {
        None
    }

    fn task_done(&self) -> Result<bool, TooManyTasksDone> {
        self.rest.0.done.report(
            || self.tail(Ordering::Relaxed),
            |done| settled::<T>(done.wrapping_add(ONE)),
        )
    }

    fn unfinished(&self) -> usize {
        let done = self.rest.0.done.look();
        distance::<T>(done, self.tail(Ordering::Relaxed))
    }

    fn is_quiet(&self, call: Call) -> bool {
        match call {
            Call::Put => {
                // In this order: from an older head, the tail has only moved away.
                let look = edge!("claimed-or-listed", SeqCst);
                let head = self.head(look);
                self.tail(look) == head
            }
            // Nobody waits for room, and a report is over with its read-modify-write.
            Call::Get | Call::TaskDone => true,
        }
    }
}
