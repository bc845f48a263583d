//! Waits for others to connect.

use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, fs, io};

use rustix::fs::{Mode, fchmod};
use rustix::io::Errno;
use rustix::net::sockopt::{set_socket_reuseaddr, set_tcp_nodelay};
use rustix::net::{
    SocketFlags, SocketType, acceptfrom_with, bind, getsockname, listen, socket_with,
};

use super::address::Address;
use super::auth::{AuthError, AuthKey, Handshake};
use super::ends::Connection;
use super::folder::Folder;
use super::socket::{Limit, Socket};
use crate::subprocess::reactor::Interest;
use crate::threading::Mutex;

/// A handshake may take so long if nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);

/// Listens at an address: Python's `Listener` (rows M-67 to M-69).
///
/// A unix socket's file can be used by its owner only (mode 0600, also at the moment of its making), and is removed when the listener is dropped, if it is still the same file. An address that is in use is an error; a file that a dead listener has left must be
/// removed by hand.
///
/// With a [key](ListenerBuilder::authkey) both ends must show that they know it; who does not within [`patience`](ListenerBuilder::patience), or says something else, is hung up on, and [`accept`](Self::accept) reports it. Meanwhile
/// the others wait; several threads can accept at the same time.
///
/// ```
/// use selvedge::multiprocessing::connection::{AuthKey, Client, Listener};
///
/// let key = AuthKey::new("between us").unwrap();
/// let listener = Listener::builder().authkey(key.clone()).bind_anywhere().unwrap();
/// let address = listener.address().clone();
/// let client = std::thread::spawn(move || Client::new().authkey(key).connect(&address).unwrap().send("hello"));
/// let there = listener.accept().unwrap();
/// assert_eq!(there.recv::<String>().unwrap(), "hello");
/// client.join().unwrap().unwrap();
/// ```
pub struct Listener {
    socket: Socket,
    address: Address,
    key: Option<AuthKey>,
    patience: Duration,
    last: Mutex<Option<Address>>,
    _file: Option<Bound>,
}

/// A file that this process has made.
struct Bound {
    process: u32,
    path: PathBuf,
    identity: (u64, u64),
    /// Made for this file alone.
    _folder: Option<Folder>,
}

/// How to listen.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it binds"]
pub struct ListenerBuilder {
    backlog: i32,
    key: Option<AuthKey>,
    patience: Duration,
}

impl ListenerBuilder {
    /// How many may wait to be accepted; 128 if nothing is said. (Python: 1.)
    pub fn backlog(mut self, backlog: u16) -> Self {
        self.backlog = backlog.into();
        self
    }

    /// Asks who connects for this key, and shows that it knows it, too.
    pub fn authkey(mut self, key: AuthKey) -> Self {
        self.key = Some(key);
        self
    }

    /// How long the exchange of keys may take: 10 seconds if nothing is said.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Listens at an address; port 0 is any that is free.
    ///
    /// # Errors
    ///
    /// If the system refuses: the address is in use, the path is too long for a socket (107 bytes).
    pub fn bind(self, address: impl Into<Address>) -> io::Result<Listener> {
        self.listen(address.into(), None)
    }

    /// Listens at a unix socket in a new folder among the temporary files (row M-67). The folder goes with the listener; what a killed process has left of one is removed by the next call of this, by any process of the user.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn bind_anywhere(self) -> io::Result<Listener> {
        let folder = Folder::new()?;
        self.listen(Address::Unix(folder.file()), Some(folder))
    }

    fn listen(self, address: Address, folder: Option<Folder>) -> io::Result<Listener> {
        let fd = socket_with(
            address.family(),
            SocketType::STREAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            None,
        )?;
        match &address {
            Address::Tcp(_) => set_socket_reuseaddr(&fd, true)?,
            // The file will be made with this mode.
            _ => fchmod(&fd, Mode::RUSR | Mode::WUSR)?,
        }
        bind(&fd, &address.for_system()?)?;
        let file = match &address {
            Address::Unix(path) => Some(Bound::new(path, folder)?),
            _ => None,
        };
        // From here on the file is removed if something fails.
        let mut listener = Listener {
            socket: Socket::new(Arc::new(fd)),
            address,
            key: self.key,
            patience: self.patience,
            last: Mutex::new(None),
            _file: file,
        };
        listen(listener.socket.shared(), self.backlog)?;
        if matches!(listener.address, Address::Tcp(_)) {
            let bound = Address::of(getsockname(listener.socket.shared())?);
            listener.address = bound.unwrap_or(listener.address.clone());
        }
        Ok(listener)
    }
}

impl Listener {
    /// How to listen.
    pub fn builder() -> ListenerBuilder {
        ListenerBuilder {
            backlog: 128,
            key: None,
            patience: PATIENCE,
        }
    }

    /// Listens at an address, without a key.
    ///
    /// # Errors
    ///
    /// As [`ListenerBuilder::bind`].
    pub fn bind(address: impl Into<Address>) -> io::Result<Self> {
        Self::builder().bind(address)
    }

    /// Where it listens: with the port that it got.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Who was accepted last; `None` if nobody was, or the client has no address, as on unix sockets (row M-69).
    #[must_use]
    pub fn last_accepted(&self) -> Option<Address> {
        self.last.lock().clone()
    }

    /// Waits for somebody to connect (row M-68). Other forms: [`try_accept`](Self::try_accept), [`accept_timeout`](Self::accept_timeout), [`accept_deadline`](Self::accept_deadline), [`accept_async`](Self::accept_async).
    ///
    /// # Errors
    ///
    /// [`AcceptError::Auth`] if somebody has connected and is hung up on; the next call waits for the next one.
    pub fn accept(&self) -> Result<Connection, AcceptError> {
        match self.accept_until(Limit::Never) {
            Ok(connection) => Ok(connection),
            Err(AcceptTimeoutError::Failed(error)) => Err(error),
            Err(AcceptTimeoutError::TimedOut) => unreachable!("there was no time limit"),
        }
    }

    /// As [`accept`](Self::accept), if somebody has connected already. The exchange of keys may take its time all the same.
    ///
    /// # Errors
    ///
    /// [`AcceptTimeoutError::TimedOut`] if nobody has.
    pub fn try_accept(&self) -> Result<Connection, AcceptTimeoutError> {
        self.accept_until(Limit::Now)
    }

    /// As [`accept`](Self::accept), at most for `timeout`, with the exchange of keys.
    ///
    /// # Errors
    ///
    /// [`AcceptTimeoutError::TimedOut`] if nobody has connected by then.
    pub fn accept_timeout(&self, timeout: Duration) -> Result<Connection, AcceptTimeoutError> {
        self.accept_until(Instant::now().checked_add(timeout).into())
    }

    /// As [`accept_timeout`](Self::accept_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn accept_deadline(&self, deadline: Instant) -> Result<Connection, AcceptTimeoutError> {
        self.accept_until(Limit::At(deadline))
    }

    fn accept_until(&self, limit: Limit) -> Result<Connection, AcceptTimeoutError> {
        loop {
            if let Some(connection) = self.take().map_err(AcceptError::Os)? {
                return Ok(self.meet(connection, limit)?);
            }
            let waited = self.socket.wait(Interest::Read, limit);
            if waited.map_err(AcceptError::Os)?.is_err() {
                return Err(AcceptTimeoutError::TimedOut);
            }
        }
    }

    /// As [`accept`](Self::accept), for async tasks. Dropping the future loses nobody. The exchange of keys, if there is one, is done by a thread of its own, so that a slow client does not hold up the executor.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn accept_async(&self) -> Result<Connection, AcceptError> {
        let connection = loop {
            if let Some(connection) = self.take().map_err(AcceptError::Os)? {
                break connection;
            }
            let waited = self.socket.wait_async(Interest::Read).await;
            waited.map_err(AcceptError::Os)?;
        };
        let Some(key) = self.key.clone() else {
            return Ok(connection);
        };
        let limit = Instant::now().checked_add(self.patience).into();
        let handshake = crate::threading::Builder::new()
            .name("selvedge-handshake")
            .daemon(true)
            .spawn(move || connection.as_listener(&key, limit).map(|()| connection))
            .map_err(|error| AcceptError::Os(io::Error::other(error)))?;
        match handshake.join_async().await {
            Ok(outcome) => outcome.map_err(AcceptError::Auth),
            Err(error) => Err(AcceptError::Os(io::Error::other(error))),
        }
    }

    /// Takes one who waits, if there is one.
    fn take(&self) -> io::Result<Option<Connection>> {
        loop {
            // The listener's own mode is not inherited.
            match acceptfrom_with(self.socket.shared(), SocketFlags::CLOEXEC) {
                Ok((fd, address)) => {
                    let address = address.and_then(Address::of);
                    if matches!(address, Some(Address::Tcp(_))) {
                        set_tcp_nodelay(&fd, true)?;
                    }
                    *self.last.lock() = address;
                    return Ok(Some(Connection::from_fd(fd)));
                }
                Err(Errno::AGAIN) => return Ok(None),
                // It has gone again already.
                Err(Errno::INTR | Errno::CONNABORTED) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn meet(&self, connection: Connection, limit: Limit) -> Result<Connection, AcceptError> {
        if let Some(key) = &self.key {
            let patience = Instant::now().checked_add(self.patience);
            let limit = match limit {
                Limit::At(deadline) => {
                    Limit::At(patience.map_or(deadline, |patience| patience.min(deadline)))
                }
                _ => patience.into(),
            };
            connection
                .as_listener(key, limit)
                .map_err(AcceptError::Auth)?;
        }
        Ok(connection)
    }
}

impl Connection {
    pub(super) fn as_listener(&self, key: &AuthKey, limit: Limit) -> Result<(), AuthError> {
        self.handshake(key, limit).listener()
    }

    pub(super) fn as_client(&self, key: &AuthKey, limit: Limit) -> Result<(), AuthError> {
        self.handshake(key, limit).client()
    }

    fn handshake<'a>(&'a self, key: &'a AuthKey, limit: Limit) -> Handshake<'a> {
        let (receiving, sending) = self.halves();
        Handshake {
            receiving,
            sending,
            key,
            limit,
        }
    }
}

impl Bound {
    fn new(path: &Path, folder: Option<Folder>) -> io::Result<Self> {
        let file = fs::symlink_metadata(path)?;
        Ok(Self {
            process: std::process::id(),
            path: std::path::absolute(path)?,
            identity: (file.dev(), file.ino()),
            _folder: folder,
        })
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // A fork of the listener's process is not to end it.
        if self.process != std::process::id() {
            return;
        }
        let same = fs::symlink_metadata(&self.path)
            .is_ok_and(|file| (file.dev(), file.ino()) == self.identity);
        if same {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl AsFd for Listener {
    /// Readable when somebody waits to be accepted.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.shared().as_fd()
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address)
            .field("authkey", &self.key)
            .finish_non_exhaustive()
    }
}

/// Why nobody was accepted.
#[derive(Debug)]
#[non_exhaustive]
pub enum AcceptError {
    /// Somebody connected who could not be trusted.
    Auth(AuthError),
    /// The system refuses.
    Os(io::Error),
}

/// Why nobody was accepted in time.
#[derive(Debug)]
pub enum AcceptTimeoutError {
    /// Nobody has connected by then.
    TimedOut,
    /// There was no accepting.
    Failed(AcceptError),
}

impl From<AcceptError> for AcceptTimeoutError {
    fn from(error: AcceptError) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for AcceptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::Os(error) => write!(f, "nobody can be accepted: {error}"),
        }
    }
}

impl fmt::Display for AcceptTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out: nobody has connected"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AcceptError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Auth(error) => Some(error),
            Self::Os(error) => Some(error),
        }
    }
}

impl std::error::Error for AcceptTimeoutError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TimedOut => None,
            Self::Failed(error) => Some(error),
        }
    }
}
