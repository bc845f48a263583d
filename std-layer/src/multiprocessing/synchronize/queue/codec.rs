//! How items become bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::multiprocessing::parcel::{Parcel, unpack};
use crate::multiprocessing::sharedctypes::Plain;
use crate::multiprocessing::{PackError, UnpackError};

/// How items of a [`Queue`](super::Queue) become bytes: [`Serialized`] or [`Copied`].
pub trait Codec: private::Sealed {}

/// What can be put.
pub trait Encode<T>: Codec {
    #[doc(hidden)]
    fn encode(item: &T) -> Result<Vec<u8>, PackError>;
}

/// What can be got.
pub trait Decode<T>: Codec {
    #[doc(hidden)]
    fn decode(bytes: Vec<u8>) -> Result<T, UnpackError>;
}

mod private {
    pub trait Sealed {}
}

/// Any data, by serde.
#[derive(Debug, Clone, Copy)]
pub enum Serialized {}

/// [`Plain`] values, as they are.
#[derive(Debug, Clone, Copy)]
pub enum Copied {}

impl private::Sealed for Serialized {}
impl private::Sealed for Copied {}
impl Codec for Serialized {}
impl Codec for Copied {}

impl<T: Serialize> Encode<T> for Serialized {
    fn encode(item: &T) -> Result<Vec<u8>, PackError> {
        let Parcel { bytes, fds } = Parcel::pack(item)?;
        if fds.is_empty() {
            Ok(bytes)
        } else {
            // There is nobody yet to whom they could be given.
            Err(PackError(postcard::Error::NotYetImplemented))
        }
    }
}

impl<T: DeserializeOwned> Decode<T> for Serialized {
    fn decode(bytes: Vec<u8>) -> Result<T, UnpackError> {
        unpack(&bytes, Vec::new())
    }
}

impl<T: Plain> Encode<T> for Copied {
    fn encode(item: &T) -> Result<Vec<u8>, PackError> {
        Ok(item.as_bytes().to_vec())
    }
}

impl<T: Plain> Decode<T> for Copied {
    fn decode(bytes: Vec<u8>) -> Result<T, UnpackError> {
        let error = UnpackError::Codec(postcard::Error::DeserializeUnexpectedEnd);
        T::read_from_bytes(&bytes).map_err(|_| error)
    }
}
