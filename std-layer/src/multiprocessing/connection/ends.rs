//! The ends of connections.

use std::future::Future;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::net::sockopt::socket_domain;
use rustix::net::{AddressFamily, Shutdown, shutdown};
use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError};
use super::forms::{receiving_forms, sending_forms};
use super::incoming::Message;
use super::into_error::{RecvIntoError, RecvIntoTimeoutError, TryRecvIntoError};
use super::outgoing::Letter;
use super::receiving::{Receiving, open};
use super::sending::{Sending, letter};
use super::socket::Limit;
use crate::multiprocessing::Fd;

/// One end of a connection that goes both ways: Python's `Connection` (rows M-49 to M-66).
///
/// Messages keep their bounds. They are values ([`send`](Self::send), by serde) or bytes ([`send_bytes`](Self::send_bytes)); the receiver must take them as what they were sent as. On the wire each is preceded by its length, see
/// [`framing`](selvedge_core::wire::framing); a value is the number of its descriptors and then itself, both in postcard's form. Programs in Python understand the forms for bytes.
///
/// All methods take `&self`, and any number of threads and tasks may use one end at the same time; sending does not wait for receiving. The socket's mode is never changed, so it may be shared with other processes; but if two processes receive from one end at
/// the same time, messages are torn apart.
///
/// It can be an argument of a [`Process`](crate::multiprocessing::Process), and be sent over another connection; this process keeps its own handle of it. Dropping all handles closes it.
///
/// What comes in is not trusted: see [`set_limit`](Self::set_limit), [`RecvError`].
///
/// ```
/// use selvedge::multiprocessing::connection::{Connection, pipe};
/// use selvedge::multiprocessing::spawn;
///
/// let (here, there) = pipe().unwrap();
/// let child = spawn(|there: Connection| there.send(&(42, "hello".to_owned())).unwrap(), there).unwrap();
/// assert_eq!(here.recv::<(i32, String)>().unwrap(), (42, "hello".to_owned()));
/// child.join().unwrap();
/// ```
#[derive(Debug)]
pub struct Connection {
    receiving: Receiving,
    sending: Sending,
}

/// The receiving end of a connection that goes one way.
#[derive(Debug)]
pub struct Receiver {
    receiving: Receiving,
}

/// The sending end of a connection that goes one way.
#[derive(Debug)]
pub struct Sender {
    sending: Sending,
}

/// Two ends of a connection that goes both ways (row M-49).
///
/// # Errors
///
/// If the system refuses: no more descriptors.
pub fn pipe() -> io::Result<(Connection, Connection)> {
    let (one, other) = UnixStream::pair()?;
    Ok((
        Connection::from_fd(one.into()),
        Connection::from_fd(other.into()),
    ))
}

/// The two ends of a connection that goes one way (row M-49).
///
/// # Errors
///
/// If the system refuses: no more descriptors.
///
/// ```
/// use selvedge::multiprocessing::connection::{RecvError, one_way};
///
/// let (receiver, sender) = one_way().unwrap();
/// sender.send_bytes(b"one").unwrap();
/// drop(sender);
/// assert_eq!(receiver.recv_bytes().unwrap(), b"one");
/// assert!(matches!(receiver.recv_bytes(), Err(RecvError::Closed)));
/// ```
pub fn one_way() -> io::Result<(Receiver, Sender)> {
    let (one, other) = UnixStream::pair()?;
    shutdown(&one, Shutdown::Write)?;
    shutdown(&other, Shutdown::Read)?;
    let receiving = Receiving::new(Arc::new(one.into()));
    let sending = Sending::new(Arc::new(other.into()));
    Ok((Receiver { receiving }, Sender { sending }))
}

impl Connection {
    /// A connection over a stream socket that is connected already.
    ///
    /// # Errors
    ///
    /// If it is not a socket.
    pub fn new(socket: impl Into<OwnedFd>) -> io::Result<Self> {
        let fd = socket.into();
        socket_domain(&fd)?;
        Ok(Self::from_fd(fd))
    }

    pub(super) fn from_fd(fd: OwnedFd) -> Self {
        let fd = Arc::new(fd);
        Self {
            receiving: Receiving::new(fd.clone()),
            sending: Sending::new(fd),
        }
    }

    pub(super) fn halves(&self) -> (&Receiving, &Sending) {
        (&self.receiving, &self.sending)
    }

    /// Its two directions, each for itself. The other end sees the end of what it receives only when both are dropped.
    #[must_use]
    pub fn split(self) -> (Receiver, Sender) {
        let Self { receiving, sending } = self;
        (Receiver { receiving }, Sender { sending })
    }

    receiving_forms!();
    sending_forms!();
}

impl Receiver {
    receiving_forms!();
}

impl Sender {
    sending_forms!();
}

fn is_unix(fd: &impl AsFd) -> bool {
    socket_domain(fd.as_fd()).is_ok_and(|family| family == AddressFamily::UNIX)
}

/// Of a message that lies in the receiver's buffer, if there was room for it.
fn length(message: Message) -> Result<usize, RecvIntoError> {
    if message.bytes.is_empty() {
        Ok(message.length)
    } else {
        Err(RecvIntoError::TooShort(message.bytes))
    }
}

/// Without a limit time does not run out.
fn certain(error: RecvTimeoutError) -> RecvError {
    match error {
        RecvTimeoutError::Failed(error) => error,
        RecvTimeoutError::TimedOut => unreachable!("there was no time limit"),
    }
}

fn without_waiting(error: RecvTimeoutError) -> TryRecvError {
    match error {
        RecvTimeoutError::Failed(error) => TryRecvError::Failed(error),
        RecvTimeoutError::TimedOut => TryRecvError::Empty,
    }
}

fn surely(error: SendTimeoutError) -> SendError {
    match error {
        SendTimeoutError::Failed(error) => error,
        _ => unreachable!("there was no time limit"),
    }
}

impl AsFd for Connection {
    /// The socket: for event loops. It is readable when something has come or the other end is closed.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.receiving.as_fd()
    }
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.receiving.as_fd()
    }
}

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.sending.as_fd()
    }
}

/// What is under way cannot go along.
fn travels<S: Serializer>(
    is_inside: bool,
    fd: &Arc<OwnedFd>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if is_inside {
        return Err(S::Error::custom(
            "a message of this connection is under way",
        ));
    }
    Fd::from_shared(fd.clone()).serialize(serializer)
}

impl Serialize for Connection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_inside = self.receiving.is_inside() || self.sending.is_inside();
        travels(is_inside, self.receiving.socket.shared(), serializer)
    }
}

impl Serialize for Receiver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_inside = self.receiving.is_inside();
        travels(is_inside, self.receiving.socket.shared(), serializer)
    }
}

impl Serialize for Sender {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_inside = self.sending.is_inside();
        travels(is_inside, self.sending.socket.shared(), serializer)
    }
}

impl<'de> Deserialize<'de> for Connection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fd = Fd::deserialize(deserializer)?.into_shared();
        Ok(Self {
            receiving: Receiving::new(fd.clone()),
            sending: Sending::new(fd),
        })
    }
}

impl<'de> Deserialize<'de> for Receiver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let receiving = Receiving::new(Fd::deserialize(deserializer)?.into_shared());
        Ok(Self { receiving })
    }
}

impl<'de> Deserialize<'de> for Sender {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sending = Sending::new(Fd::deserialize(deserializer)?.into_shared());
        Ok(Self { sending })
    }
}
