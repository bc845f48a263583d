//! `async-lock`, and `event-listener` under it.

use std::sync::atomic::{AtomicBool, Ordering};

use async_lock as peer;
use event_listener::Listener;

use crate::contender::{
    AsyncLock, Barrier as BarrierFamily, Event as EventFamily, Lock, ReadWrite,
    Semaphore as SemaphoreFamily, names,
};
use crate::section::Section;

pub(crate) struct Mutex(peer::Mutex<Section>);
pub(crate) struct RwLock(peer::RwLock<Section>);
pub(crate) struct Semaphore(peer::Semaphore);
pub(crate) struct Barrier(peer::Barrier);
/// A flag, and an `event_listener::Event` for those who wait for it.
pub(crate) struct Event(AtomicBool, event_listener::Event);

names!(
    Mutex = "async-lock",
    RwLock = "async-lock",
    Semaphore = "async-lock",
    Barrier = "async-lock",
    Event = "event-listener"
);

impl Lock for Mutex {
    fn new() -> Self {
        Self(peer::Mutex::default())
    }

    #[inline]
    fn with(&self, act: impl FnOnce(&Section)) {
        act(&self.0.lock_blocking());
    }
}

impl AsyncLock for Mutex {
    fn new() -> Self {
        Self(peer::Mutex::default())
    }

    async fn visit(&self, pauses: bool) {
        self.0.lock().await.visit(pauses).await;
    }

    fn inspect(&mut self) -> &Section {
        self.0.get_mut()
    }
}

impl ReadWrite for RwLock {
    fn new() -> Self {
        Self(peer::RwLock::default())
    }

    #[inline]
    fn read(&self, look: impl FnOnce(&Section)) {
        look(&self.0.read_blocking());
    }

    #[inline]
    fn write(&self, act: impl FnOnce(&Section)) {
        act(&self.0.write_blocking());
    }
}

impl SemaphoreFamily for Semaphore {
    fn new(permits: u32) -> Self {
        Self(peer::Semaphore::new(permits as usize))
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        let _permit = self.0.acquire_blocking();
        act();
    }
}

impl BarrierFamily for Barrier {
    fn new(parties: usize) -> Self {
        Self(peer::Barrier::new(parties))
    }

    fn wait(&self) -> bool {
        self.0.wait_blocking().is_leader()
    }
}

impl EventFamily for Event {
    fn new() -> Self {
        Self(AtomicBool::new(false), event_listener::Event::new())
    }

    #[inline]
    fn set(&self) {
        self.0.store(true, Ordering::Release);
        self.1.notify(usize::MAX);
    }

    #[inline]
    fn take(&self) {
        while !self.0.swap(false, Ordering::Acquire) {
            let listener = self.1.listen();
            if self.0.swap(false, Ordering::Acquire) {
                return;
            }
            listener.wait();
        }
    }

    #[inline]
    fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
