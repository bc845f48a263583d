//! Objects at places of the user's choice.
//!
//! # A place
//!
//! In front of an object lies a tag: a lock, what kind of object it is, and what it was made with. Who asks for an object takes the lock; if there is none yet, it fills the place with zeros, makes the object, and says so in the tag, last. If it dies before that, the next one begins anew. So programs that know nothing of each other but the name of the memory and
//! a place make the same object, and it does not matter who comes first.
//!
//! # What is trusted
//!
//! Nothing that is in the memory: whoever has it may write anything there, at any time. Places are checked here, once, against this process's own mapping; what is read from the memory is only ever compared, counted, or taken modulo what there is. So nonsense leads to waiting, to errors, and to locks that two have at the same time, but never
//! to a place outside of the memory, to a panic, or to more memory than was asked for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::arena::{Arena, CELLS, Handle, Shared};
use super::lock::RawLock;
use crate::multiprocessing::shared_memory::{OpenError, OutOfBounds, SharedMemory};

/// How long somebody else may take to make an object.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
#[repr(C)]
pub(super) struct Tag {
    lock: RawLock,
    /// 0 is none yet.
    kind: AtomicU32,
    made_with: AtomicU64,
}

/// What lies at a place.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
pub(super) enum Kind {
    Lock = 1,
    RLock,
    Semaphore,
    BoundedSemaphore,
    Event,
    Condition,
    Barrier,
    Queue,
    PriorityLock,
}

/// A piece of [`SharedMemory`] that locks, queues and their like are placed in, so that all programs that find the memory have them: by its name, for instance.
///
/// The piece begins with zeros, or with what another process has made there by the same call. The first [`HEAD`](Self::HEAD) bytes of it are a table of the processes that use it; what is behind them is for objects, at multiples of 64 bytes, counted from the beginning of the piece. Each takes `SPACE` bytes, and whoever asks for an object at a place makes it, or
/// finds it there: `Lock::placed` and so on. An object stays as long as the memory does.
///
/// Who has the memory may write nonsense there. That may block those who wait, or let two have a lock at the same time; it never leads to undefined behaviour, a panic, or unlimited memory. All must use the same version of this library.
///
/// ```
/// use selvedge::multiprocessing::shared_memory::SharedMemory;
/// use selvedge::multiprocessing::synchronize::{Lock, Region};
///
/// // In one program, and in another one `attach` and the same.
/// let memory = SharedMemory::create(4096 + Region::HEAD + 4096).unwrap();
/// let region = Region::new(&memory, 4096, Region::HEAD + 4096).unwrap();
/// let lock = Lock::placed(&region, Region::HEAD).unwrap();
///
/// let again = Region::new(&memory, 4096, Region::HEAD + 4096).unwrap();
/// let guard = lock.acquire().unwrap();
/// assert!(Lock::placed(&again, Region::HEAD).unwrap().is_locked());
/// # drop(guard);
/// ```
#[derive(Clone)]
pub struct Region(Arc<Arena>);

impl Region {
    /// How many bytes the table at the beginning takes.
    pub const HEAD: usize = CELLS;

    /// A piece of memory, from `offset` on, which is a multiple of 64. The memory stays as long as any object here does.
    ///
    /// # Errors
    ///
    /// [`PlaceError::OutOfBounds`], [`PlaceError::Occupied`] if there is something else, and [`PlaceError::Open`] if the system refuses.
    pub fn new(memory: &SharedMemory, offset: usize, len: usize) -> Result<Self, PlaceError> {
        let size = memory.size();
        let end = offset.checked_add(len);
        let fits = end.is_some_and(|end| end <= size) && len >= Self::HEAD;
        if !fits || !offset.is_multiple_of(64) {
            return Err(PlaceError::OutOfBounds(OutOfBounds { offset, len, size }));
        }
        let memory = memory.try_clone().map_err(PlaceError::Open)?;
        match Arena::placed(memory, offset, len) {
            Ok(Some(arena)) => Ok(Self(arena)),
            Ok(None) => Err(PlaceError::Occupied),
            Err(error) => Err(PlaceError::Open(error)),
        }
    }

    /// The object at a place, made if there is none.
    pub(super) fn object<S: Shared>(
        &self,
        place: usize,
        kind: Kind,
        made_with: u64,
        init: impl FnOnce(&S),
    ) -> Result<Handle<S>, PlaceError> {
        let len = space::<S>();
        let object = place.checked_add(Handle::<Tag>::BYTES);
        let bounds = || {
            PlaceError::OutOfBounds(OutOfBounds {
                offset: place,
                len,
                size: self.0.size(),
            })
        };
        let object = object.ok_or_else(bounds)?;
        let handle = |error| match error {
            OpenError::NotFound => bounds(),
            error => PlaceError::Open(error),
        };
        let tag = Handle::<Tag>::placed(&self.0, place).map_err(handle)?;
        let object = Handle::<S>::placed(&self.0, object).map_err(handle)?;
        // Who died with it has made nothing, as far as one sees, and so it is made again.
        let deadline = Instant::now().checked_add(PATIENCE);
        if tag.lock.acquire(&self.0, deadline).is_err() {
            return Err(PlaceError::Occupied);
        }
        let found = tag.kind.load(Ordering::Acquire);
        if found == 0 {
            object.zero();
            init(&object);
            tag.made_with.store(made_with, Ordering::Relaxed);
            tag.kind.store(kind as u32, Ordering::Release);
        }
        let is_same = found == 0
            || found == kind as u32 && tag.made_with.load(Ordering::Relaxed) == made_with;
        tag.lock.release();
        is_same.then_some(object).ok_or(PlaceError::Occupied)
    }

    pub(super) fn arena(&self) -> &Arc<Arena> {
        &self.0
    }
}

/// How many bytes an object takes with its tag.
pub(super) const fn space<S: Shared>() -> usize {
    Handle::<Tag>::BYTES + Handle::<S>::BYTES
}

/// Why there is no object at a place.
#[derive(Debug)]
#[non_exhaustive]
pub enum PlaceError {
    /// It is not inside, or not a multiple of 64.
    OutOfBounds(OutOfBounds),
    /// There is something else, or the same made with other values; or somebody is in the middle of making it and does not go on.
    Occupied,
    /// The system refuses, or too many processes use the region.
    Open(OpenError),
}

impl fmt::Display for PlaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfBounds(error) => error.fmt(f),
            Self::Occupied => f.write_str("something else lies at this place of the memory"),
            Self::Open(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PlaceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::OutOfBounds(error) => Some(error),
            Self::Open(error) => Some(error),
            Self::Occupied => None,
        }
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region")
            .field("len", &self.0.size())
            .finish_non_exhaustive()
    }
}
