//! The bounded queue for processes, as [`queues`](crate::multiprocessing::queues) shows it.

mod codec;
mod error;
mod get;
mod join;
mod put;
mod raw;
mod ring;
mod tasks;

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

pub use codec::{Codec, Copied, Decode, Encode, Serialized};
pub use error::{
    Abandoned, GetError, GetTimeoutError, JoinTimeoutError, PutError, PutTimeoutError,
    TooManyTasksDone, TryGetError, TryPutError,
};
pub(super) use raw::RawQueue;

use super::arena::Handle;
use super::region::{Kind, PlaceError, Region, space};
use crate::multiprocessing::shared_memory::{OpenError, OutOfBounds};
use crate::multiprocessing::sharedctypes::Plain;
use raw::between;
use ring::Ring;

/// How many bytes a queue has room for unless told otherwise; the system gives the memory as it is used.
const BYTES: usize = 1 << 20;

/// A bounded queue for processes and their threads: Python's `multiprocessing.Queue`, `JoinableQueue` and `SimpleQueue` (rows M-78 to M-95).
///
/// It lies in memory that processes share; a clone, an argument of a [`Process`](crate::multiprocessing::Process) and a message over a connection are handles of the same queue. Items are serialized by whoever puts them, into that memory; there is no thread behind it and nothing to be flushed (rows M-81, M-88 to M-91): what was put is there,
/// in the order in which it was put, whatever becomes of the process that put it. So an item cannot have descriptors, and must fit: [`PutError::TooLarge`] gives it back.
///
/// * **Blocking.** [`put`](Self::put) waits for room, [`get`](Self::get) for an item, [`join`](Self::join) for all tasks; each in five forms. The forms that never wait find the queue full, or empty, while somebody else is in the middle of the same operation.
/// * **Cancellation.** A put that was dropped before its end has not put; a get that was dropped before its end has not taken.
/// * **Fairness.** First in, first out. Among those who wait, whoever comes first.
/// * **Death.** A process that is killed while it puts or gets, at whatever instruction, loses at most the item in its hands. The next getter is told, by [`GetError::Lost`], once, and also if it is asleep at that time; the queue goes on. (In Python everybody else waits for ever, row M-92.) Who is killed after its get has returned has the item;
///   what becomes of such tasks is what [`join`](Self::join) tells.
/// * **Errors** of a get lose nothing else: the next get goes on.
/// * **Memory.** Not more than it was made with: nobody else's nonsense in it can change that.
///
/// ```
/// use selvedge::multiprocessing::queues::Queue;
/// use selvedge::multiprocessing::spawn;
///
/// let (numbers, squares) = (Queue::<u64>::new(4).unwrap(), Queue::<u64>::new(4).unwrap());
/// let child = spawn(
///     |(numbers, squares): (Queue<u64>, Queue<u64>)| {
///         while let Ok(n) = numbers.get() {
///             squares.put(n * n).unwrap();
///         }
///     },
///     (numbers.clone(), squares.clone()),
/// )
/// .unwrap();
/// for n in 1..=3 {
///     numbers.put(n).unwrap();
/// }
/// numbers.close();
/// assert_eq!([0; 3].map(|_| squares.get().unwrap()), [1, 4, 9]);
/// child.join().unwrap();
/// ```
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Queue<T, C = Serialized> {
    raw: Handle<RawQueue>,
    ring: Ring,
    #[serde(skip)]
    item: PhantomData<fn(T, C) -> T>,
}

/// A [`Queue`] of [`Plain`] values, which are copied as they are: nothing is serialized.
///
/// ```
/// use selvedge::multiprocessing::queues::PlainQueue;
///
/// let points = PlainQueue::<[f32; 3]>::plain(100).unwrap();
/// points.put([1.0, 2.0, 3.0]).unwrap();
/// assert_eq!(points.get().unwrap(), [1.0, 2.0, 3.0]);
/// ```
pub type PlainQueue<T> = Queue<T, Copied>;

impl<T> Queue<T> {
    /// An empty queue of at most so many items, and a mebibyte of them; 0 means as many as there is room for (row M-78).
    ///
    /// # Errors
    ///
    /// If the system refuses the memory, or this libc's threads cannot be watched.
    pub fn new(maxsize: usize) -> Result<Self, OpenError> {
        Self::with_bytes(maxsize, BYTES)
    }

    /// An empty queue of at most so many items, with room for so many bytes of them: each takes 8 bytes more than it has, rounded up to a multiple of 8.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new). More than 8 GiB is more than there can be.
    pub fn with_bytes(maxsize: usize, bytes: usize) -> Result<Self, OpenError> {
        Self::make(maxsize, bytes)
    }
}

impl<T: Plain> PlainQueue<T> {
    /// An empty queue of at most so many values.
    ///
    /// # Errors
    ///
    /// As [`Queue::new`].
    pub fn plain(maxsize: usize) -> Result<Self, OpenError> {
        let each = Ring::need(size_of::<T>()).saturating_mul(8);
        Self::make(maxsize, each.saturating_mul(maxsize.max(1)))
    }
}

impl<T, C: Codec> Queue<T, C> {
    fn make(maxsize: usize, bytes: usize) -> Result<Self, OpenError> {
        let ring = Ring::new(bytes)?;
        let raw = Handle::<RawQueue>::new()?;
        raw.init(u32::try_from(maxsize).unwrap_or(u32::MAX));
        Ok(Self::over(raw, ring))
    }

    fn over(raw: Handle<RawQueue>, ring: Ring) -> Self {
        Self {
            raw,
            ring,
            item: PhantomData,
        }
    }

    /// How many bytes of a [`Region`](crate::multiprocessing::synchronize::Region) it takes beside those of its items.
    pub const SPACE: usize = space::<RawQueue>();

    /// The queue of at most so many items at a place of a region, with room for so many bytes of them, a multiple of 8: made there, or found.
    ///
    /// # Errors
    ///
    /// See [`PlaceError`](crate::multiprocessing::synchronize::PlaceError).
    pub fn placed(
        region: &Region,
        place: usize,
        maxsize: usize,
        bytes: usize,
    ) -> Result<Self, PlaceError> {
        let arena = region.arena();
        let most = u32::try_from(maxsize).unwrap_or(u32::MAX);
        let bounds = || {
            PlaceError::OutOfBounds(OutOfBounds {
                offset: place,
                len: bytes.saturating_add(Self::SPACE),
                size: arena.size(),
            })
        };
        let end = place.checked_add(Self::SPACE);
        let start = end.filter(|start| {
            let end = start.checked_add(bytes);
            end.is_some_and(|end| end <= arena.size())
        });
        let start = arena.base() + start.ok_or_else(bounds)?;
        let memory = arena.memory().try_clone().map_err(PlaceError::Open)?;
        let ring = Ring::over(memory, start, bytes).map_err(|_| bounds())?;
        let made_with = u64::from(most) << 32 | u64::from(ring.units());
        let init = |raw: &RawQueue| raw.init(most);
        let raw = region.object(place, Kind::Queue, made_with, init)?;
        Ok(Self::over(raw, ring))
    }

    /// The most items, if there is such a limit.
    #[must_use]
    pub fn maxsize(&self) -> Option<usize> {
        self.raw.limit().map(|most| most as usize)
    }

    /// How many items are in it: exact for one moment (row M-84).
    #[must_use]
    pub fn len(&self) -> usize {
        let (head, tail) = self.raw.marks();
        between(head, tail) as usize
    }

    /// Whether there are none (row M-85).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for the smallest item (row M-85).
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.raw.is_full(&self.ring)
    }

    /// Closes it, for all processes: nothing more is put, and who gets takes what is left and is told then ([`GetError::Closed`]). Who waits is woken. As often as one likes.
    ///
    /// Python's `close` is of one process and not of the queue (row M-87): that is dropping the handle here.
    pub fn close(&self) {
        self.raw.close(self.raw.arena());
    }

    /// Whether it is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.raw.marks().1.closed
    }

    /// How many items were lost with processes that died with them in their hands, whether that was told or not. It is known when somebody uses the queue after the death.
    #[must_use]
    pub fn lost(&self) -> u32 {
        self.raw.lost()
    }
}

impl<T, C> Clone for Queue<T, C> {
    fn clone(&self) -> Self {
        Self {
            raw: self.raw.clone(),
            ring: self.ring.clone(),
            item: PhantomData,
        }
    }
}

impl<T, C: Codec> fmt::Debug for Queue<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("len", &self.len())
            .field("maxsize", &self.maxsize())
            .field("is_closed", &self.is_closed())
            .finish()
    }
}
