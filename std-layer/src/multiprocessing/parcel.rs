//! Values on their way to another process: bytes, and the descriptors that belong to them.
//!
//! A type that owns a descriptor says so by an [`Fd`] among its fields. Bytes hold its place in a list, which the calling thread keeps while it packs or unpacks, as serde's traits have no room for it.

use std::cell::RefCell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::thread::LocalKey;

use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value as it travels.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) bytes: Vec<u8>,
    pub(super) fds: Vec<Arc<OwnedFd>>,
}

/// What the innermost level of packing, or unpacking, of a thread has.
type Place<V> = LocalKey<ManuallyDrop<RefCell<Option<V>>>>;

#[derive(Default)]
struct Unpacking {
    fds: Vec<Option<OwnedFd>>,
    /// Why an object could not be had, as the codec keeps no words.
    refusal: Option<String>,
}

thread_local! {
    // At the end of a thread nothing is there, so they need no destructors, which libc would have to be told of: that takes longer than a small value.
    static PACKING: ManuallyDrop<RefCell<Option<Vec<Arc<OwnedFd>>>>> = const { ManuallyDrop::new(RefCell::new(None)) };
    static UNPACKING: ManuallyDrop<RefCell<Option<Unpacking>>> = const { ManuallyDrop::new(RefCell::new(None)) };
}

/// An error of the codec for an object that has arrived and cannot be had here; [`unpack`] tells why.
pub(super) fn refuse<E: serde::de::Error>(why: impl fmt::Display) -> E {
    let refusal = why.to_string();
    UNPACKING.with(|place| {
        if let Some(level) = &mut *place.borrow_mut() {
            level.refusal = Some(refusal);
        }
    });
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
    let fds = fds.into_iter().map(Some).collect();
    let refusal = None;
    let level = Level::enter(&UNPACKING, Unpacking { fds, refusal });
    let taken = postcard::take_from_bytes(bytes);
    let refusal = level.leave().refusal;
    match (taken, refusal) {
        (Ok((value, [])), _) => Ok(value),
        (Ok((_, rest)), _) => Err(UnpackError::TooLong(rest.len())),
        (Err(_), Some(why)) => Err(UnpackError::Refused(why)),
        (Err(error), None) => Err(UnpackError::Codec(error)),
    }
}

/// One level of packing; what it has goes when this does, also by a panic, and the one around it goes on.
struct Level<V: 'static> {
    place: &'static Place<V>,
    around: Option<V>,
}

impl<V: Default> Level<V> {
    fn enter(place: &'static Place<V>, own: V) -> Self {
        let around = place.with(|place| place.replace(Some(own)));
        Self { place, around }
    }

    fn leave(self) -> V {
        self.place.with(|place| place.take()).unwrap_or_default()
    }
}

impl<V> Drop for Level<V> {
    fn drop(&mut self) {
        // Descriptors are closed outside of the borrow.
        let own = self.place.with(|place| place.replace(self.around.take()));
        drop(own);
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
        let place = PACKING.with(|place| {
            let mut list = place.borrow_mut();
            let list = list.as_mut()?;
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
        let fd = UNPACKING.with(|level| {
            let mut level = level.borrow_mut();
            let place = usize::try_from(place).ok()?;
            level.as_mut()?.fds.get_mut(place)?.take()
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
