//! `tokio::sync`. Where it has no blocking form, threads block on the future.

use futures_lite::future::block_on;
use tokio::sync as peer;

use crate::contender::{
    AsyncLock, Barrier as BarrierFamily, Event, Lock, ReadWrite, Semaphore as SemaphoreFamily,
    names,
};
use crate::contenders::poll_now;
use crate::section::Section;

pub(crate) struct Mutex(peer::Mutex<Section>);
pub(crate) struct RwLock(peer::RwLock<Section>);
pub(crate) struct Semaphore(peer::Semaphore);
pub(crate) struct Barrier(peer::Barrier);
pub(crate) struct Notify(peer::Notify);

names!(
    Mutex = "tokio",
    RwLock = "tokio",
    Semaphore = "tokio",
    Barrier = "tokio",
    Notify = "tokio Notify"
);

impl Lock for Mutex {
    fn new() -> Self {
        Self(peer::Mutex::default())
    }

    #[inline]
    fn with(&self, act: impl FnOnce(&Section)) {
        act(&self.0.blocking_lock());
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
        look(&self.0.blocking_read());
    }

    #[inline]
    fn write(&self, act: impl FnOnce(&Section)) {
        act(&self.0.blocking_write());
    }
}

impl SemaphoreFamily for Semaphore {
    fn new(permits: u32) -> Self {
        Self(peer::Semaphore::new(permits as usize))
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        let _permit = match self.0.try_acquire() {
            Ok(permit) => permit,
            Err(_) => block_on(self.0.acquire()).expect("nobody closes it"),
        };
        act();
    }
}

impl BarrierFamily for Barrier {
    fn new(parties: usize) -> Self {
        Self(peer::Barrier::new(parties))
    }

    fn wait(&self) -> bool {
        block_on(self.0.wait()).is_leader()
    }
}

impl Event for Notify {
    fn new() -> Self {
        Self(peer::Notify::new())
    }

    #[inline]
    fn set(&self) {
        self.0.notify_one();
    }

    #[inline]
    fn take(&self) {
        block_on(self.0.notified());
    }

    #[inline]
    fn clear(&self) {
        poll_now(self.0.notified());
    }
}
