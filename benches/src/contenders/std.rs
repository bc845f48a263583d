//! The standard library, and what one builds from it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{self, OnceLock};
use std::thread;

use crate::contender::{
    Barrier as BarrierFamily, Event, Lock, Monitor as MonitorFamily, Notify, ReadWrite,
    Semaphore as SemaphoreFamily, Threads as ThreadsFamily, names,
};
use crate::section::Section;

pub(crate) struct Mutex(sync::Mutex<Section>);
pub(crate) struct RwLock(sync::RwLock<Section>);
pub(crate) struct Monitor(sync::Mutex<Section>, sync::Condvar);
pub(crate) struct Semaphore(sync::Mutex<u32>, sync::Condvar);
pub(crate) struct Barrier(sync::Barrier);
/// A flag behind a mutex, with a condition.
pub(crate) struct CondvarEvent(sync::Mutex<bool>, sync::Condvar);
/// A flag, and the thread to unpark.
pub(crate) struct ParkEvent(AtomicBool, OnceLock<thread::Thread>);
pub(crate) struct Threads;

names!(
    Mutex = "std",
    RwLock = "std",
    Monitor = "std",
    Semaphore = "std Mutex+Condvar",
    Barrier = "std",
    CondvarEvent = "std Mutex+Condvar",
    ParkEvent = "std park",
    Threads = "std"
);

impl Lock for Mutex {
    fn new() -> Self {
        Self(sync::Mutex::default())
    }

    #[inline]
    fn with(&self, act: impl FnOnce(&Section)) {
        act(&self.0.lock().unwrap());
    }
}

impl ReadWrite for RwLock {
    fn new() -> Self {
        Self(sync::RwLock::default())
    }

    #[inline]
    fn read(&self, look: impl FnOnce(&Section)) {
        look(&self.0.read().unwrap());
    }

    #[inline]
    fn write(&self, act: impl FnOnce(&Section)) {
        act(&self.0.write().unwrap());
    }
}

impl MonitorFamily for Monitor {
    fn new() -> Self {
        Self(sync::Mutex::default(), sync::Condvar::new())
    }

    #[inline]
    fn when(
        &self,
        mut ready: impl FnMut(&Section) -> bool,
        act: impl FnOnce(&Section),
        notify: Notify,
    ) {
        let mut guard = self.0.lock().unwrap();
        while !ready(&guard) {
            guard = self.1.wait(guard).unwrap();
        }
        act(&guard);
        match notify {
            Notify::Nobody => {}
            Notify::One => self.1.notify_one(),
            Notify::All => self.1.notify_all(),
            Notify::OneAfter => {
                drop(guard);
                self.1.notify_one();
            }
        }
    }
}

impl SemaphoreFamily for Semaphore {
    fn new(permits: u32) -> Self {
        Self(sync::Mutex::new(permits), sync::Condvar::new())
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        let mut permits = self.0.lock().unwrap();
        while *permits == 0 {
            permits = self.1.wait(permits).unwrap();
        }
        *permits -= 1;
        drop(permits);
        act();
        *self.0.lock().unwrap() += 1;
        self.1.notify_one();
    }
}

impl BarrierFamily for Barrier {
    fn new(parties: usize) -> Self {
        Self(sync::Barrier::new(parties))
    }

    fn wait(&self) -> bool {
        self.0.wait().is_leader()
    }
}

impl Event for CondvarEvent {
    fn new() -> Self {
        Self(sync::Mutex::default(), sync::Condvar::new())
    }

    #[inline]
    fn set(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    #[inline]
    fn take(&self) {
        let mut is_set = self.0.lock().unwrap();
        while !*is_set {
            is_set = self.1.wait(is_set).unwrap();
        }
        *is_set = false;
    }

    #[inline]
    fn clear(&self) {
        *self.0.lock().unwrap() = false;
    }
}

impl Event for ParkEvent {
    fn new() -> Self {
        Self(AtomicBool::new(false), OnceLock::new())
    }

    fn adopt(&self) {
        self.1.set(thread::current()).expect("one thread waits");
    }

    #[inline]
    fn set(&self) {
        self.0.store(true, Ordering::Release);
        if let Some(thread) = self.1.get() {
            thread.unpark();
        }
    }

    #[inline]
    fn take(&self) {
        while !self.0.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }

    #[inline]
    fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl ThreadsFamily for Threads {
    fn start_join(work: impl FnOnce() -> u64 + Send + 'static) -> u64 {
        thread::spawn(work).join().unwrap()
    }

    fn start_join_named(name: &str, work: impl FnOnce() -> u64 + Send + 'static) -> u64 {
        let builder = thread::Builder::new().name(name.to_owned());
        builder.spawn(work).unwrap().join().unwrap()
    }
}
