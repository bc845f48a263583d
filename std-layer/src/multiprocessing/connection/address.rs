//! Where a listener is to be found.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::net::{AddressFamily, SocketAddrAny, SocketAddrUnix};
use serde::{Deserialize, Serialize};

/// An address of a [`Listener`](super::Listener) (row M-72).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Address {
    /// A file in the file system: only who may open it can connect.
    Unix(PathBuf),
    /// A name that is no file, gone with its listener; any process in the same network namespace can connect.
    Abstract(Vec<u8>),
    /// An address and port of the internet protocols.
    Tcp(SocketAddr),
}

/// A path; text that begins with NUL is an abstract name, as in Python.
impl From<&str> for Address {
    fn from(text: &str) -> Self {
        match text.strip_prefix('\0') {
            Some(name) => Self::Abstract(name.into()),
            None => Self::Unix(text.into()),
        }
    }
}

impl From<&Path> for Address {
    fn from(path: &Path) -> Self {
        Self::Unix(path.to_owned())
    }
}

impl From<PathBuf> for Address {
    fn from(path: PathBuf) -> Self {
        Self::Unix(path)
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl From<&Address> for Address {
    fn from(address: &Address) -> Self {
        address.clone()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

impl Address {
    pub(super) fn family(&self) -> AddressFamily {
        match self {
            Self::Unix(_) | Self::Abstract(_) => AddressFamily::UNIX,
            Self::Tcp(SocketAddr::V4(_)) => AddressFamily::INET,
            Self::Tcp(SocketAddr::V6(_)) => AddressFamily::INET6,
        }
    }

    pub(super) fn for_system(&self) -> io::Result<SocketAddrAny> {
        Ok(match self {
            Self::Unix(path) => SocketAddrUnix::new(path)?.into(),
            Self::Abstract(name) => SocketAddrUnix::new_abstract_name(name)?.into(),
            Self::Tcp(address) => (*address).into(),
        })
    }

    /// `None` for a client on a unix socket, which has no name.
    pub(super) fn of(address: SocketAddrAny) -> Option<Self> {
        if let Ok(address) = SocketAddr::try_from(address.clone()) {
            return Some(Self::Tcp(address));
        }
        let unix = SocketAddrUnix::try_from(address).ok()?;
        if let Some(name) = unix.abstract_name() {
            return (!name.is_empty()).then(|| Self::Abstract(name.to_owned()));
        }
        let path = unix.path_bytes()?;
        Some(Self::Unix(OsStr::from_bytes(path).into()))
    }
}
