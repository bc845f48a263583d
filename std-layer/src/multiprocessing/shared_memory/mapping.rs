//! Memory that other processes may change at any time.
//!
//! # What may be done with it
//!
//! No reference to it is ever made but to atomics. Bytes are copied in and out by [`Mapping::read`] and [`Mapping::write`], as if by relaxed atomic operations on bytes: what is read while somebody writes is any mixture of old and new
//! bytes, and never undefined behaviour. On x86-64 that is one instruction (`rep movsb`), as the compiler has no fast copy that may race; elsewhere a loop. Aligned numbers of 2, 4 and 8 bytes go in one piece, so that whoever is killed in the middle does not leave a half.
//!
//! # Why no SIGBUS
//!
//! Memory behind a file goes away when the file is cut, and whoever touches it then is killed. So only files are mapped that are sealed against that ([`open`]), which nobody can undo.
//!
//! # Safety
//!
//! The mapping lives as long as the object, and all accesses are checked to be inside. Whatever bytes are there are valid for the types that are read (zerocopy's `FromBytes`), and atomics are valid for all bytes.
#![allow(unsafe_code, reason = "memory shared with other processes")]

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use rustix::fs::{
    FlockOperation, MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, flock, fstat,
    ftruncate, memfd_create,
};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};

use super::error::{OpenError, OutOfBounds};
use crate::multiprocessing::missing::named;

#[derive(Debug)]
pub(super) struct Mapping {
    start: NonNull<u8>,
    size: usize,
    fd: Arc<OwnedFd>,
}

// SAFETY: memory that anybody may access at any time, by copies and atomics alone.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW);

/// New memory, of zeros.
pub(super) fn create(name: &str, size: usize) -> Result<Mapping, OpenError> {
    if size == 0 {
        return Err(OpenError::Empty);
    }
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let fd = memfd_create(name, flags).map_err(|errno| named("memfd_create", errno))?;
    ftruncate(&fd, size as u64)?;
    fcntl_add_seals(&fd, SEALS | SealFlags::SEAL)?;
    map(fd, size)
}

/// Memory that somebody else has made.
pub(super) fn open(fd: OwnedFd) -> Result<Mapping, OpenError> {
    let seals = fcntl_get_seals(&fd).map_err(|_| OpenError::NotSealed)?;
    if !seals.contains(SEALS) {
        return Err(OpenError::NotSealed);
    }
    let size = usize::try_from(fstat(&fd)?.st_size).map_err(io::Error::other)?;
    if size == 0 {
        return Err(OpenError::Empty);
    }
    map(fd, size)
}

fn map(fd: OwnedFd, size: usize) -> Result<Mapping, OpenError> {
    let access = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping, anywhere.
    let start = unsafe { mmap(ptr::null_mut(), size, access, MapFlags::SHARED, &fd, 0) }?;
    Ok(Mapping {
        start: NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?,
        size,
        fd: Arc::new(fd),
    })
}

impl Mapping {
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn fd(&self) -> &Arc<OwnedFd> {
        &self.fd
    }

    /// Lets managers see that somebody has it, by this descriptor: by a lock of the file, which many can have at the same time, and which goes with the last copy of the descriptor and the last mapping of it, however they go.
    ///
    /// If somebody has locked the file for other purposes, then that is what they see.
    pub(super) fn hold(&self) {
        let _ = flock(&self.fd, FlockOperation::NonBlockingLockShared);
    }

    /// Whether somebody else holds it.
    pub(super) fn is_held(&self) -> bool {
        flock(&self.fd, FlockOperation::NonBlockingLockExclusive).is_err()
            || flock(&self.fd, FlockOperation::Unlock).is_err()
    }

    pub(super) fn start(&self) -> NonNull<u8> {
        self.start
    }

    #[inline]
    fn place(&self, offset: usize, len: usize) -> Result<NonNull<u8>, OutOfBounds> {
        let size = self.size;
        match offset.checked_add(len) {
            // SAFETY: inside the mapping, or at its end.
            Some(end) if end <= size => Ok(unsafe { self.start.add(offset) }),
            _ => Err(OutOfBounds { offset, len, size }),
        }
    }

    pub(super) fn read(&self, offset: usize, into: &mut [u8]) -> Result<(), OutOfBounds> {
        let from = self.place(offset, into.len())?;
        // SAFETY: inside the mapping; the other is ours alone, so they do not overlap.
        unsafe { copy(from.as_ptr(), into.as_mut_ptr(), into.len()) };
        Ok(())
    }

    pub(super) fn write(&self, offset: usize, from: &[u8]) -> Result<(), OutOfBounds> {
        let into = self.place(offset, from.len())?;
        // SAFETY: inside the mapping, and no slice is ever made of that, so they do not overlap.
        unsafe { copy(from.as_ptr(), into.as_ptr(), from.len()) };
        Ok(())
    }

    /// Whether most of it has been used: otherwise it costs less to let go of it than to fill it.
    pub(super) fn is_used(&self) -> bool {
        let used = fstat(&self.fd).map_or(0, |file| file.st_blocks);
        u64::try_from(used).unwrap_or(0).saturating_mul(512) >= self.size as u64 / 4 * 3
    }

    /// Fills it with zeros. To be mapped at once is a third of the work of one page after the other, where the pages are there already.
    pub(super) fn clear(&self) {
        const ZEROS: [u8; 4096] = [0; 4096];
        // Old kernels cannot, and need not.
        // SAFETY: the whole mapping, whose contents stay what they are.
        let _ = unsafe {
            madvise(
                self.start.as_ptr().cast(),
                self.size,
                Advice::LinuxPopulateRead,
            )
        };
        for offset in (0..self.size).step_by(ZEROS.len()) {
            let len = ZEROS.len().min(self.size - offset);
            // Inside.
            let _ = self.write(offset, &ZEROS[..len]);
        }
    }

    /// Something at a place, which must be valid for any bytes and may be changed by others at any time.
    ///
    /// # Safety
    ///
    /// `A` is an atomic, or made of atomics and `UnsafeCell`s only that nobody writes but as `A` allows; it has no destructor.
    #[inline]
    pub(super) unsafe fn at<A>(&self, offset: usize) -> Result<&A, OutOfBounds> {
        let len = size_of::<A>();
        let place = self.place(offset, len)?.cast::<A>();
        if !place.is_aligned() {
            let size = self.size;
            return Err(OutOfBounds { offset, len, size });
        }
        // SAFETY: inside the mapping, aligned, valid by the caller's promise, and lives as long as this.
        Ok(unsafe { place.as_ref() })
    }
}

/// Copies as relaxed atomic operations on bytes would.
///
/// # Safety
///
/// Both are valid for `len` bytes, and do not overlap.
unsafe fn copy(from: *const u8, into: *mut u8, len: usize) {
    // SAFETY: the caller's promise.
    if unsafe { copy_number(from, into, len) } {
        return;
    }
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: the direction flag is clear on entry; reads and writes what the caller says.
    unsafe {
        std::arch::asm!(
            "rep movsb",
            inout("rcx") len => _,
            inout("rsi") from => _,
            inout("rdi") into => _,
            options(nostack, preserves_flags),
        );
    }
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    for i in 0..len {
        use std::sync::atomic::{AtomicU8, Ordering};
        // SAFETY: valid by the caller's promise; an atomic of one byte is always aligned. What is ours alone may be reached by atomics, too.
        unsafe {
            let byte = AtomicU8::from_ptr(from.add(i).cast_mut()).load(Ordering::Relaxed);
            AtomicU8::from_ptr(into.add(i)).store(byte, Ordering::Relaxed);
        }
    }
}

/// Copies in one piece what has the size of a number; false if it has not, and nothing is done.
///
/// # Safety
///
/// As [`copy`].
#[cfg(all(target_arch = "x86_64", not(miri)))]
unsafe fn copy_number(from: *const u8, into: *mut u8, len: usize) -> bool {
    macro_rules! number {
        ($load:literal, $store:literal) => {
            // SAFETY: reads and writes what the caller says.
            unsafe {
                std::arch::asm!(
                    $load,
                    $store,
                    from = in(reg) from,
                    into = in(reg) into,
                    number = out(reg) _,
                    options(nostack, preserves_flags),
                );
            }
        };
    }
    match len {
        8 => number!(
            "mov {number}, qword ptr [{from}]",
            "mov qword ptr [{into}], {number}"
        ),
        4 => number!(
            "mov {number:e}, dword ptr [{from}]",
            "mov dword ptr [{into}], {number:e}"
        ),
        2 => number!(
            "mov {number:x}, word ptr [{from}]",
            "mov word ptr [{into}], {number:x}"
        ),
        _ => return false,
    }
    true
}

/// As above.
///
/// # Safety
///
/// As [`copy`].
#[cfg(any(not(target_arch = "x86_64"), miri))]
unsafe fn copy_number(from: *const u8, into: *mut u8, len: usize) -> bool {
    macro_rules! number {
        ($number:ty) => {{
            use std::sync::atomic::Ordering::Relaxed;
            let (from, into) = (from.cast_mut().cast(), into.cast());
            // SAFETY: valid by the caller's promise, and aligned; what is ours alone may be reached by atomics, too.
            unsafe { <$number>::from_ptr(into).store(<$number>::from_ptr(from).load(Relaxed), Relaxed) };
        }};
    }
    let is_aligned = (from.addr() | into.addr()).is_multiple_of(len.max(1));
    match len {
        #[cfg(target_has_atomic = "64")]
        8 if is_aligned => number!(std::sync::atomic::AtomicU64),
        4 if is_aligned => number!(std::sync::atomic::AtomicU32),
        2 if is_aligned => number!(std::sync::atomic::AtomicU16),
        _ => return false,
    }
    true
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: our mapping; references end with the borrow.
        let _ = unsafe { munmap(self.start.as_ptr().cast::<c_void>(), self.size) };
    }
}

impl AsFd for Mapping {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
