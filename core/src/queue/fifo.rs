//! [`Fifo`]: first in, first out, of a capacity that is known when the program runs, or without one.

use core::fmt;

use super::{Call, Queue, Store, TooManyTasksDone, TryGetError, TryPutError};
use crate::port::{Port, Relax};
use crate::raw::{Boxed, Ring, Segments};

/// Room for as many items as it is told, or for any number; the first one put is the first to go.
///
/// With a capacity it is a [`Ring`] that is allocated by the first put; without, [`Segments`], which allocate and give back blocks as the queue grows and shrinks. Making one is constant and allocates nothing.
///
/// # From interrupts
///
/// With a capacity everything but the first put, which allocates. Without, nothing: it is for tasks only, see [`Segments`].
///
/// # Panics
///
/// A put ends the program, or panics, as the allocator has it when it fails; then nothing was put.
///
/// ```
/// use selvedge_core::queue::{Fifo, Store, TryGetError, TryPutError};
///
/// let two = Fifo::new(2);
/// two.try_put('a').unwrap();
/// two.try_put('b').unwrap();
/// assert_eq!(two.try_put('c'), Err(TryPutError::Full('c')));
/// assert_eq!(two.try_get(), Ok('a'));
///
/// static ANY: Fifo<u32> = Fifo::new(0);
/// for item in 0..1000 {
///     ANY.try_put(item).unwrap();
/// }
/// assert_eq!((ANY.len(), ANY.capacity()), (1000, None));
/// assert_eq!(ANY.try_get(), Ok(0));
/// ```
pub struct Fifo<T>(Kind<T>);

enum Kind<T> {
    Bounded(Ring<T, Boxed<T>>),
    Unbounded(Segments<T>),
}

impl<T> Fifo<T> {
    maybe_const! {
        /// Empty, with room for `capacity` items; 0 is no limit.
        ///
        /// # Panics
        ///
        /// If `capacity` is more than a 16th of the address space.
        #[track_caller]
        pub fn new(capacity: usize) -> Self {
            Self(if capacity == 0 {
                Kind::Unbounded(Segments::new())
            } else {
                Kind::Bounded(Ring::new(Boxed::new(capacity)))
            })
        }
    }
}

impl<P: Port, T> Queue<P, Fifo<T>> {
    maybe_const! {
        /// An empty queue for at most `capacity` items at a time; 0 for as many as memory holds (row Q-01). It allocates at the first put.
        ///
        /// # Panics
        ///
        /// If `capacity` is more than a 16th of the address space.
        #[track_caller]
        pub fn new(capacity: usize) -> Self {
            Self::with_store(Fifo::new(capacity))
        }
    }
}

/// The same call of whichever it is.
macro_rules! either {
    ($self:ident, $store:ident => $call:expr) => {
        match &$self.0 {
            Kind::Bounded($store) => $call,
            Kind::Unbounded($store) => $call,
        }
    };
}

impl<T> Store for Fifo<T> {
    type Item = T;

    #[inline(always)]
    fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        either!(self, store => store.try_put(item))
    }

    #[inline(always)]
    fn try_get(&self) -> Result<T, TryGetError> {
        either!(self, store => store.try_get())
    }

    #[inline(always)]
    fn try_put_in_turn<R: Relax>(&self, item: T) -> Result<(), TryPutError<T>> {
        either!(self, store => store.try_put_in_turn::<R>(item))
    }

    #[inline(always)]
    fn try_get_in_turn<R: Relax>(&self) -> Result<T, TryGetError> {
        either!(self, store => store.try_get_in_turn::<R>())
    }

    fn served(&self) -> usize {
        either!(self, store => store.served())
    }

    fn close(&self) {
        either!(self, store => store.close());
    }

    #[inline]
    fn is_closed(&self) -> bool {
        either!(self, store => store.is_closed())
    }

    fn len(&self) -> usize {
        either!(self, store => store.len())
    }

    fn is_empty(&self) -> bool {
        either!(self, store => store.is_empty())
    }

    #[inline]
    fn capacity(&self) -> Option<usize> {
        either!(self, store => store.capacity())
    }

    fn task_done(&self) -> Result<bool, TooManyTasksDone> {
        either!(self, store => store.task_done())
    }

    fn unfinished(&self) -> usize {
        either!(self, store => store.unfinished())
    }

    fn is_quiet(&self, call: Call) -> bool {
        either!(self, store => store.is_quiet(call))
    }
}

/// Without a capacity.
impl<T> Default for Fifo<T> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<T> fmt::Debug for Fifo<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        either!(self, store => store.fmt(f))
    }
}
