//! The locks of the C library.
//!
//! # Safety
//!
//! Each object lives in a box of its own, so it stays where it was initialised, and it is never destroyed before the box goes: the contract of POSIX.
//! The functions take shared pointers from any thread; who releases is who acquired, because each release is in the same function as its acquire.
#![allow(unsafe_code, reason = "the C library has no safe face")]

use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::time::Duration;

use crate::contender::{
    Barrier as BarrierFamily, Lock, Monitor as MonitorFamily, Notify, ReadWrite, Reentrant,
    Semaphore as SemaphoreFamily, names,
};
use crate::section::Section;
use crate::team::Apart;

/// An object of the C library that stays where it is.
struct Fixed<T>(Box<Apart<UnsafeCell<T>>>);

// SAFETY: the objects are made to be used by any thread at any time.
unsafe impl<T> Send for Fixed<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Fixed<T> {}

impl<T> Fixed<T> {
    fn new(value: T) -> Self {
        Self(Box::new(Apart(UnsafeCell::new(value))))
    }

    #[inline]
    fn get(&self) -> *mut T {
        self.0.0.get()
    }
}

#[inline]
fn check(code: c_int) {
    assert_eq!(code, 0, "the C library refused");
}

pub(crate) struct Mutex(Fixed<libc::pthread_mutex_t>, Section);
pub(crate) struct RecursiveMutex(Fixed<libc::pthread_mutex_t>, Section);
pub(crate) struct RwLock(Fixed<libc::pthread_rwlock_t>, Section);
pub(crate) struct Monitor(Fixed<libc::pthread_cond_t>, Mutex);
pub(crate) struct Barrier(Fixed<libc::pthread_barrier_t>);
pub(crate) struct Semaphore(Fixed<libc::sem_t>);

names!(
    Mutex = "pthread",
    RecursiveMutex = "pthread",
    RwLock = "pthread",
    Monitor = "pthread",
    Barrier = "pthread",
    Semaphore = "sem_t"
);

#[inline]
fn lock(mutex: &Fixed<libc::pthread_mutex_t>) {
    // SAFETY: initialised, and in its place.
    check(unsafe { libc::pthread_mutex_lock(mutex.get()) });
}

#[inline]
fn unlock(mutex: &Fixed<libc::pthread_mutex_t>) {
    // SAFETY: as above; every caller holds it.
    check(unsafe { libc::pthread_mutex_unlock(mutex.get()) });
}

impl Lock for Mutex {
    fn new() -> Self {
        Self(
            Fixed::new(libc::PTHREAD_MUTEX_INITIALIZER),
            Section::default(),
        )
    }

    #[inline]
    fn with(&self, act: impl FnOnce(&Section)) {
        lock(&self.0);
        act(&self.1);
        unlock(&self.0);
    }
}

impl Reentrant for RecursiveMutex {
    fn new() -> Self {
        let mutex = Fixed::new(libc::PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP);
        Self(mutex, Section::default())
    }

    #[inline]
    fn twice(&self, act: impl FnOnce(&Section)) {
        lock(&self.0);
        lock(&self.0);
        act(&self.1);
        unlock(&self.0);
        unlock(&self.0);
    }
}

impl RwLock {
    #[inline]
    fn unlock(&self) {
        // SAFETY: initialised, in its place, and every caller holds it.
        check(unsafe { libc::pthread_rwlock_unlock(self.0.get()) });
    }
}

impl ReadWrite for RwLock {
    fn new() -> Self {
        Self(
            Fixed::new(libc::PTHREAD_RWLOCK_INITIALIZER),
            Section::default(),
        )
    }

    #[inline]
    fn read(&self, look: impl FnOnce(&Section)) {
        // SAFETY: initialised, and in its place.
        check(unsafe { libc::pthread_rwlock_rdlock(self.0.get()) });
        look(&self.1);
        self.unlock();
    }

    #[inline]
    fn write(&self, act: impl FnOnce(&Section)) {
        // SAFETY: initialised, and in its place.
        check(unsafe { libc::pthread_rwlock_wrlock(self.0.get()) });
        act(&self.1);
        self.unlock();
    }
}

impl Monitor {
    #[inline]
    fn notify_one(&self) {
        // SAFETY: initialised, and in its place.
        check(unsafe { libc::pthread_cond_signal(self.0.get()) });
    }
}

impl MonitorFamily for Monitor {
    fn new() -> Self {
        Self(Fixed::new(libc::PTHREAD_COND_INITIALIZER), Lock::new())
    }

    #[inline]
    fn when(
        &self,
        mut ready: impl FnMut(&Section) -> bool,
        act: impl FnOnce(&Section),
        notify: Notify,
    ) {
        let Mutex(mutex, section) = &self.1;
        lock(mutex);
        while !ready(section) {
            // SAFETY: both are initialised and in their places, and this thread holds the mutex.
            check(unsafe { libc::pthread_cond_wait(self.0.get(), mutex.get()) });
        }
        act(section);
        match notify {
            Notify::Nobody | Notify::OneAfter => {}
            Notify::One => self.notify_one(),
            // SAFETY: initialised, and in its place.
            Notify::All => check(unsafe { libc::pthread_cond_broadcast(self.0.get()) }),
        }
        unlock(mutex);
        if notify == Notify::OneAfter {
            self.notify_one();
        }
    }
}

impl BarrierFamily for Barrier {
    fn new(parties: usize) -> Self {
        // SAFETY: all zeros is a value of this C struct.
        let barrier = Fixed::new(unsafe { std::mem::zeroed() });
        let parties = parties.try_into().expect("a small number");
        // SAFETY: in its place, and nobody knows it yet.
        check(unsafe { libc::pthread_barrier_init(barrier.get(), std::ptr::null(), parties) });
        Self(barrier)
    }

    fn wait(&self) -> bool {
        // SAFETY: initialised, and in its place.
        match unsafe { libc::pthread_barrier_wait(self.0.get()) } {
            libc::PTHREAD_BARRIER_SERIAL_THREAD => true,
            code => {
                check(code);
                false
            }
        }
    }
}

impl SemaphoreFamily for Semaphore {
    fn new(permits: u32) -> Self {
        // SAFETY: all zeros is a value of this C struct.
        let semaphore = Fixed::new(unsafe { std::mem::zeroed() });
        // SAFETY: in its place, and nobody knows it yet.
        check(unsafe { libc::sem_init(semaphore.get(), 0, permits) });
        Self(semaphore)
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        // SAFETY: initialised, and in its place. It fails if a signal comes, which is no permit.
        while unsafe { libc::sem_wait(self.0.get()) } != 0 {}
        act();
        // SAFETY: initialised, and in its place.
        check(unsafe { libc::sem_post(self.0.get()) });
    }
}

/// What all threads of the program have taken of the processors so far.
pub(crate) fn processor_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: it writes to the time and keeps no pointer.
    check(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) });
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// The version of the C library.
pub(crate) fn version() -> String {
    // SAFETY: it returns a string that lives as long as the program.
    let text = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    text.to_string_lossy().into_owned()
}
