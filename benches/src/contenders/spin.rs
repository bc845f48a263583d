//! `spin`: never sleeps, so it is out of competition, but it shows what sleeping costs.

use spin as peer;

use crate::contender::{Barrier as BarrierFamily, Lock, ReadWrite, Role, names};
use crate::section::Section;

pub(crate) struct Mutex(peer::Mutex<Section>);
pub(crate) struct RwLock(peer::RwLock<Section>);
pub(crate) struct Barrier(peer::Barrier);

names!(
    Role::Reference("its waiters never sleep") =>
    Mutex = "spin",
    RwLock = "spin",
    Barrier = "spin"
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

impl BarrierFamily for Barrier {
    fn new(parties: usize) -> Self {
        Self(peer::Barrier::new(parties))
    }

    fn wait(&self) -> bool {
        self.0.wait().is_leader()
    }
}
