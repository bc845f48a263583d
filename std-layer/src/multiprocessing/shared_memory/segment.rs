//! A piece of memory that processes share.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags, open};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::atomic::Atomic;
use super::error::{NoName, OpenError, OutOfBounds};
use super::mapping::{self, Mapping};
use super::names::{self, Entry};
use crate::multiprocessing::Fd;
use crate::multiprocessing::connection::random;
use crate::multiprocessing::parcel::refuse;

/// Memory that several processes have at the same time: Python's `SharedMemory` (rows H-01 to H-12).
///
/// It begins with zeros and never changes its size; nobody can make it do so, so touching it cannot fail. It has a name by which other processes of the same user find it, or none, and then it is given to them: it can be an argument of a
/// [`Process`](crate::multiprocessing::Process) and be sent over a connection.
///
/// # Its end
///
/// Dropping it unmaps it here. The memory is freed by the system when nobody has it any more, however they went; nothing has to be unlinked, and no killed process leaves any behind. A name leads to it as long as any process has it open by that name and nobody has
/// [unlinked](Self::unlink) it. So a process that only attaches destroys nothing (Python's would, row H-10); and unlike there, the name of memory that its creator closes is gone if nobody else has it: keep it open as long as it is to be found.
///
/// Names are kept in `/dev/shm`, or in `/tmp` where there is none that can be written to; if it is full, there are no new names, and memory without one can be had all the same. They are of the processes that see each other in `/proc`: those of other containers do not find them, whatever they share.
///
/// Programs in Python do not find these names: theirs are files that anybody may cut, which kills whoever touches what was cut off.
///
/// # Access
///
/// Other processes may change the bytes at any time, so no slice of them is lent. [`read`](Self::read), [`write`](Self::write), [`get`](Self::get) and [`set`](Self::set) copy; what is copied while somebody changes it is a mixture. For flags and counters there are atomics ([`atomic`](Self::atomic)); for more, put a lock beside it.
///
/// ```
/// use selvedge::multiprocessing::shared_memory::SharedMemory;
///
/// let here = SharedMemory::create(10).unwrap();
/// here.write(0, b"howdy").unwrap();
/// let there = SharedMemory::attach(here.name().unwrap()).unwrap(); // in any process
/// let mut text = [0; 5];
/// there.read(0, &mut text).unwrap();
/// assert_eq!(&text, b"howdy");
/// ```
pub struct SharedMemory {
    /// Goes first: its entry names the descriptor.
    name: Option<(String, Entry)>,
    mapping: Mapping,
}

impl SharedMemory {
    /// New memory with a name that nobody else has (row H-02).
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn create(size: usize) -> Result<Self, OpenError> {
        Self::under_new_name(mapping::create("selvedge", size)?)
    }

    fn under_new_name(mapping: Mapping) -> Result<Self, OpenError> {
        loop {
            let number = u32::from_ne_bytes(random::<4>()?);
            let name = format!("slv_{number:08x}");
            match Entry::create(&name, &mapping) {
                Err(OpenError::Exists) => {}
                Err(error) => return Err(error),
                Ok(entry) => {
                    let name = Some((name, entry));
                    return Ok(Self { mapping, name });
                }
            }
        }
    }

    /// New memory with this name (row H-01).
    ///
    /// # Errors
    ///
    /// [`OpenError::Exists`] if somebody has memory of this name. See [`OpenError`].
    pub fn create_named(name: &str, size: usize) -> Result<Self, OpenError> {
        let mapping = mapping::create("selvedge", size)?;
        let entry = Entry::create(name, &mapping)?;
        let name = Some((name.to_owned(), entry));
        Ok(Self { mapping, name })
    }

    /// New memory without a name.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn anonymous(size: usize) -> Result<Self, OpenError> {
        let mapping = mapping::create("selvedge", size)?;
        Ok(Self {
            mapping,
            name: None,
        })
    }

    /// Memory that some process has by this name (row H-01).
    ///
    /// # Errors
    ///
    /// [`OpenError::NotFound`] if nobody has. See [`OpenError`].
    pub fn attach(name: &str) -> Result<Self, OpenError> {
        let (mapping, entry) = Entry::attach(name)?;
        let name = Some((name.to_owned(), entry));
        Ok(Self { mapping, name })
    }

    /// See [`Mapping::hold`].
    pub(super) fn hold(&self) {
        self.mapping.hold();
    }

    /// For a manager: whether nobody else has it, or can find it any more.
    ///
    /// In this order: who had found the name before it was gone has held the memory before it entered there, or could not enter.
    pub(super) fn is_left(&self) -> bool {
        let is_gone = |(_, entry): &(String, Entry)| entry.is_own() && entry.is_gone();
        self.name.as_ref().is_some_and(is_gone) && !self.mapping.is_held()
    }

    /// See [`Mapping::is_used`].
    pub(super) fn is_used(&self) -> bool {
        self.mapping.is_used()
    }

    /// The same memory for somebody else, as if it were new: zeros, and a new name, which this gets, too.
    pub(super) fn anew(&mut self) -> Result<Self, OpenError> {
        let path = format!("/proc/self/fd/{}", self.mapping.fd().as_raw_fd());
        let fd = open(path, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        let memory = mapping::open(fd)?;
        memory.clear();
        let memory = Self::under_new_name(memory)?;
        memory.hold();
        if let Some((name, entry)) = &memory.name {
            self.name = Some((name.clone(), entry.beside(&self.mapping)?));
        }
        Ok(memory)
    }

    /// Memory behind a descriptor: of this type, or of another program's, if it is sealed against changes of its size (`F_SEAL_SHRINK` and `F_SEAL_GROW`).
    ///
    /// # Errors
    ///
    /// [`OpenError::NotSealed`]. See [`OpenError`].
    pub fn from_fd(fd: OwnedFd) -> Result<Self, OpenError> {
        let mapping = mapping::open(fd)?;
        Ok(Self {
            mapping,
            name: None,
        })
    }

    /// Its name; `None` if it was made, or has come, without one (row H-04).
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|(name, _)| name.as_str())
    }

    /// Its size in bytes (row H-04).
    #[must_use]
    pub fn size(&self) -> usize {
        self.mapping.size()
    }

    /// Takes the name away (row H-07). Who has the memory keeps it; nobody finds it any more, and the name is free.
    ///
    /// # Errors
    ///
    /// [`NoName`] if it has none, or had and somebody has taken it away.
    pub fn unlink(&self) -> Result<(), NoName> {
        match &self.name {
            Some((_, entry)) if entry.unlink() => Ok(()),
            _ => Err(NoName),
        }
    }

    /// The same memory once more, without a name.
    ///
    /// # Errors
    ///
    /// If the system refuses: no more descriptors.
    pub fn try_clone(&self) -> Result<Self, OpenError> {
        Self::from_fd(self.mapping.fd().try_clone()?)
    }

    /// Copies bytes from `offset` on into a buffer.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`]; nothing is copied.
    pub fn read(&self, offset: usize, into: &mut [u8]) -> Result<(), OutOfBounds> {
        self.mapping.read(offset, into)
    }

    /// Copies bytes to `offset` and on.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`]; nothing is copied.
    pub fn write(&self, offset: usize, from: &[u8]) -> Result<(), OutOfBounds> {
        self.mapping.write(offset, from)
    }

    /// Copies a value out, of any type that any bytes are valid for, and that has no pointers and no padding (zerocopy's traits, which can be derived).
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`].
    pub fn get<T: FromBytes + IntoBytes>(&self, offset: usize) -> Result<T, OutOfBounds> {
        let mut value = T::new_zeroed();
        self.mapping.read(offset, value.as_mut_bytes())?;
        Ok(value)
    }

    /// Copies a value in.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`].
    pub fn set<T: IntoBytes + Immutable>(
        &self,
        offset: usize,
        value: &T,
    ) -> Result<(), OutOfBounds> {
        self.mapping.write(offset, value.as_bytes())
    }

    /// An atomic at a place that is aligned for it.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use selvedge::multiprocessing::shared_memory::SharedMemory;
    ///
    /// let memory = SharedMemory::anonymous(64).unwrap();
    /// memory.atomic::<AtomicU64>(8).unwrap().fetch_add(5, Ordering::Relaxed);
    /// assert_eq!(memory.get::<u64>(8).unwrap(), 5);
    /// assert!(memory.atomic::<AtomicU64>(4).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`], also if it is not aligned.
    pub fn atomic<A: Atomic>(&self, offset: usize) -> Result<&A, OutOfBounds> {
        A::at(&self.mapping, offset)
    }

    /// Where it is in this process: for those who share more than bytes. Other processes may change it at any time; whoever follows it must reckon with any value.
    #[must_use]
    pub fn as_ptr(&self) -> NonNull<u8> {
        self.mapping.start()
    }
}

/// The names of all shared memory of this user that somebody has. What killed processes have left behind of names is removed on the way.
///
/// # Errors
///
/// If the system refuses.
pub fn names() -> io::Result<Vec<String>> {
    names::all()
}

impl AsFd for SharedMemory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.mapping.as_fd()
    }
}

impl fmt::Debug for SharedMemory {
    /// Row H-12.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMemory")
            .field("name", &self.name())
            .field("size", &self.size())
            .finish()
    }
}

/// The descriptor goes along, so the receiver has it even if the name is gone (Python sends the name, row H-08); there it has no name.
impl Serialize for SharedMemory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Fd::from_shared(self.mapping.fd().clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SharedMemory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fd = Fd::deserialize(deserializer)?.into_shared();
        let fd = Arc::try_unwrap(fd).map_err(|_| refuse::<D::Error>("the descriptor is shared"))?;
        Self::from_fd(fd).map_err(refuse::<D::Error>)
    }
}
