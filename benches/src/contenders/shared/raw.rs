//! What the system has, without a library.
//!
//! # Safety
//!
//! The objects of the C library lie at the beginning of shared memory of their own, which stays mapped as long as the contender; they are initialised before another process gets it, and never destroyed. Mappings of `shm_open` are unmapped in the function that has made them. A forked child does nothing but end.
#![allow(unsafe_code, reason = "the C library has no safe face")]

use std::ffi::{CStr, c_int};
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::ptr;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use selvedge::multiprocessing::Fd;
use selvedge::multiprocessing::shared_memory::SharedMemory;
use serde::{Deserialize, Serialize};

use crate::bare;
use crate::contender::shared::{SharedBytes, SharedLock, SharedSemaphore, Starts, Wire};
use crate::contender::{Role, names};

pub(crate) struct Fork;
pub(crate) struct Bare;
pub(crate) struct BareTrue;
pub(crate) struct Pipes(PipeReader, PipeWriter);
pub(crate) struct Socket(UnixStream);
#[derive(Serialize, Deserialize)]
pub(crate) struct Mutex(SharedMemory);
#[derive(Serialize, Deserialize)]
pub(crate) struct RobustMutex(SharedMemory);
#[derive(Serialize, Deserialize)]
pub(crate) struct TwoSteps(SharedMemory);
#[derive(Serialize, Deserialize)]
pub(crate) struct Semaphore(SharedMemory);
pub(crate) struct ShmOpen;
pub(crate) struct Memfd;
pub(crate) struct MemfdAtOnce;

names!(Role::Reference("the child is a copy that ends at once: no program starts, no value comes back") => Fork = "fork, waitpid");
names!(Role::Reference("it ends before main, and nothing is told there or back: what the system takes to start this program and to end it") => Bare = "this program, bare");
names!(Role::Reference("another program, a small one: nothing is told there or back") => BareTrue = "/bin/true");
names!(Role::Reference("nobody can wait for it: a word made 1 if it was 0, and made 0, each by a locked instruction") => TwoSteps = "two locked instructions");
names!(Role::Reference("no name, no seals: what the system takes for the pages alone") =>
    Memfd = "memfd",
    MemfdAtOnce = "memfd, all pages at once"
);
names!(
    Pipes = "pipe",
    Socket = "unix socket",
    Mutex = "pthread",
    RobustMutex = "pthread, robust",
    Semaphore = "sem_t",
    ShmOpen = "shm_open"
);

#[inline]
fn check(code: c_int) {
    assert_eq!(code, 0, "the C library refused");
}

impl Starts for Fork {
    fn next(_: u64) -> u64 {
        // SAFETY: the child calls nothing but `_exit`.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: ends the process.
            unsafe { libc::_exit(0) };
        }
        let mut status = 0;
        // SAFETY: writes a number to where a number is.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        check(status);
        0
    }
}

impl Starts for Bare {
    fn next(_: u64) -> u64 {
        bare::run(c"/proc/self/exe");
        0
    }
}

impl Starts for BareTrue {
    fn next(_: u64) -> u64 {
        bare::run(c"/bin/true");
        0
    }
}

fn own(fd: Fd) -> OwnedFd {
    fd.try_into_owned().expect("it is the only one")
}

impl Wire for Pipes {
    type Far = (Fd, Fd);

    fn pair() -> (Self, (Fd, Fd)) {
        let (from_there, to_here) = pipe().expect("there is room");
        let (from_here, to_there) = pipe().expect("there is room");
        let far = [OwnedFd::from(from_here), to_here.into()].map(Fd::from);
        (Self(from_there, to_there), far.into())
    }

    fn echo((from, to): (Fd, Fd), messages: u64, size: usize) {
        let mut from = PipeReader::from(own(from));
        let mut to = PipeWriter::from(own(to));
        let mut bytes = vec![0; size];
        for _ in 0..messages {
            from.read_exact(&mut bytes).expect("it comes");
            to.write_all(&bytes).expect("it goes");
        }
    }

    fn trip(&mut self, message: &[u8], back: &mut Vec<u8>) {
        self.1.write_all(message).expect("it goes");
        self.0.read_exact(back).expect("it comes");
    }
}

impl Wire for Socket {
    type Far = Fd;

    fn pair() -> (Self, Fd) {
        let (here, there) = UnixStream::pair().expect("there is room");
        (Self(here), Fd::from(OwnedFd::from(there)))
    }

    fn echo(far: Fd, messages: u64, size: usize) {
        let mut far = UnixStream::from(own(far));
        let mut bytes = vec![0; size];
        for _ in 0..messages {
            far.read_exact(&mut bytes).expect("it comes");
            far.write_all(&bytes).expect("it goes");
        }
    }

    fn trip(&mut self, message: &[u8], back: &mut Vec<u8>) {
        self.0.write_all(message).expect("it goes");
        self.0.read_exact(back).expect("it comes");
    }
}

fn mutex(is_robust: bool) -> SharedMemory {
    let memory = SharedMemory::anonymous(size_of::<libc::pthread_mutex_t>());
    let memory = memory.expect("there is room");
    // SAFETY: all bytes of it may be zero.
    let mut kind: libc::pthread_mutexattr_t = unsafe { std::mem::zeroed() };
    let (kind, mutex) = (&raw mut kind, memory.as_ptr().as_ptr().cast());
    // SAFETY: what is initialised first, and then what nobody else has yet.
    unsafe {
        check(libc::pthread_mutexattr_init(kind));
        check(libc::pthread_mutexattr_setpshared(
            kind,
            libc::PTHREAD_PROCESS_SHARED,
        ));
        if is_robust {
            check(libc::pthread_mutexattr_setrobust(
                kind,
                libc::PTHREAD_MUTEX_ROBUST,
            ));
        }
        check(libc::pthread_mutex_init(mutex, kind));
    }
    memory
}

#[inline]
fn with(memory: &SharedMemory, act: impl FnOnce()) {
    let mutex = memory.as_ptr().as_ptr().cast();
    // SAFETY: initialised, in its place, and released by who acquired it.
    check(unsafe { libc::pthread_mutex_lock(mutex) });
    act();
    // SAFETY: as above.
    check(unsafe { libc::pthread_mutex_unlock(mutex) });
}

impl SharedLock for Mutex {
    fn new() -> Self {
        Self(mutex(false))
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        with(&self.0, act);
    }
}

impl SharedLock for RobustMutex {
    fn new() -> Self {
        Self(mutex(true))
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        with(&self.0, act);
    }
}

impl SharedLock for TwoSteps {
    fn new() -> Self {
        Self(SharedMemory::anonymous(4).expect("there is room"))
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        let word = self.0.atomic::<AtomicU32>(0).expect("it is inside");
        while word.compare_exchange(0, 1, Acquire, Relaxed).is_err() {}
        act();
        word.swap(0, Release);
    }
}

impl Semaphore {
    fn get(&self) -> *mut libc::sem_t {
        self.0.as_ptr().as_ptr().cast()
    }

    fn with(permits: u32) -> Self {
        let memory = SharedMemory::anonymous(size_of::<libc::sem_t>());
        let semaphore = Self(memory.expect("there is room"));
        // SAFETY: nobody else has it yet.
        check(unsafe { libc::sem_init(semaphore.get(), 1, permits) });
        semaphore
    }
}

impl SharedSemaphore for Semaphore {
    fn new() -> Self {
        Self::with(0)
    }

    #[inline]
    fn acquire(&self) {
        // SAFETY: initialised, and in its place.
        while unsafe { libc::sem_wait(self.get()) } != 0 {}
    }

    #[inline]
    fn release(&self) {
        // SAFETY: as above.
        check(unsafe { libc::sem_post(self.get()) });
    }
}

impl SharedLock for Semaphore {
    fn new() -> Self {
        Self::with(1)
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        self.acquire();
        act();
        self.release();
    }
}

/// Maps it, touches each page, and unmaps it.
///
/// # Safety
///
/// A descriptor of a file that is at least so long and stays so.
unsafe fn touch(fd: c_int, size: usize, flags: c_int) {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_SHARED | flags;
    // SAFETY: a new mapping, touched inside and unmapped.
    unsafe {
        let place = libc::mmap(ptr::null_mut(), size, access, flags, fd, 0);
        assert!(place != libc::MAP_FAILED, "the C library refused");
        for page in (0..size).step_by(4096) {
            place.cast::<u8>().add(page).write_volatile(1);
        }
        check(libc::munmap(place, size));
    }
}

fn memfd(size: usize, flags: c_int) {
    // SAFETY: a name, a flag, and a file of its own.
    unsafe {
        let fd = libc::memfd_create(c"bench".as_ptr(), libc::MFD_CLOEXEC);
        assert!(fd >= 0, "the C library refused");
        check(libc::ftruncate(fd, size as libc::off_t));
        touch(fd, size, flags);
        check(libc::close(fd));
    }
}

impl SharedBytes for Memfd {
    fn use_up(size: usize) {
        memfd(size, 0);
    }
}

impl SharedBytes for MemfdAtOnce {
    fn use_up(size: usize) {
        memfd(size, libc::MAP_POPULATE);
    }
}

impl SharedBytes for ShmOpen {
    fn use_up(size: usize) {
        let name = format!("/selvedge-bench-{}\0", std::process::id());
        let name = CStr::from_bytes_with_nul(name.as_bytes()).expect("it has one, at its end");
        let flags = libc::O_CREAT | libc::O_EXCL | libc::O_RDWR;
        // SAFETY: a new object, mapped where the system likes, touched inside, and unmapped.
        unsafe {
            let fd = libc::shm_open(name.as_ptr(), flags, 0o600);
            assert!(fd >= 0, "the C library refused");
            check(libc::ftruncate(fd, size as libc::off_t));
            touch(fd, size, 0);
            check(libc::close(fd));
            check(libc::shm_unlink(name.as_ptr()));
        }
    }
}
