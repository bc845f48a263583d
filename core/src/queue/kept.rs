//! What is behind the guard or the lock of a queue that is no ring: items, tasks, and whether it is closed.
//!
//! Three parts, so that four stores (stack or heap, fixed or growing) are a line each: a [`Row`] of items, a [`Container`] that says in which order they leave, and [`Kept`], which counts.

use super::{TryGetError, TryPutError};

/// Items in a row that grows and shrinks at its end.
pub(super) trait Row {
    type Item;

    fn items(&self) -> &[Self::Item];

    fn items_mut(&mut self) -> &mut [Self::Item];

    /// Makes sure that one more item fits. May panic, where memory ends; then nothing has changed. A fixed row has room, or the caller would not put.
    fn make_room(&mut self) {}

    /// Adds an item at the end, after [`make_room`](Self::make_room).
    fn push(&mut self, item: Self::Item);

    /// Takes the last item.
    fn pop(&mut self) -> Option<Self::Item>;
}

#[cfg(feature = "heapless")]
impl<T, const N: usize> Row for heapless::Vec<T, N> {
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }

    fn items_mut(&mut self) -> &mut [T] {
        self
    }

    fn push(&mut self, item: T) {
        let pushed = heapless::Vec::push(self, item);
        debug_assert!(pushed.is_ok(), "there is room");
    }

    fn pop(&mut self) -> Option<T> {
        heapless::Vec::pop(self)
    }
}

#[cfg(feature = "alloc")]
impl<T> Row for alloc::vec::Vec<T> {
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }

    fn items_mut(&mut self) -> &mut [T] {
        self
    }

    fn make_room(&mut self) {
        self.reserve(1);
    }

    fn push(&mut self, item: T) {
        alloc::vec::Vec::push(self, item);
    }

    fn pop(&mut self) -> Option<T> {
        alloc::vec::Vec::pop(self)
    }
}

/// Items, and the order in which they leave.
pub(super) trait Container {
    type Item;

    fn len(&self) -> usize;

    /// Takes `item`, which is there, and for which there is room. If it panics, `item` and the container are as they were: the item is dropped by its owner, outside of the guard.
    fn insert(&mut self, item: &mut Option<Self::Item>);

    /// Takes the next item. If it panics, the container is as it was.
    fn remove(&mut self) -> Option<Self::Item>;
}

/// Last in, first out.
pub(super) struct Stack<R>(pub(super) R);

impl<R: Row> Container for Stack<R> {
    type Item = R::Item;

    fn len(&self) -> usize {
        self.0.items().len()
    }

    fn insert(&mut self, item: &mut Option<R::Item>) {
        self.0.make_room();
        if let Some(item) = item.take() {
            self.0.push(item);
        }
    }

    fn remove(&mut self) -> Option<R::Item> {
        self.0.pop()
    }
}

/// Why nothing was put.
pub(super) enum Refused {
    Full,
    Closed,
}

/// The state of a queue.
pub(super) struct Kept<C> {
    items: C,
    /// Put and not reported as done.
    unfinished: usize,
    closed: bool,
}

impl<C> Kept<C> {
    pub(super) const fn new(items: C) -> Self {
        Self {
            items,
            unfinished: 0,
            closed: false,
        }
    }
}

impl<C: Container> Kept<C> {
    /// Takes `item` out of its place, or says why not.
    pub(super) fn put(
        &mut self,
        item: &mut Option<C::Item>,
        capacity: Option<usize>,
    ) -> Result<(), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        if capacity.is_some_and(|capacity| self.items.len() >= capacity) {
            return Err(Refused::Full);
        }
        self.items.insert(item);
        self.unfinished += 1;
        Ok(())
    }

    /// The next item; without one, whether the queue is closed.
    pub(super) fn get(&mut self) -> Result<C::Item, bool> {
        self.items.remove().ok_or(self.closed)
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// One task fewer: whether that was the last; `None` if there was none.
    pub(super) fn task_done(&mut self) -> Option<bool> {
        self.unfinished = self.unfinished.checked_sub(1)?;
        Some(self.unfinished == 0)
    }

    pub(super) fn unfinished(&self) -> usize {
        self.unfinished
    }
}

/// Who lets one caller at a time at a [`Kept`]: a port's guard, or a lock.
pub(super) trait Section {
    type Container: Container;

    /// Calls `f` where nobody else is.
    fn with<R>(&self, f: impl FnOnce(&mut Kept<Self::Container>) -> R) -> R;

    /// How many items there may be.
    fn capacity(&self) -> Option<usize>;

    /// [`Store::try_put`](super::Store::try_put).
    #[track_caller]
    fn put(
        &self,
        item: <Self::Container as Container>::Item,
    ) -> Result<(), TryPutError<<Self::Container as Container>::Item>> {
        // Out here, so that it is dropped out here if a comparison panics.
        let mut item = Some(item);
        let put = self.with(|kept| kept.put(&mut item, self.capacity()));
        match (put, item) {
            (Err(Refused::Full), Some(item)) => Err(TryPutError::Full(item)),
            (Err(Refused::Closed), Some(item)) => Err(TryPutError::ShutDown(item)),
            _ => Ok(()),
        }
    }

    /// [`Store::try_get`](super::Store::try_get).
    #[track_caller]
    fn get(&self) -> Result<<Self::Container as Container>::Item, TryGetError> {
        self.with(Kept::get).map_err(|closed| match closed {
            true => TryGetError::ShutDown,
            false => TryGetError::Empty,
        })
    }
}

/// Implements `Store` for a type that is a `Section`.
macro_rules! store_by_section {
    ($name:literal: impl[$($generics:tt)*] $store:ty, of $item:ty) => {
        impl<$($generics)*> $crate::queue::Store for $store {
            type Item = $item;

            #[inline]
            #[track_caller]
            fn try_put(&self, item: $item) -> Result<(), $crate::queue::TryPutError<$item>> {
                $crate::queue::kept::Section::put(self, item)
            }

            #[inline]
            #[track_caller]
            fn try_get(&self) -> Result<$item, $crate::queue::TryGetError> {
                $crate::queue::kept::Section::get(self)
            }

            fn close(&self) {
                $crate::queue::kept::Section::with(self, $crate::queue::kept::Kept::close);
            }

            fn is_closed(&self) -> bool {
                $crate::queue::kept::Section::with(self, |kept| kept.is_closed())
            }

            fn len(&self) -> usize {
                $crate::queue::kept::Section::with(self, |kept| kept.len())
            }

            fn capacity(&self) -> Option<usize> {
                $crate::queue::kept::Section::capacity(self)
            }

            fn task_done(&self) -> Result<bool, $crate::queue::TooManyTasksDone> {
                $crate::queue::kept::Section::with(self, $crate::queue::kept::Kept::task_done)
                    .ok_or($crate::queue::TooManyTasksDone)
            }

            fn unfinished(&self) -> usize {
                $crate::queue::kept::Section::with(self, |kept| kept.unfinished())
            }

            /// Each call is one section: one that comes after the caller's look sees what the caller did before it.
            fn is_quiet(&self, _: $crate::queue::Call) -> bool {
                true
            }
        }

        impl<$($generics)*> core::fmt::Debug for $store {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                // Not what the guard guards: a comparison may print, too.
                f.debug_struct($name)
                    .field("capacity", &$crate::queue::kept::Section::capacity(self))
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(super) use store_by_section;
