//! Values on their way to another process: bytes, and the descriptors that belong to them.
//!
//! A type that owns a descriptor says so by an [`Fd`] among its fields. Bytes hold its place in a list, which the calling thread keeps while it packs or unpacks, as serde's traits have no room for it.

use std::cell::RefCell;
use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value as it travels.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) bytes: Vec<u8>,
    pub(super) fds: Vec<Arc<OwnedFd>>,
}

thread_local! {
    /// Innermost last: packing a value may pack another one.
    static PACKING: RefCell<Vec<Vec<Arc<OwnedFd>>>> = const { RefCell::new(Vec::new()) };
    static UNPACKING: RefCell<Vec<Vec<Option<OwnedFd>>>> = const { RefCell::new(Vec::new()) };
    /// Why an object could not be had, as the codec keeps no words.
    static REFUSAL: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// An error of the codec for an object that has arrived and cannot be had here; [`unpack`] tells why.
pub(super) fn refuse<E: serde::de::Error>(why: impl fmt::Display) -> E {
    REFUSAL.set(Some(why.to_string()));
    E::custom(why)
}

impl Parcel {
    /// Packs a value.
    pub(super) fn pack<T: Serialize + ?Sized>(value: &T) -> Result<Self, PackError> {
        let level = Level::enter(&PACKING, Vec::new());
        let bytes = postcard::to_stdvec(value).map_err(PackError)?;
        let fds = level.leave();
        Ok(Self { bytes, fds })
    }
}

/// Makes a value of what has arrived. Descriptors that it does not ask for are closed.
pub(super) fn unpack<T: DeserializeOwned>(
    bytes: &[u8],
    fds: Vec<OwnedFd>,
) -> Result<T, UnpackError> {
    let _level = Level::enter(&UNPACKING, fds.into_iter().map(Some).collect());
    REFUSAL.take();
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(UnpackError::TooLong(rest.len())),
        Err(error) => Err(match REFUSAL.take() {
            Some(why) => UnpackError::Refused(why),
            None => UnpackError::Codec(error),
        }),
    }
}

/// One level of packing; the list goes when this does, also by a panic.
struct Level<V: 'static>(&'static std::thread::LocalKey<RefCell<Vec<V>>>);

impl<V: Default> Level<V> {
    fn enter(lists: &'static std::thread::LocalKey<RefCell<Vec<V>>>, list: V) -> Self {
        lists.with_borrow_mut(|lists| lists.push(list));
        Self(lists)
    }

    fn leave(self) -> V {
        self.0
            .with_borrow_mut(|lists| lists.last_mut().map(std::mem::take).unwrap_or_default())
    }
}

impl<V> Drop for Level<V> {
    fn drop(&mut self) {
        // Descriptors are closed outside of the borrow.
        let list = self.0.with_borrow_mut(Vec::pop);
        drop(list);
    }
}

/// A descriptor that can be an argument of a [`Process`](super::Process), or be sent over a connection.
///
/// The receiver gets a descriptor of its own for the same open file; the sender keeps this one. Outside of such a message it cannot be serialized.
#[derive(Debug, Clone)]
pub struct Fd(Arc<OwnedFd>);

impl Fd {
    pub(super) fn from_shared(fd: Arc<OwnedFd>) -> Self {
        Self(fd)
    }

    pub(super) fn into_shared(self) -> Arc<OwnedFd> {
        self.0
    }

    /// The descriptor itself, if no clone of this is left.
    ///
    /// # Errors
    ///
    /// This, if there are clones.
    pub fn try_into_owned(self) -> Result<OwnedFd, Self> {
        Arc::try_unwrap(self.0).map_err(Self)
    }
}

impl<T: Into<OwnedFd>> From<T> for Fd {
    fn from(fd: T) -> Self {
        Self(Arc::new(fd.into()))
    }
}

impl AsFd for Fd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Serialize for Fd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = PACKING.with_borrow_mut(|lists| {
            let list = lists.last_mut()?;
            list.push(self.0.clone());
            u32::try_from(list.len() - 1).ok()
        });
        let place = place.ok_or_else(|| {
            S::Error::custom(
                "a descriptor can only go to another process by a message or an argument",
            )
        })?;
        serializer.serialize_u32(place)
    }
}

impl<'de> Deserialize<'de> for Fd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let place = u32::deserialize(deserializer)?;
        let fd = UNPACKING.with_borrow_mut(|lists| {
            let place = lists.last_mut()?.get_mut(usize::try_from(place).ok()?)?;
            place.take()
        });
        let fd = fd.ok_or_else(|| refuse::<D::Error>("no descriptor has come with it"))?;
        Ok(Self(Arc::new(fd)))
    }
}

/// A value that cannot go to another process, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError(pub(super) postcard::Error);

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value cannot be serialized: {}", self.0)
    }
}

impl std::error::Error for PackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Why what has arrived from another process is not a value of the type asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnpackError {
    /// The bytes do not fit the type.
    Codec(postcard::Error),
    /// So many bytes are left over.
    TooLong(usize),
    /// An object in it cannot be had here: no descriptors or no memory are left, or too many processes have it already. This is why.
    Refused(String),
    /// Not as many descriptors have come as belong to it.
    Descriptors {
        /// How many belong to it, by its own word.
        announced: u32,
        /// How many have come.
        came: usize,
    },
}

impl fmt::Display for UnpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Codec(error) => write!(f, "the bytes are no value of this type: {error}"),
            Self::TooLong(rest) => {
                write!(
                    f,
                    "the bytes are no value of this type: {rest} of them are left over"
                )
            }
            Self::Refused(why) => write!(f, "an object in it cannot be had here: {why}"),
            Self::Descriptors { announced, came } => {
                write!(f, "{came} descriptors have come instead of {announced}")
            }
        }
    }
}

impl std::error::Error for UnpackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Codec(error) => Some(error),
            Self::TooLong(_) | Self::Refused(_) | Self::Descriptors { .. } => None,
        }
    }
}
