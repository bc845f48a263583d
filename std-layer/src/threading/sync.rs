//! The primitives of `selvedge-core` with this system's port filled in.

use crate::port::Native;

/// Python's `threading.Lock` (rows T-54 to T-62). See [`selvedge_core::Lock`].
pub type Lock = selvedge_core::Lock<Native>;
/// A [`Lock`] that is held.
pub type LockGuard<'a> = selvedge_core::LockGuard<'a, Native>;
/// Data and the lock that protects them. See [`selvedge_core::Mutex`].
pub type Mutex<T> = selvedge_core::Mutex<Native, T>;
/// Access to the data of a [`Mutex`].
pub type MutexGuard<'a, T> = selvedge_core::MutexGuard<'a, Native, T>;
/// Python's `threading.RLock` (rows T-63 to T-68). See [`selvedge_core::RLock`].
pub type RLock<T = ()> = selvedge_core::RLock<Native, T>;
/// One level of an [`RLock`].
pub type RLockGuard<'a, T = ()> = selvedge_core::RLockGuard<'a, Native, T>;
/// Data that many may read or one may change. See [`selvedge_core::RwLock`].
pub type RwLock<T> = selvedge_core::RwLock<Native, T>;
/// Shared access to the data of an [`RwLock`].
pub type RwLockReadGuard<'a, T> = selvedge_core::RwLockReadGuard<'a, Native, T>;
/// Exclusive access to the data of an [`RwLock`].
pub type RwLockWriteGuard<'a, T> = selvedge_core::RwLockWriteGuard<'a, Native, T>;
/// A condition without a lock of its own. See [`selvedge_core::Condvar`].
pub type Condvar = selvedge_core::Condvar<Native>;
/// Python's `threading.Condition` (rows T-69 to T-80), by default over an [`RLock`]. See [`selvedge_core::Condition`].
pub type Condition<L = RLock> = selvedge_core::Condition<L>;
/// A [`Condition`] whose lock is held.
pub type ConditionGuard<'a, L = RLock> = selvedge_core::ConditionGuard<'a, L>;
/// Python's `threading.Semaphore` (rows T-81 to T-87). See [`selvedge_core::Semaphore`].
pub type Semaphore = selvedge_core::Semaphore<Native>;
/// One permit of a [`Semaphore`].
pub type Permit<'a> = selvedge_core::Permit<'a, Native>;
/// Python's `threading.BoundedSemaphore` (row T-86). See [`selvedge_core::BoundedSemaphore`].
pub type BoundedSemaphore = selvedge_core::BoundedSemaphore<Native>;
/// One permit of a [`BoundedSemaphore`].
pub type BoundedPermit<'a> = selvedge_core::BoundedPermit<'a, Native>;
/// Python's `threading.Event` (rows T-88 to T-94). See [`selvedge_core::Event`].
pub type Event = selvedge_core::Event<Native>;
/// Python's `threading.Barrier` (rows T-99 to T-108). See [`selvedge_core::Barrier`].
pub type Barrier<A = NoAction> = selvedge_core::Barrier<Native, A>;

pub use selvedge_core::error::{
    BarrierError, Broken, NotHeld, NotOwner, TimedOut, TooManyReleases, WouldBlock,
};
pub use selvedge_core::{Action, NoAction, Shared};
