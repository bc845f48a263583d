//! `usync`. Its barrier does not take part: once it was passed it stays open, so threads cannot meet there a second time (0.2.1).

use usync as peer;

use crate::contender::{Lock, Monitor as MonitorFamily, Notify, ReadWrite, Reentrant, names};
use crate::section::Section;

pub(crate) struct Mutex(peer::Mutex<Section>);
pub(crate) struct ReentrantMutex(peer::ReentrantMutex<Section>);
pub(crate) struct RwLock(peer::RwLock<Section>);
pub(crate) struct Monitor(peer::Mutex<Section>, peer::Condvar);

names!(
    Mutex = "usync",
    ReentrantMutex = "usync",
    RwLock = "usync",
    Monitor = "usync"
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
