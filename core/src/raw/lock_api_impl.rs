//! `lock_api` 0.5's raw traits for the raw locks: `lock_api::Mutex<RawLock<P>, T>` and its kin bring mapped guards, `Arc` guards and whatever generic code the
//! ecosystem has.
//!
//! # Safety
//!
//! Implements `lock_api`'s `unsafe trait`s, whose promises are those of the raw protocols.
#![allow(unsafe_code, reason = "implements unsafe traits of lock_api")]
#![allow(
    clippy::declare_interior_mutable_const,
    reason = "INIT is lock_api's way to a constant initialiser"
)]

use core::num::NonZeroUsize;
use core::time::Duration;

use lock_api::{
    GetThreadId, GuardSend, RawCondvar, RawCondvarTimed, RawMutex, RawMutexFair, RawMutexTimed,
};

use super::{RawCondition, RawLock, RawRwLock};
use crate::port::{Clock, Identity, Port, TimedPort};
use crate::waiters::{Forever, Limit, Until};

fn forever<P: Port>(take: impl FnOnce(&Forever) -> Result<(), <Forever as Limit<P>>::Expired>) {
    let Ok(()) = take(&Forever);
}

// SAFETY: `RawLock` gives mutual exclusion with acquire and release ordering; it has no per-acquisition state, and any task may release it.
unsafe impl<P: Port> RawMutex for RawLock<P> {
    const INIT: Self = Self::new();

    type Guard = GuardSend;

    fn lock(&self) -> GuardSend {
        forever::<P>(|limit| self.acquire(limit));
        GuardSend::new()
    }

    fn try_lock(&self) -> Option<GuardSend> {
        self.try_acquire().then(GuardSend::new)
    }

    unsafe fn unlock(&self, _: GuardSend) {
        // SAFETY: the caller holds it.
        unsafe { self.release() };
    }

    fn is_locked(&self) -> bool {
        self.is_locked()
    }
}

// SAFETY: as above; the fair release keeps the lock for a waiter.
unsafe impl<P: Port> RawMutexFair for RawLock<P> {
    unsafe fn unlock_fair(&self, _: GuardSend) {
        // SAFETY: the caller holds it.
        unsafe { self.release_fair() };
    }
}

// SAFETY: as above.
unsafe impl<P: TimedPort> RawMutexTimed for RawLock<P> {
    type Duration = Duration;
    type Instant = P::Instant;

    fn try_lock_for(&self, timeout: Duration) -> Option<GuardSend> {
        self.acquire(&Until::timeout(timeout))
            .ok()
            .map(|()| GuardSend::new())
    }

    fn try_lock_until(&self, deadline: P::Instant) -> Option<GuardSend> {
        self.acquire(&Until::deadline(deadline))
            .ok()
            .map(|()| GuardSend::new())
    }
}

// SAFETY: `RawRwLock` excludes writers from everybody, with acquire and release ordering.
unsafe impl<P: Port> lock_api::RawRwLock for RawRwLock<P> {
    const INIT: Self = Self::new();

    type SharedGuard = GuardSend;
    type ExclusiveGuard = GuardSend;

    fn lock_shared(&self) -> GuardSend {
        forever::<P>(|limit| self.read(limit));
        GuardSend::new()
    }

    fn try_lock_shared(&self) -> Option<GuardSend> {
        self.try_read().then(GuardSend::new)
    }

    unsafe fn unlock_shared(&self, _: GuardSend) {
        // SAFETY: the caller has a shared hold.
        unsafe { self.release_read() };
    }

    fn lock_exclusive(&self) -> GuardSend {
        forever::<P>(|limit| self.write(limit));
        GuardSend::new()
    }

    fn try_lock_exclusive(&self) -> Option<GuardSend> {
        self.try_write().then(GuardSend::new)
    }

    unsafe fn unlock_exclusive(&self, _: GuardSend) {
        // SAFETY: the caller has the exclusive hold.
        unsafe { self.release_write() };
    }

    fn is_locked(&self) -> bool {
        self.is_locked()
    }

    fn is_locked_exclusive(&self) -> bool {
        self.is_write_locked()
    }
}

// SAFETY: as above.
unsafe impl<P: Port> lock_api::RawRwLockDowngrade for RawRwLock<P> {
    unsafe fn downgrade(&self, _: GuardSend) -> GuardSend {
        // SAFETY: the caller has the exclusive hold.
        unsafe { self.downgrade() };
        GuardSend::new()
    }
}

// SAFETY: as above.
unsafe impl<P: TimedPort> lock_api::RawRwLockTimed for RawRwLock<P> {
    type Duration = Duration;
    type Instant = P::Instant;

    fn try_lock_shared_for(&self, timeout: Duration) -> Option<GuardSend> {
        self.read(&Until::timeout(timeout))
            .ok()
            .map(|()| GuardSend::new())
    }

    fn try_lock_shared_until(&self, deadline: P::Instant) -> Option<GuardSend> {
        self.read(&Until::deadline(deadline))
            .ok()
            .map(|()| GuardSend::new())
    }

    fn try_lock_exclusive_for(&self, timeout: Duration) -> Option<GuardSend> {
        self.write(&Until::timeout(timeout))
            .ok()
            .map(|()| GuardSend::new())
    }

    fn try_lock_exclusive_until(&self, deadline: P::Instant) -> Option<GuardSend> {
        self.write(&Until::deadline(deadline))
            .ok()
            .map(|()| GuardSend::new())
    }
}

// SAFETY: `RawCondition::wait` queues the waiter before it releases the lock and takes the lock again before it returns; if a waker panics in between, it takes the lock again before the unwind goes on. There are no spurious
// wake-ups, so the counts are exact.
unsafe impl<P: Port> RawCondvar for RawCondition<P> {
    const INIT: Self = Self::new();

    type RawMutex = RawLock<P>;

    unsafe fn wait(&self, mutex: &RawLock<P>, _: &mut GuardSend) {
        // SAFETY: the caller holds the lock.
        forever::<P>(|limit| unsafe { self.wait(mutex, limit) });
    }

    fn notify_one(&self) -> bool {
        self.notify(1) == 1
    }

    fn notify_all(&self) -> usize {
        self.notify(u32::MAX) as usize
    }
}

// SAFETY: as above.
unsafe impl<P: TimedPort> RawCondvarTimed for RawCondition<P> {
    fn checked_duration_to_instant(timeout: &Duration) -> Option<P::Instant> {
        <P as Clock>::after(P::now(), *timeout)
    }

    unsafe fn wait_until(
        &self,
        mutex: &RawLock<P>,
        _: &mut GuardSend,
        deadline: &P::Instant,
    ) -> bool {
        // SAFETY: the caller holds the lock.
        unsafe { self.wait(mutex, &Until::deadline(*deadline)) }.is_err()
    }
}

/// [`lock_api::GetThreadId`] by a port's [`Identity`], for `lock_api::ReentrantMutex<RawLock<P>, PortThreadId<P>, T>`.
#[derive(Debug)]
pub struct PortThreadId<P>(core::marker::PhantomData<fn() -> P>);

// SAFETY: identities are unique among live tasks.
unsafe impl<P: Identity> GetThreadId for PortThreadId<P> {
    const INIT: Self = Self(core::marker::PhantomData);

    fn nonzero_thread_id(&self) -> NonZeroUsize {
        P::current()
    }
}
