//! Where shared objects lie, and who uses them.
//!
//! An arena is a piece of [shared memory](crate::multiprocessing::shared_memory): a head with a [`Row`] for each process that uses it, then cells. Objects are made in the arena of this process that has room; a handle is an arena and a place. A process that is given a
//! handle maps the arena, once, and takes a slot. So processes, and not objects, cost descriptors and memory.
//!
//! A cell is used again when its only handle is dropped in the process that made it, and it was never given to another one; otherwise with the arena, when the last process lets go of it.
//!
//! # Safety
//!
//! Makes references to atomics at places that are checked, once, when a handle is made; the arena stays mapped as long as any handle is there.
#![allow(unsafe_code, reason = "objects in memory shared with other processes")]

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::ops::Deref;
use std::os::fd::AsFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use rustix::fs::fstat;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::futex;
use super::lifeline::{self, Row};
use super::lock::pack;
use crate::multiprocessing::parcel::refuse;
use crate::multiprocessing::shared_memory::{OpenError, SharedMemory};
use crate::subprocess::keeper;
use crate::threading::{Mutex, MutexGuard};

/// How many processes can use an arena at the same time. Each waiter waits for all of them at once, and the kernel takes 128 words at a time; each process has a word for each other one, and the kernel looks at 2048 words when it ends.
pub(super) const SLOTS: usize = 64;
const CELL: usize = 64;
const SIZE: usize = CELLS + 64 * 1024;
const MARK: u64 = u64::from_le_bytes(*b"selvedg1");

#[repr(C)]
pub(super) struct Header {
    mark: AtomicU64,
    /// Changes when a process comes; those who wait then wait for it, too.
    pub(super) epoch: AtomicU32,
    /// Slots from here on have never been used. A hint for how far to look.
    pub(super) used: AtomicU32,
    /// In memory of the user's: how large the arena is.
    size: AtomicU64,
    _room: [u64; 5],
    pub(super) rows: [Row; SLOTS],
}

/// How many bytes the head takes.
pub(super) const CELLS: usize = size_of::<Header>().next_multiple_of(CELL);

/// This process's part in an arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) slot: usize,
    pub(super) generation: u32,
}

/// A member, and when it became one.
///
/// | bits | |
/// |---|---|
/// | 0..32 | as locks know it ([`pack`]): its slot, and the lowest 24 bits of its generation |
/// | 32..40 | the rest of the generation |
/// | 47 | it is a member |
/// | 48..64 | after how many forks |
#[derive(Clone, Copy)]
struct Known(u64);

impl Known {
    fn new(member: Member, forks: u32) -> Self {
        let rest = u64::from(member.generation >> 24) << 32;
        Self(u64::from(forks) << 48 | 1 << 47 | rest | u64::from(pack(member)))
    }

    /// Whether it is this process's. Who is a member has asked for the forks before.
    #[inline]
    fn is_current(self) -> bool {
        self.0 >> 47 == u64::from(lifeline::forks_since() & 0xFFFF) << 1 | 1
    }

    #[inline]
    fn word(self) -> u32 {
        self.0 as u32
    }

    #[inline]
    fn member(self) -> Member {
        let word = self.word();
        Member {
            slot: (word >> 24) as usize - 1,
            generation: word & 0xFF_FFFF | ((self.0 >> 32) as u32) << 24,
        }
    }
}

pub(super) struct Arena {
    memory: SharedMemory,
    /// Where it lies in the memory, and how large it is.
    base: usize,
    size: usize,
    /// Device, number and place of the memory.
    identity: (u64, u64, usize),
    /// 0, or the member: see [`Known`]. One role: a cache; who finds it stale asks the keeper.
    member: AtomicU64,
    /// Free cells that were used before, and the first that never was.
    free: Mutex<(Vec<usize>, usize)>,
    /// See [`turn`](Arena::turn).
    turns: [[Mutex<()>; OBJECTS]; FORKS],
    /// In the process that made it.
    is_own: bool,
}

/// So many objects have turns of their own, if their places differ in the right bits.
const OBJECTS: usize = 4;
/// After so many forks one inside the other, a turn may be one that another thread had at the first of them.
const FORKS: usize = 4;

static ARENAS: Mutex<Vec<Weak<Arena>>> = Mutex::new(Vec::new());

impl Arena {
    fn new() -> Result<Arc<Self>, OpenError> {
        let memory = SharedMemory::anonymous(SIZE)?;
        let arena = Self::over(memory, 0, SIZE, true)?;
        arena.header().mark.store(MARK, Ordering::Release);
        Ok(arena.listed())
    }

    fn over(
        memory: SharedMemory,
        base: usize,
        size: usize,
        is_own: bool,
    ) -> Result<Self, OpenError> {
        let file = fstat(memory.as_fd())?;
        let end = base.checked_add(size);
        let fits = end.is_some_and(|end| end <= memory.size()) && size >= CELLS;
        if !fits || !base.is_multiple_of(CELL) {
            return Err(OpenError::NotFound);
        }
        Ok(Self {
            memory,
            base,
            size,
            identity: (file.st_dev, file.st_ino, base),
            member: AtomicU64::new(0),
            free: Mutex::new((Vec::new(), CELLS)),
            turns: Default::default(),
            is_own,
        })
    }

    /// The arena in a piece of somebody's memory, which is made if there are zeros. `None` if there is something else, or one of another size.
    pub(super) fn placed(
        memory: SharedMemory,
        base: usize,
        size: usize,
    ) -> Result<Option<Arc<Self>>, OpenError> {
        let arena = Self::over(memory, base, size, false)?;
        let header = arena.header();
        for (word, value) in [(&header.mark, MARK), (&header.size, size as u64)] {
            let made = word.compare_exchange(0, value, Ordering::AcqRel, Ordering::Acquire);
            if made.is_err_and(|found| found != value) {
                return Ok(None);
            }
        }
        arena.known().map(Some)
    }

    /// One thread of this process at a time has an object's turn. In a forked copy nobody has any.
    pub(super) fn turn<S: Shared>(&self, object: &S) -> MutexGuard<'_, ()> {
        let forks = lifeline::forks_since() as usize % FORKS;
        let object = std::ptr::from_ref(object).addr() / CELL % OBJECTS;
        self.turns[forks][object].lock()
    }

    /// How large it is.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Where it lies in its memory.
    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// The memory that it lies in.
    pub(super) fn memory(&self) -> &SharedMemory {
        &self.memory
    }

    fn listed(self) -> Arc<Self> {
        self.listed_in(&mut ARENAS.lock())
    }

    fn listed_in(self, arenas: &mut Vec<Weak<Self>>) -> Arc<Self> {
        let arena = Arc::new(self);
        arenas.retain(|arena| arena.strong_count() > 0);
        arenas.push(Arc::downgrade(&arena));
        arena
    }

    /// The arena in this memory: the one that this process has mapped already, if it has.
    fn of(memory: SharedMemory, base: usize, size: usize) -> Result<Arc<Self>, OpenError> {
        let arena = Self::over(memory, base, size, false)?;
        if arena.header().mark.load(Ordering::Acquire) != MARK {
            return Err(OpenError::NotFound);
        }
        arena.known()
    }

    fn known(self) -> Result<Arc<Self>, OpenError> {
        let size = self.size;
        let arena = self;
        // Two threads may be given it at the same time, and a process has it once.
        let mut arenas = ARENAS.lock();
        let known: Vec<_> = arenas.iter().filter_map(Weak::upgrade).collect();
        let found = known.iter().find(|known| known.identity == arena.identity);
        let found = (found.cloned()).unwrap_or_else(|| arena.listed_in(&mut arenas));
        drop(arenas);
        // Those whose last handle has gone meanwhile.
        drop(known);
        if found.size != size {
            return Err(OpenError::NotFound);
        }
        Ok(found)
    }

    pub(super) fn header(&self) -> &Header {
        // SAFETY: at the beginning of a page or a cell, inside the mapping (`over`), made of atomics that are valid for all bytes.
        unsafe {
            let place = self.memory.as_ptr().add(self.base);
            place.cast::<Header>().as_ref()
        }
    }

    /// Lets all who sleep in this arena look again, and those who are about to sleep.
    pub(super) fn stir(&self) {
        header_changed(self.header());
    }

    /// Where a word of this arena lies in its memory.
    pub(super) fn offset(&self, word: &AtomicU32) -> usize {
        std::ptr::from_ref(word)
            .addr()
            .wrapping_sub(self.memory.as_ptr().addr().get())
    }

    /// The word that lies there.
    pub(super) fn word(&self, offset: usize) -> Option<&AtomicU32> {
        self.memory.atomic(offset).ok()
    }

    /// This process's slot; taken if it has none.
    #[inline]
    pub(super) fn member(&self) -> Member {
        self.current().member()
    }

    /// The same as locks know it.
    #[inline]
    pub(super) fn own(&self) -> u32 {
        self.current().word()
    }

    #[inline]
    fn current(&self) -> Known {
        let known = self.known_member();
        if known.is_current() {
            return known;
        }
        self.join_or_panic()
    }

    #[inline]
    fn known_member(&self) -> Known {
        Known(self.member.load(Ordering::Relaxed))
    }

    #[cold]
    fn join_or_panic(&self) -> Known {
        match self.join() {
            Ok(known) => known,
            Err(error) => panic!("this process cannot use shared objects: {error}"),
        }
    }

    /// Takes a slot for this process, if it has none.
    fn join(&self) -> io::Result<Known> {
        struct Address(NonNull<Header>);
        // SAFETY: the header is made of atomics, and stays mapped: the caller waits for the keeper.
        unsafe impl Send for Address {}

        let mut free = self.free.lock();
        let forks = lifeline::forks();
        let before = self.known_member();
        if before.is_current() {
            return Ok(before);
        }
        let address = Address(NonNull::from(self.header()));
        let member = keeper::on_it(move || {
            let address = address;
            // SAFETY: see above.
            let header = unsafe { address.0.as_ref() };
            for (place, row) in header.rows.iter().enumerate() {
                // SAFETY: stays mapped until `Drop` of the arena, which calls `leave` on the keeper, or leaves it mapped for ever.
                if let Some(generation) = unsafe { row.claim() }? {
                    header.used.fetch_max(place as u32 + 1, Ordering::AcqRel);
                    return Ok(Member {
                        slot: place,
                        generation,
                    });
                }
            }
            Err(io::Error::other(format!(
                "{SLOTS} processes use this arena already"
            )))
        })??;
        header_changed(self.header());
        let known = Known::new(member, forks);
        self.member.store(known.0, Ordering::Relaxed);
        // A forked copy does not know which cells its parent goes on to use.
        if before.0 != 0 {
            free.0.clear();
            free.1 = SIZE;
        }
        Ok(known)
    }

    /// One that no object is ever made in.
    #[cfg(test)]
    pub(super) fn empty() -> Self {
        let memory = SharedMemory::anonymous(SIZE).unwrap();
        let arena = Self::over(memory, 0, SIZE, false).unwrap();
        arena.join().unwrap();
        arena
    }

    fn take(&self, cells: usize) -> Option<usize> {
        let mut free = self.free.lock();
        if cells == 1
            && let Some(place) = free.0.pop()
        {
            return Some(place);
        }
        let place = free.1;
        let end = place.checked_add(cells * CELL)?;
        if !self.is_own || end > SIZE {
            return None;
        }
        free.1 = end;
        Some(place)
    }
}

/// Those who wait look again, and at everybody who is there now.
fn header_changed(header: &Header) {
    header.epoch.fetch_add(1, Ordering::SeqCst);
    futex::wake(&header.epoch, u32::MAX);
}

impl Drop for Arena {
    fn drop(&mut self) {
        struct Address(NonNull<Row>);
        // SAFETY: as in `join`.
        unsafe impl Send for Address {}

        let known = self.known_member();
        if !known.is_current() {
            return;
        }
        let row = &self.header().rows[known.member().slot % SLOTS];
        let address = Address(NonNull::from(row));
        let left = keeper::on_it(move || {
            let address = address;
            // SAFETY: mapped as long as the caller waits.
            unsafe { address.0.as_ref() }.leave();
        });
        if left.is_err() {
            // It must stay mapped as long as it is listed.
            if let Ok(more) = SharedMemory::anonymous(1) {
                std::mem::forget(std::mem::replace(&mut self.memory, more));
            }
            return;
        }
        // What this process has forgotten to release is free for others to take over.
        header_changed(self.header());
    }
}

/// What can lie in an arena: atomics, and arrays of them, valid for all bytes, zero at the beginning, without a destructor.
///
/// # Safety
///
/// As it says. Its alignment is at most that of a cell.
pub(super) unsafe trait Shared: Sync + 'static {}

// SAFETY: one atomic each.
unsafe impl Shared for super::lock::RawLock {}
// SAFETY: as above.
unsafe impl Shared for super::event::RawEvent {}

// SAFETY: atomics, and arrays of structs of them.
unsafe impl Shared for super::semaphore::RawSemaphore {}
// SAFETY: as above.
unsafe impl Shared for super::condition::RawCondition {}
// SAFETY: as above.
unsafe impl Shared for super::barrier::RawBarrier {}
// SAFETY: as above.
unsafe impl Shared for super::rlock::RawRLock {}
// SAFETY: as above.
unsafe impl Shared for super::queue::RawQueue {}
// SAFETY: as above.
unsafe impl Shared for super::region::Tag {}
// SAFETY: as above.
unsafe impl Shared for super::priority::RawPriorityLock {}

/// The half of a word that has its lowest bits, to sleep on.
pub(super) fn low_half(word: &AtomicU64) -> &AtomicU32 {
    let half = usize::from(cfg!(target_endian = "big"));
    // SAFETY: two halves in the place of one whole. Only the kernel reads by it, as part of a futex call; others who read the whole at the same time are other processes' or go through atomics.
    unsafe { &*std::ptr::from_ref(word).cast::<AtomicU32>().add(half) }
}

/// An object in an arena.
pub(super) struct Handle<S: Shared> {
    /// What the place says, so that a lock that is free is taken without looking there.
    object: NonNull<S>,
    place: Arc<Place<S>>,
}

// SAFETY: as a reference to the object, which is `Sync` and stays mapped as long as the place is there.
unsafe impl<S: Shared> Send for Handle<S> {}
// SAFETY: as above.
unsafe impl<S: Shared> Sync for Handle<S> {}

struct Place<S> {
    arena: Arc<Arena>,
    offset: usize,
    was_shared: AtomicBool,
    is_own: bool,
    object: PhantomData<fn() -> S>,
}

impl<S: Shared> Handle<S> {
    const CELLS: usize = size_of::<S>().div_ceil(CELL);

    /// A new object, of zeros.
    pub(super) fn new() -> Result<Self, OpenError> {
        let own: Vec<_> = ARENAS.lock().iter().filter_map(Weak::upgrade).collect();
        for arena in own {
            if let Some(offset) = arena.take(Self::CELLS) {
                return Self::at(arena, offset, true);
            }
        }
        let arena = Arena::new()?;
        let offset = arena.take(Self::CELLS).ok_or(OpenError::Empty)?;
        Self::at(arena, offset, true)
    }

    /// The one at this place of an arena, relative to it.
    pub(super) fn placed(arena: &Arc<Arena>, place: usize) -> Result<Self, OpenError> {
        let offset = arena.base.checked_add(place).ok_or(OpenError::NotFound)?;
        Self::at(arena.clone(), offset, false)
    }

    /// How many bytes of an arena one takes.
    pub(super) const BYTES: usize = Self::CELLS * CELL;

    fn at(arena: Arc<Arena>, offset: usize, is_own: bool) -> Result<Self, OpenError> {
        let place = offset.saturating_sub(arena.base);
        let end = place.checked_add(Self::CELLS * CELL);
        let fits = end.is_some_and(|end| end <= arena.size) && place >= CELLS;
        if !fits || !offset.is_multiple_of(CELL) || align_of::<S>() > CELL {
            return Err(OpenError::NotFound);
        }
        arena.join()?;
        // SAFETY: inside the mapping, as was checked.
        let object = unsafe { arena.memory.as_ptr().add(offset) }.cast::<S>();
        let place = Arc::new(Place {
            arena,
            offset,
            was_shared: AtomicBool::new(false),
            is_own,
            object: PhantomData,
        });
        Ok(Self { object, place })
    }

    #[inline]
    pub(super) fn arena(&self) -> &Arc<Arena> {
        &self.place.arena
    }

    /// All zeros, as in the beginning: if nobody uses it.
    pub(super) fn zero(&self) {
        for cell in 0..Self::CELLS {
            let place = self.place.offset + cell * CELL;
            // Inside: `at` has checked it.
            let _ = self.place.arena.memory.write(place, &[0; CELL]);
        }
    }

    /// Whether both are of the same object.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.place.offset == other.place.offset
            && self.place.arena.identity == other.place.arena.identity
    }
}

impl<S: Shared> Deref for Handle<S> {
    type Target = S;

    #[inline]
    fn deref(&self) -> &S {
        // SAFETY: `at` has checked that it is inside and aligned, `Shared` says that all bytes are valid; mapped as long as the arena.
        unsafe { self.object.as_ref() }
    }
}

impl<S: Shared> Clone for Handle<S> {
    fn clone(&self) -> Self {
        Self {
            object: self.object,
            place: self.place.clone(),
        }
    }
}

impl<S> Drop for Place<S> {
    fn drop(&mut self) {
        if !self.is_own || *self.was_shared.get_mut() || size_of::<S>() > CELL {
            return;
        }
        let zeros = [0_u8; CELL];
        if self.arena.memory.write(self.offset, &zeros).is_ok() {
            self.arena.free.lock().0.push(self.offset);
        }
    }
}

impl<S: Shared> Serialize for Handle<S> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        self.place.was_shared.store(true, Ordering::Relaxed);
        let arena = &self.place.arena;
        (&arena.memory, arena.base, arena.size, self.place.offset).serialize(serializer)
    }
}

impl<'de, S: Shared> Deserialize<'de> for Handle<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (memory, base, size, offset) = Deserialize::deserialize(deserializer)?;
        let arena = Arena::of(memory, base, size).map_err(refuse::<D::Error>)?;
        let handle = Self::at(arena, offset, false).map_err(refuse::<D::Error>)?;
        // It is somebody else's as well.
        handle.place.was_shared.store(true, Ordering::Relaxed);
        Ok(handle)
    }
}

impl<S: Shared> fmt::Debug for Handle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("offset", &self.place.offset)
            .finish_non_exhaustive()
    }
}
