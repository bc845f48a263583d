//! `maitake-sync`: made for tasks; threads block on its futures.

use futures_lite::future::block_on;
use maitake_sync as peer;

use crate::contender::{AsyncLock, Event, Semaphore as SemaphoreFamily, names};
use crate::contenders::poll_now;
use crate::section::Section;

pub(crate) struct Mutex(peer::Mutex<Section>);
pub(crate) struct Semaphore(peer::Semaphore);
pub(crate) struct WaitQueue(peer::WaitQueue);

names!(
    Mutex = "maitake-sync",
    Semaphore = "maitake-sync",
    WaitQueue = "maitake-sync WaitQueue"
);

impl AsyncLock for Mutex {
    fn new() -> Self {
        Self(peer::Mutex::new(Section::default()))
    }

    async fn visit(&self, pauses: bool) {
        self.0.lock().await.visit(pauses).await;
    }

    fn inspect(&mut self) -> &Section {
        self.0.get_mut()
    }
}

impl SemaphoreFamily for Semaphore {
    fn new(permits: u32) -> Self {
        Self(peer::Semaphore::new(permits as usize))
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        let _permit = match self.0.try_acquire(1) {
            Ok(permit) => permit,
            Err(_) => block_on(self.0.acquire(1)).expect("nobody closes it"),
        };
        act();
    }
}

impl Event for WaitQueue {
    fn new() -> Self {
        Self(peer::WaitQueue::new())
    }

    #[inline]
    fn set(&self) {
        self.0.wake();
    }

    #[inline]
    fn take(&self) {
        block_on(self.0.wait()).expect("nobody closes it");
    }

    #[inline]
    fn clear(&self) {
        poll_now(self.0.wait());
    }
}
