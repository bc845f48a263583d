//! Values and arrays that processes share: Python's `Value`, `Array` and `multiprocessing.sharedctypes` (rows M-114 to M-126).
//!
//! | | |
//! |---|---|
//! | [`Value`], [`Array`] | with a lock |
//! | [`RawValue`], [`RawArray`] | without |
//! | [`Plain`] | what can be in them |

mod raw;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use raw::{Plain, RawArray, RawValue};

use super::shared_memory::{OpenError, OutOfBounds};
use super::synchronize::{RLock, RLockGuard};

/// One value in shared memory, with a lock: Python's `Value` (rows M-114, M-115).
///
/// Each access takes the lock. Several that belong together, such as adding to it, are one under [`lock`](Self::lock), which the same thread may take again. Numbers wrap or not as Rust's operators do, there is no conversion on the way (in Python `Value('b', 300)` is 44, row M-116).
///
/// If a process dies with the lock, the next access goes on with what is there, and nobody waits (in Python everybody would, row M-105): what that process has written last, or what was there before. A value of more than eight bytes may be half the one and half the other, if it died while it wrote.
///
/// ```
/// use selvedge::multiprocessing::sharedctypes::Value;
/// use selvedge::multiprocessing::spawn;
///
/// let total = Value::new(0_u64).unwrap();
/// let add = |total: Value<u64>| {
///     for _ in 0..100 {
///         let _lock = total.lock();
///         total.set(total.get() + 1);
///     }
/// };
/// let children = [0; 2].map(|_| spawn(add, total.try_clone().unwrap()).unwrap());
/// for child in children {
///     child.join().unwrap();
/// }
/// assert_eq!(total.get(), 200);
/// ```
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Value<T: Plain> {
    raw: RawValue<T>,
    lock: RLock,
}

/// A fixed number of values in shared memory, with a lock: Python's `Array` (rows M-117, M-118).
///
/// As [`Value`]. Bytes of text are an array of `u8`.
///
/// ```
/// use selvedge::multiprocessing::sharedctypes::Array;
///
/// let array = Array::from_slice(&[1_i32, 2, 3]).unwrap();
/// {
///     let _lock = array.lock();
///     array.set(0, array.get(0).unwrap() + array.get(2).unwrap()).unwrap();
/// }
/// assert_eq!(array.to_vec(), [4, 2, 3]);
/// ```
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Array<T: Plain> {
    raw: RawArray<T>,
    lock: RLock,
}

/// The lock, whether its last holder died or not.
fn taken(lock: &RLock) -> RLockGuard<'_> {
    lock.acquire()
        .unwrap_or_else(super::synchronize::ROwnerDied::into_guard)
}

impl<T: Plain> Value<T> {
    /// A value in new memory, with a lock of its own.
    ///
    /// # Errors
    ///
    /// If the system refuses the memory.
    pub fn new(value: T) -> Result<Self, OpenError> {
        Self::with_lock(value, RLock::new()?)
    }

    /// A value under a lock that others may be under, too.
    ///
    /// # Errors
    ///
    /// If the system refuses the memory.
    pub fn with_lock(value: T, lock: RLock) -> Result<Self, OpenError> {
        let raw = RawValue::new(value)?;
        Ok(Self { raw, lock })
    }

    /// A copy of it.
    #[must_use]
    pub fn get(&self) -> T {
        let _lock = self.lock();
        self.raw.get()
    }

    /// Changes it.
    pub fn set(&self, value: T) {
        let _lock = self.lock();
        self.raw.set(value);
    }

    /// Keeps everybody else out.
    pub fn lock(&self) -> RLockGuard<'_> {
        taken(&self.lock)
    }

    /// The lock (row M-122).
    #[must_use]
    pub fn get_lock(&self) -> &RLock {
        &self.lock
    }

    /// The value without the lock (row M-122).
    #[must_use]
    pub fn get_obj(&self) -> &RawValue<T> {
        &self.raw
    }

    /// The same value once more.
    ///
    /// # Errors
    ///
    /// If the system refuses: no more descriptors.
    pub fn try_clone(&self) -> Result<Self, OpenError> {
        Ok(Self {
            raw: self.raw.try_clone()?,
            lock: self.lock.clone(),
        })
    }
}

impl<T: Plain> Array<T> {
    /// So many zeros.
    ///
    /// # Errors
    ///
    /// If the system refuses the memory.
    pub fn zeros(len: usize) -> Result<Self, OpenError> {
        let (raw, lock) = (RawArray::zeros(len)?, RLock::new()?);
        Ok(Self { raw, lock })
    }

    /// A copy of these values.
    ///
    /// # Errors
    ///
    /// If the system refuses the memory.
    pub fn from_slice(values: &[T]) -> Result<Self, OpenError> {
        let (raw, lock) = (RawArray::from_slice(values)?, RLock::new()?);
        Ok(Self { raw, lock })
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// A copy of one value.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`].
    pub fn get(&self, index: usize) -> Result<T, OutOfBounds> {
        let _lock = self.lock();
        self.raw.get(index)
    }

    /// Changes one value.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`].
    pub fn set(&self, index: usize, value: T) -> Result<(), OutOfBounds> {
        let _lock = self.lock();
        self.raw.set(index, value)
    }

    /// Copies values from `start` on into a buffer.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`]; nothing is copied.
    pub fn read(&self, start: usize, into: &mut [T]) -> Result<(), OutOfBounds> {
        let _lock = self.lock();
        self.raw.read(start, into)
    }

    /// Copies values to `start` and on.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`]; nothing is copied.
    pub fn write(&self, start: usize, from: &[T]) -> Result<(), OutOfBounds> {
        let _lock = self.lock();
        self.raw.write(start, from)
    }

    /// A copy of all.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        let _lock = self.lock();
        self.raw.to_vec()
    }

    /// Keeps everybody else out.
    pub fn lock(&self) -> RLockGuard<'_> {
        taken(&self.lock)
    }

    /// The lock (row M-122).
    #[must_use]
    pub fn get_lock(&self) -> &RLock {
        &self.lock
    }

    /// The values without the lock (row M-122).
    #[must_use]
    pub fn get_obj(&self) -> &RawArray<T> {
        &self.raw
    }

    /// The same values once more.
    ///
    /// # Errors
    ///
    /// If the system refuses: no more descriptors.
    pub fn try_clone(&self) -> Result<Self, OpenError> {
        Ok(Self {
            raw: self.raw.try_clone()?,
            lock: self.lock.clone(),
        })
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Value").field(&self.raw.get()).finish()
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for Array<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Array").field(&self.raw.to_vec()).finish()
    }
}
