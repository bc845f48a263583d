//! Which locks a condition works with, and how it gets at them.
//!
//! # Safety
//!
//! Declares the `unsafe trait`s that let a condition release a lock under its guard, and implements them for the guards of this crate.
#![allow(unsafe_code, reason = "unsafe traits and their implementations")]

use core::ops::Deref;

use crate::error::TimedOut;
use crate::port::{Identity, Port, TimedPort, Watched};
use crate::raw::{RawLock, RawRLock, Suspend};
use crate::{Lock, LockGuard, Mutex, MutexGuard, RLock, RLockGuard};

/// A guard under which a condition can release its lock and take it again.
///
/// # Safety
///
/// While the guard exists, its task holds [`raw`](Guarded::raw), unless the guard is empty: then [`is_held`](Guarded::is_held) says so. While the task is blocked inside a wait, nothing that the
/// guard protects is accessed through it; for a reentrant lock also not through the task's other guards, which no other task can use unless the data are [`Sync`].
pub unsafe trait Guarded {
    /// The port of the lock.
    type Port: Port;
    /// The lock's protocol.
    type Raw: Suspend<Self::Port>;

    /// The lock.
    ///
    /// # Safety
    ///
    /// The caller does not release what the guard holds, unless it holds it again before the guard is used or dropped.
    unsafe fn raw(&self) -> &Self::Raw;

    /// False for a guard whose lock was released behind its back, which a lock without data allows.
    fn is_held(&self) -> bool;

    /// What the deadlock detection knows it by.
    #[doc(hidden)]
    fn object(&self) -> crate::port::Object;

    /// How many guards of the lock the task has. With 1, this guard is the only way to the data.
    fn level(&self) -> u32 {
        1
    }
}

// SAFETY: a `LockGuard` holds its lock, or somebody has released it; "held by anybody" is all that a lock without owner can say.
unsafe impl<P: Port> Guarded for LockGuard<'_, P> {
    type Port = P;
    type Raw = RawLock<P>;

    unsafe fn raw(&self) -> &RawLock<P> {
        self.lock().raw()
    }

    fn is_held(&self) -> bool {
        self.lock().locked()
    }

    fn object(&self) -> crate::port::Object {
        self.lock().object()
    }
}

// SAFETY: a `MutexGuard` holds its mutex as long as it exists.
unsafe impl<P: Port, T: ?Sized> Guarded for MutexGuard<'_, P, T> {
    type Port = P;
    type Raw = RawLock<P>;

    unsafe fn raw(&self) -> &RawLock<P> {
        self.mutex().raw()
    }

    fn is_held(&self) -> bool {
        true
    }

    fn object(&self) -> crate::port::Object {
        self.mutex().object()
    }
}

// SAFETY: an `RLockGuard` cannot leave its task, which owns the lock unless it has released it (then the owner is another or none).
unsafe impl<P: Port + Identity, T: ?Sized> Guarded for RLockGuard<'_, P, T> {
    type Port = P;
    type Raw = RawRLock<P>;

    unsafe fn raw(&self) -> &RawRLock<P> {
        self.lock().raw()
    }

    fn is_held(&self) -> bool {
        self.lock().is_owned()
    }

    fn object(&self) -> crate::port::Object {
        self.lock().object()
    }

    fn level(&self) -> u32 {
        self.lock().level()
    }
}

/// A lock that a [`Condition`](super::Condition) can be built on: [`Lock`], [`Mutex`], [`RLock`], a reference to one, or another pointer to one in [`Shared`].
pub trait Monitor {
    /// The port of the lock.
    type Port: Port;
    /// Its guard.
    type Guard<'a>: Guarded<Port = Self::Port>
    where
        Self: 'a;

    #[doc(hidden)]
    #[track_caller]
    fn monitor_acquire(&self) -> Self::Guard<'_>;

    #[doc(hidden)]
    #[track_caller]
    fn monitor_try_acquire(&self) -> Option<Self::Guard<'_>>;

    #[doc(hidden)]
    #[track_caller]
    fn monitor_acquire_deadline(
        &self,
        deadline: <Self::Port as crate::port::Clock>::Instant,
    ) -> Result<Self::Guard<'_>, TimedOut>
    where
        Self::Port: TimedPort;

    #[doc(hidden)]
    fn monitor_acquire_async(&self) -> impl Future<Output = Self::Guard<'_>>;
}

macro_rules! monitor {
    ($([$($generics:tt)*] $lock:ty, $guard:ty, $port:ty, $acquire:ident, $try_acquire:ident, $deadline:ident, $async:ident;)*) => {$(
        impl<$($generics)*> Monitor for $lock {
            type Port = $port;
            type Guard<'a> = $guard where Self: 'a;

            #[track_caller]
            fn monitor_acquire(&self) -> Self::Guard<'_> {
                self.$acquire()
            }

            #[track_caller]
            fn monitor_try_acquire(&self) -> Option<Self::Guard<'_>> {
                self.$try_acquire()
            }

            #[track_caller]
            fn monitor_acquire_deadline(
                &self,
                deadline: <Self::Port as crate::port::Clock>::Instant,
            ) -> Result<Self::Guard<'_>, TimedOut>
            where
                Self::Port: TimedPort,
            {
                self.$deadline(deadline)
            }

            fn monitor_acquire_async(&self) -> impl Future<Output = Self::Guard<'_>> {
                self.$async()
            }
        }
    )*};
}

monitor! {
    [P: Port] Lock<P>, LockGuard<'a, P>, P, acquire, try_acquire, acquire_deadline, acquire_async;
    [P: Port, T: ?Sized] Mutex<P, T>, MutexGuard<'a, P, T>, P, lock, try_lock, lock_deadline, lock_async;
    [P: Port + Identity, T: ?Sized] RLock<P, T>, RLockGuard<'a, P, T>, P, acquire, try_acquire, acquire_deadline, acquire_async;
}

macro_rules! behind_a_pointer {
    ($([$($generics:tt)*] $pointer:ty, $lock:ty;)*) => {$(
        impl<$($generics)*> Monitor for $pointer
        where
            $lock: Monitor,
        {
            type Port = <$lock as Monitor>::Port;
            type Guard<'a>
                = <$lock as Monitor>::Guard<'a>
            where
                Self: 'a;

            #[track_caller]
            fn monitor_acquire(&self) -> Self::Guard<'_> {
                (**self).monitor_acquire()
            }

            #[track_caller]
            fn monitor_try_acquire(&self) -> Option<Self::Guard<'_>> {
                (**self).monitor_try_acquire()
            }

            #[track_caller]
            fn monitor_acquire_deadline(
                &self,
                deadline: <Self::Port as crate::port::Clock>::Instant,
            ) -> Result<Self::Guard<'_>, TimedOut>
            where
                Self::Port: TimedPort,
            {
                (**self).monitor_acquire_deadline(deadline)
            }

            fn monitor_acquire_async(&self) -> impl Future<Output = Self::Guard<'_>> {
                (**self).monitor_acquire_async()
            }
        }
    )*};
}

behind_a_pointer! {
    [L: ?Sized] &L, L;
    [D: Deref] Shared<D>, D::Target;
}

/// A lock behind a pointer such as `Arc<L>`, for several conditions that share one lock (row T-69). A plain reference needs no wrapper.
#[derive(Debug, Clone)]
pub struct Shared<D>(pub D);

impl<D: Deref> Deref for Shared<D> {
    type Target = D::Target;

    fn deref(&self) -> &D::Target {
        &self.0
    }
}
