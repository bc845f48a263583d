//! Values without a lock.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::multiprocessing::shared_memory::{OpenError, OutOfBounds, SharedMemory};

/// What can be in a [`Value`](super::Value) or an [`Array`](super::Array): any bytes are valid for it, and it has neither pointers nor padding. Numbers, arrays of them, and structs that derive zerocopy's traits (row M-123).
pub trait Plain: FromBytes + IntoBytes + Immutable + Copy + Send + 'static {}
impl<T: FromBytes + IntoBytes + Immutable + Copy + Send + 'static> Plain for T {}

/// One value in shared memory, without a lock: Python's `RawValue` (row M-119). What is read while another process writes may be a mixture.
///
/// ```
/// use selvedge::multiprocessing::sharedctypes::RawValue;
/// use selvedge::multiprocessing::spawn;
///
/// let value = RawValue::new(1.5_f64).unwrap();
/// let child = spawn(|value: RawValue<f64>| value.set(value.get() * 2.0), value.try_clone().unwrap()).unwrap();
/// child.join().unwrap();
/// assert_eq!(value.get(), 3.0);
/// ```
pub struct RawValue<T: Plain>(RawArray<T>);

/// A fixed number of values in shared memory, without a lock: Python's `RawArray` (row M-119).
///
/// Indices count from 0; what lies outside is an error. What is read while another process writes may be a mixture.
///
/// ```
/// use selvedge::multiprocessing::sharedctypes::RawArray;
///
/// let array = RawArray::from_slice(&[1, 2, 3]).unwrap();
/// array.set(1, 20).unwrap();
/// assert_eq!(array.to_vec(), [1, 20, 3]);
/// assert!(array.get(3).is_err());
/// ```
pub struct RawArray<T: Plain> {
    memory: SharedMemory,
    len: usize,
    item: PhantomData<fn(T) -> T>,
}

impl<T: Plain> RawValue<T> {
    /// A value in new memory.
    ///
    /// # Errors
    ///
    /// If the system refuses the memory.
    pub fn new(value: T) -> Result<Self, OpenError> {
        RawArray::from_slice(&[value]).map(Self)
    }

    /// A copy of it.
    #[must_use]
    pub fn get(&self) -> T {
        self.0.get(0).unwrap_or_else(|_| T::new_zeroed())
    }

    /// Changes it.
    pub fn set(&self, value: T) {
        let _ = self.0.set(0, value);
    }

    /// The same value once more.
    ///
    /// # Errors
    ///
    /// If the system refuses: no more descriptors.
    pub fn try_clone(&self) -> Result<Self, OpenError> {
        self.0.try_clone().map(Self)
    }
}

impl<T: Plain> RawArray<T> {
    const SIZE: usize = {
        assert!(size_of::<T>() > 0, "a type without bytes cannot be shared");
        size_of::<T>()
    };

    /// So many zeros (row M-117).
    ///
    /// # Errors
    ///
    /// If the system refuses the memory.
    pub fn zeros(len: usize) -> Result<Self, OpenError> {
        let size = len
            .checked_mul(Self::SIZE)
            .ok_or(std::io::ErrorKind::OutOfMemory)?;
        Ok(Self {
            // Nothing at all needs a byte, too.
            memory: SharedMemory::anonymous(size.max(1))?,
            len,
            item: PhantomData,
        })
    }

    /// A copy of these values (row M-117).
    ///
    /// # Errors
    ///
    /// If the system refuses the memory.
    pub fn from_slice(values: &[T]) -> Result<Self, OpenError> {
        let array = Self::zeros(values.len())?;
        let _ = array.memory.write(0, values.as_bytes());
        Ok(array)
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn place(&self, range: Range<usize>) -> Result<usize, OutOfBounds> {
        let count = range.end.checked_sub(range.start);
        if range.end > self.len || count.is_none() {
            return Err(OutOfBounds {
                offset: range.start.saturating_mul(Self::SIZE),
                len: count.unwrap_or(0).saturating_mul(Self::SIZE),
                size: self.len * Self::SIZE,
            });
        }
        Ok(range.start * Self::SIZE)
    }

    /// A copy of one value.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`]. (Python: `IndexError`.)
    pub fn get(&self, index: usize) -> Result<T, OutOfBounds> {
        self.memory.get(self.place(index..index.saturating_add(1))?)
    }

    /// Changes one value.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`].
    pub fn set(&self, index: usize, value: T) -> Result<(), OutOfBounds> {
        self.memory
            .set(self.place(index..index.saturating_add(1))?, &value)
    }

    /// Copies values from `start` on into a buffer, as many as that holds.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`]; nothing is copied.
    pub fn read(&self, start: usize, into: &mut [T]) -> Result<(), OutOfBounds> {
        let place = self.place(start..start.saturating_add(into.len()))?;
        self.memory.read(place, into.as_mut_bytes())
    }

    /// Copies values to `start` and on.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`]; nothing is copied.
    pub fn write(&self, start: usize, from: &[T]) -> Result<(), OutOfBounds> {
        let place = self.place(start..start.saturating_add(from.len()))?;
        self.memory.write(place, from.as_bytes())
    }

    /// A copy of all.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        let mut values = vec![T::new_zeroed(); self.len];
        let _ = self.read(0, &mut values);
        values
    }

    /// A copy in memory of its own: Python's `sharedctypes.copy` (row M-121).
    ///
    /// # Errors
    ///
    /// If the system refuses the memory.
    pub fn copy(&self) -> Result<Self, OpenError> {
        Self::from_slice(&self.to_vec())
    }

    /// The same values once more.
    ///
    /// # Errors
    ///
    /// If the system refuses: no more descriptors.
    pub fn try_clone(&self) -> Result<Self, OpenError> {
        Ok(Self {
            memory: self.memory.try_clone()?,
            len: self.len,
            item: PhantomData,
        })
    }
}

impl<T: Plain> Serialize for RawArray<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.memory, self.len).serialize(serializer)
    }
}

impl<'de, T: Plain> Deserialize<'de> for RawArray<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (memory, len) = <(SharedMemory, usize)>::deserialize(deserializer)?;
        let size = len.checked_mul(Self::SIZE);
        if size.is_none_or(|size| size > memory.size()) {
            return Err(D::Error::custom("the memory is too small for the array"));
        }
        Ok(Self {
            memory,
            len,
            item: PhantomData,
        })
    }
}

impl<T: Plain> Serialize for RawValue<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Plain> Deserialize<'de> for RawValue<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let array = RawArray::deserialize(deserializer)?;
        if array.len() != 1 {
            return Err(D::Error::custom("not one value"));
        }
        Ok(Self(array))
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for RawValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawValue").field(&self.get()).finish()
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for RawArray<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawArray").field(&self.to_vec()).finish()
    }
}
