//! `parking_lot`.

use parking_lot as peer;

use crate::contender::{
    Event, Lock, Monitor as MonitorFamily, Notify, ReadWrite, Reentrant,
    Semaphore as SemaphoreFamily, names,
};
use crate::section::Section;

pub(crate) struct Mutex(peer::Mutex<Section>);
pub(crate) struct ReentrantMutex(peer::ReentrantMutex<Section>);
pub(crate) struct RwLock(peer::RwLock<Section>);
pub(crate) struct Monitor(peer::Mutex<Section>, peer::Condvar);
pub(crate) struct Semaphore(peer::Mutex<u32>, peer::Condvar);
pub(crate) struct CondvarEvent(peer::Mutex<bool>, peer::Condvar);

names!(
    Mutex = "parking_lot",
    ReentrantMutex = "parking_lot",
    RwLock = "parking_lot",
    Monitor = "parking_lot",
    Semaphore = "parking_lot Mutex+Condvar",
    CondvarEvent = "parking_lot Mutex+Condvar"
);

impl Lock for Mutex {
    fn new() -> Self {
        Self(peer::Mutex::default())
    }

    #[inline]
    fn with(&self, act: impl FnOnce(&Section)) {
        act(&self.0.lock());
    }
}

impl Reentrant for ReentrantMutex {
    fn new() -> Self {
        Self(peer::ReentrantMutex::default())
    }

    #[inline]
    fn twice(&self, act: impl FnOnce(&Section)) {
        let _outer = self.0.lock();
        act(&self.0.lock());
    }
}

impl ReadWrite for RwLock {
    fn new() -> Self {
        Self(peer::RwLock::default())
    }

    #[inline]
    fn read(&self, look: impl FnOnce(&Section)) {
        look(&self.0.read());
    }

    #[inline]
    fn write(&self, act: impl FnOnce(&Section)) {
        act(&self.0.write());
    }
}

impl MonitorFamily for Monitor {
    fn new() -> Self {
        Self(peer::Mutex::default(), peer::Condvar::new())
    }

    #[inline]
    fn when(
        &self,
        mut ready: impl FnMut(&Section) -> bool,
        act: impl FnOnce(&Section),
        notify: Notify,
    ) {
        let mut guard = self.0.lock();
        while !ready(&guard) {
            self.1.wait(&mut guard);
        }
        act(&guard);
        match notify {
            Notify::Nobody => {}
            Notify::One => {
                self.1.notify_one();
            }
            Notify::All => {
                self.1.notify_all();
            }
            Notify::OneAfter => {
                drop(guard);
                self.1.notify_one();
            }
        }
    }
}

impl SemaphoreFamily for Semaphore {
    fn new(permits: u32) -> Self {
        Self(peer::Mutex::new(permits), peer::Condvar::new())
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        let mut permits = self.0.lock();
        while *permits == 0 {
            self.1.wait(&mut permits);
        }
        *permits -= 1;
        drop(permits);
        act();
        *self.0.lock() += 1;
        self.1.notify_one();
    }
}

impl Event for CondvarEvent {
    fn new() -> Self {
        Self(peer::Mutex::default(), peer::Condvar::new())
    }

    #[inline]
    fn set(&self) {
        *self.0.lock() = true;
        self.1.notify_all();
    }

    #[inline]
    fn take(&self) {
        let mut is_set = self.0.lock();
        while !*is_set {
            self.1.wait(&mut is_set);
        }
        *is_set = false;
    }

    #[inline]
    fn clear(&self) {
        *self.0.lock() = false;
    }
}
