//! A list in shared memory.
//!
//! # Layout
//!
//! As CPython's (row H-22), all numbers with the lowest byte first:
//!
//! | part | bytes |
//! |---|---|
//! | how many elements, `n` | 8 |
//! | where each begins, from the beginning of the data, and where the last ends | 8 × (n + 1) |
//! | data: each element has a multiple of 8 | |
//! | formats, one for each element: `q`, `d`, `xxxxxxx?`, `xxxxxx?x`, or how many bytes and `s` | 8 × n |
//! | kinds: 0 number or bool, 1 text, 2 bytes, 3 none | n |
//!
//! Unlike there, an element of text has room for its bytes and not for as many bytes as it has characters (row H-16), and its format tells how many it has now, so that zeros at its end are kept (row H-19).
//!
//! Another process may write anything, so the number of elements and the places of the parts are checked and remembered when the list is opened, and everything else is checked whenever it is read.

mod item;

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use item::Item;
use item::Stored;

use super::{NoName, OpenError, SharedMemory};

/// A list of fixed length in shared memory: Python's `ShareableList` (rows H-14 to H-22).
///
/// Elements may change, also their types; text and bytes must fit the room that the first one made. Text is kept in full, whatever its characters and the zeros at its end (Python cuts it, rows H-16 and H-19), and every index outside is an error (there, some write over what lies beside, row H-17). Nothing is locked: an element that is read while another process writes it may be a mixture, which is an error if it makes no sense.
///
/// ```
/// use selvedge::multiprocessing::shared_memory::{Item, ShareableList};
///
/// let list = ShareableList::new([Item::from("howdy"), b"HoWdY".into(), (-273.154).into(), 100.into(), ().into(), true.into()]).unwrap();
/// list.set(2, "dry").unwrap();
/// let there = ShareableList::attach(list.memory().name().unwrap()).unwrap(); // in any process
/// assert_eq!(there.get(2).unwrap(), Item::from("dry"));
/// assert_eq!(there.get(-1).unwrap(), Item::Bool(true));
/// assert!(there.set(2, "larger than before").is_err());
/// ```
pub struct ShareableList {
    memory: SharedMemory,
    len: usize,
    data_len: usize,
}

/// Why an element cannot be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemError {
    /// There is no element of this index. (Python: `IndexError`, in one direction only, row H-17.)
    NoSuchIndex,
    /// It is longer than the room of the element. (Python: `ValueError`, row H-18.)
    TooLong {
        /// How many bytes there is room for.
        room: usize,
    },
    /// What lies there makes no sense: somebody has written something else.
    Damaged,
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchIndex => f.write_str("the list has no element of this index"),
            Self::TooLong { room } => {
                write!(
                    f,
                    "the value is longer than the {room} bytes of the element"
                )
            }
            Self::Damaged => f.write_str("what lies in the shared memory is no element of a list"),
        }
    }
}

impl std::error::Error for ItemError {}

/// Why there is no list.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListError {
    /// An element is longer than ten million bytes (row H-15).
    TooLong,
    /// The shared memory does not hold a list.
    Damaged,
    /// There is no memory.
    Memory(OpenError),
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("an element is longer than 9,999,999 bytes"),
            Self::Damaged => f.write_str("the shared memory does not hold a list"),
            Self::Memory(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ListError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Memory(error) => Some(error),
            _ => None,
        }
    }
}

impl From<OpenError> for ListError {
    fn from(error: OpenError) -> Self {
        Self::Memory(error)
    }
}

impl ShareableList {
    /// A list of these elements, in new memory with a name of its own.
    ///
    /// # Errors
    ///
    /// See [`ListError`].
    pub fn new<I>(items: I) -> Result<Self, ListError>
    where
        I: IntoIterator<Item: Into<Item>>,
    {
        Self::build(items, SharedMemory::create)
    }

    /// A list of these elements, in new memory of this name.
    ///
    /// # Errors
    ///
    /// See [`ListError`].
    pub fn new_named<I>(name: &str, items: I) -> Result<Self, ListError>
    where
        I: IntoIterator<Item: Into<Item>>,
    {
        Self::build(items, |size| SharedMemory::create_named(name, size))
    }

    /// The list that some process has by this name.
    ///
    /// # Errors
    ///
    /// See [`ListError`].
    pub fn attach(name: &str) -> Result<Self, ListError> {
        Self::open(SharedMemory::attach(name)?)
    }

    fn build<I>(
        items: I,
        make: impl FnOnce(usize) -> Result<SharedMemory, OpenError>,
    ) -> Result<Self, ListError>
    where
        I: IntoIterator<Item: Into<Item>>,
    {
        let items: Vec<Item> = items.into_iter().map(Into::into).collect();
        let stored: Option<Vec<Stored<'_>>> = items.iter().map(Item::store).collect();
        let stored = stored.ok_or(ListError::TooLong)?;
        let room = |stored: &Stored<'_>| match stored.kind {
            item::Kind::Str | item::Kind::Bytes => 8 * (stored.bytes.len() / 8 + 1),
            _ => 8,
        };
        let len = stored.len();
        let data_len: usize = stored.iter().map(room).sum();
        let memory = make(8 * (len + 2) + data_len + 9 * len)?;
        let list = Self {
            memory,
            len,
            data_len,
        };
        let inside = |_| ListError::Damaged;
        let number =
            |place, number: usize| list.memory.write(place, &(number as i64).to_le_bytes());
        number(0, len).map_err(inside)?;
        let mut offset = 0;
        for (i, stored) in stored.iter().enumerate() {
            number(8 + 8 * i, offset).map_err(inside)?;
            list.put(i, offset, stored).ok_or(ListError::Damaged)?;
            offset += room(stored);
        }
        number(8 + 8 * len, offset).map_err(inside)?;
        Ok(list)
    }

    /// The list in this memory.
    ///
    /// # Errors
    ///
    /// [`ListError::Damaged`] if there is none.
    pub fn open(memory: SharedMemory) -> Result<Self, ListError> {
        let number = |place| -> Option<usize> {
            let mut bytes = [0; 8];
            memory.read(place, &mut bytes).ok()?;
            usize::try_from(i64::from_le_bytes(bytes)).ok()
        };
        let parts = || {
            let len = number(0)?;
            let data_len = number(len.checked_mul(8)?.checked_add(8)?)?;
            let end = (len.checked_mul(17)?.checked_add(16)?).checked_add(data_len)?;
            (end <= memory.size()).then_some((len, data_len))
        };
        let (len, data_len) = parts().ok_or(ListError::Damaged)?;
        Ok(Self {
            memory,
            len,
            data_len,
        })
    }

    /// How many elements it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The memory that it lies in (row H-21).
    #[must_use]
    pub fn memory(&self) -> &SharedMemory {
        &self.memory
    }

    /// Takes the name of its memory away, see [`SharedMemory::unlink`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn unlink(&self) -> Result<(), NoName> {
        self.memory.unlink()
    }

    fn data(&self) -> usize {
        8 * (self.len + 2)
    }

    fn formats(&self) -> usize {
        self.data() + self.data_len
    }

    fn kinds(&self) -> usize {
        self.formats() + 8 * self.len
    }

    fn index_of(&self, index: isize) -> Result<usize, ItemError> {
        let from_end = index < 0;
        let index = if from_end {
            self.len.checked_sub(index.unsigned_abs())
        } else {
            Some(index.unsigned_abs())
        };
        index
            .filter(|index| *index < self.len)
            .ok_or(ItemError::NoSuchIndex)
    }

    /// Where an element begins in the data, and how much room it has.
    fn slot(&self, index: usize) -> Option<(usize, usize)> {
        let number = |i: usize| {
            let mut bytes = [0; 8];
            self.memory.read(8 + 8 * i, &mut bytes).ok()?;
            usize::try_from(i64::from_le_bytes(bytes)).ok()
        };
        let (start, end) = (number(index)?, number(index + 1)?);
        let room = end.checked_sub(start)?;
        (end <= self.data_len).then_some((start, room))
    }

    /// An element; negative indices count from the end (row H-17).
    ///
    /// # Errors
    ///
    /// [`ItemError::NoSuchIndex`], [`ItemError::Damaged`].
    pub fn get(&self, index: isize) -> Result<Item, ItemError> {
        let index = self.index_of(index)?;
        self.take(index).ok_or(ItemError::Damaged)
    }

    fn take(&self, index: usize) -> Option<Item> {
        let (start, room) = self.slot(index)?;
        let mut format = [0; 8];
        self.memory
            .read(self.formats() + 8 * index, &mut format)
            .ok()?;
        let mut kind = [0];
        self.memory.read(self.kinds() + index, &mut kind).ok()?;
        Item::load(format, kind[0], |len| {
            if len > room {
                return None;
            }
            let mut bytes = vec![0; len];
            self.memory.read(self.data() + start, &mut bytes).ok()?;
            Some(bytes)
        })
    }

    /// Changes an element, also its type (row H-18).
    ///
    /// # Errors
    ///
    /// [`ItemError::NoSuchIndex`]; [`ItemError::TooLong`], and nothing has changed.
    pub fn set(&self, index: isize, value: impl Into<Item>) -> Result<(), ItemError> {
        let index = self.index_of(index)?;
        let value = value.into();
        let (start, room) = self.slot(index).ok_or(ItemError::Damaged)?;
        let stored = value.store().filter(|stored| stored.bytes.len() <= room);
        let stored = stored.ok_or(ItemError::TooLong { room })?;
        self.put(index, start, &stored).ok_or(ItemError::Damaged)
    }

    fn put(&self, index: usize, start: usize, stored: &Stored<'_>) -> Option<()> {
        let memory = &self.memory;
        memory.write(self.data() + start, &stored.bytes).ok()?;
        memory
            .write(self.formats() + 8 * index, &stored.format)
            .ok()?;
        memory
            .write(self.kinds() + index, &[stored.kind as u8])
            .ok()
    }

    /// The elements, each as it is when its turn comes; those that make no sense are left out.
    pub fn iter(&self) -> impl Iterator<Item = Item> {
        (0..self.len).filter_map(|index| self.take(index))
    }

    /// How many elements are equal to a value (row H-20).
    pub fn count(&self, value: impl Into<Item>) -> usize {
        let value = value.into();
        self.iter().filter(|item| *item == value).count()
    }

    /// The index of the first element that is equal to a value (row H-20).
    pub fn index(&self, value: impl Into<Item>) -> Option<usize> {
        let value = value.into();
        (0..self.len).find(|index| self.take(*index).is_some_and(|item| item == value))
    }

    /// The formats of all elements in a row (row H-21).
    #[must_use]
    pub fn format(&self) -> String {
        let mut formats = vec![0; 8 * self.len];
        let _ = self.memory.read(self.formats(), &mut formats);
        formats.retain(|byte| *byte != 0);
        String::from_utf8_lossy(&formats).into_owned()
    }
}

impl fmt::Debug for ShareableList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareableList")
            .field("items", &self.iter().collect::<Vec<_>>())
            .field("name", &self.memory.name())
            .finish()
    }
}

impl Serialize for ShareableList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.memory.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ShareableList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::open(SharedMemory::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
