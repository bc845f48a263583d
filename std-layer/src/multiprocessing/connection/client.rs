//! Connects to a listener.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};
use std::{fmt, io};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout, set_tcp_nodelay};
use rustix::net::{SocketFlags, SocketType, connect, socket_with};

use super::address::Address;
use super::auth::{AuthError, AuthKey};
use super::ends::Connection;
use super::socket::Limit;

/// How to connect to a [`Listener`](super::Listener): Python's function `Client` (row M-70).
///
/// ```
/// use selvedge::multiprocessing::connection::{Client, Listener};
///
/// let listener = Listener::builder().bind_anywhere().unwrap();
/// let here = Client::new().connect(listener.address()).unwrap();
/// let there = listener.accept().unwrap();
/// there.send(&5).unwrap();
/// assert_eq!(here.recv::<i32>().unwrap(), 5);
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "it does nothing until it connects"]
pub struct Client {
    key: Option<AuthKey>,
    timeout: Option<Duration>,
}

impl Client {
    /// Without a key and without a time limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows that it knows this key, and asks the listener for it, too.
    pub fn authkey(mut self, key: AuthKey) -> Self {
        self.key = Some(key);
        self
    }

    /// How long connecting and the exchange of keys may take; without this the system decides, and a listener without a key leaves a client with one waiting.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Connects, and waits for it.
    ///
    /// # Errors
    ///
    /// See [`ConnectError`].
    pub fn connect(&self, address: impl Into<Address>) -> Result<Connection, ConnectError> {
        let address = address.into();
        let deadline = (self.timeout).and_then(|timeout| Instant::now().checked_add(timeout));
        let fd = connected(&address, deadline).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ConnectError::TimedOut(address),
            _ => ConnectError::Os(address, error),
        })?;
        let connection = Connection::from_fd(fd);
        if let Some(key) = &self.key {
            let outcome = connection.as_client(key, Limit::from(deadline));
            outcome.map_err(ConnectError::Auth)?;
        }
        Ok(connection)
    }
}

fn connected(address: &Address, deadline: Option<Instant>) -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC;
    let fd = socket_with(address.family(), SocketType::STREAM, flags, None)?;
    let target = address.for_system()?;
    loop {
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            // The system takes zero for "no limit". It counts in microseconds.
            let left = left.max(Duration::from_micros(1));
            // More than it can tell is no limit.
            let _ = set_socket_timeout(&fd, Timeout::Send, Some(left));
        }
        match connect(&fd, &target) {
            Ok(()) | Err(Errno::ISCONN) => break,
            Err(Errno::INTR) => {}
            // Interrupted, it goes on by itself.
            Err(Errno::ALREADY) => {
                let mut fds = [PollFd::new(&fd, PollFlags::OUT)];
                let _ = poll(&mut fds, None);
            }
            // Its time limit, by two names.
            Err(Errno::INPROGRESS | Errno::AGAIN) => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Err(errno) => return Err(errno.into()),
        }
    }
    set_socket_timeout(&fd, Timeout::Send, None)?;
    if matches!(address, Address::Tcp(_)) {
        set_tcp_nodelay(&fd, true)?;
    }
    Ok(fd)
}

/// Why there is no connection.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectError {
    /// There was no answer in time at this address.
    TimedOut(Address),
    /// The two ends do not trust each other.
    Auth(AuthError),
    /// The system refuses: nobody listens at this address.
    Os(Address, io::Error),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(address) => write!(f, "timed out connecting to {address}"),
            Self::Auth(error) => error.fmt(f),
            Self::Os(address, error) => write!(f, "cannot connect to {address}: {error}"),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TimedOut(_) => None,
            Self::Auth(error) => Some(error),
            Self::Os(_, error) => Some(error),
        }
    }
}
