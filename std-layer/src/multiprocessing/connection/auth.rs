//! Keys, and the handshake that shows that both sides know one.

use std::io;
use std::sync::{Arc, OnceLock};
use std::{error, fmt};

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use selvedge_core::wire::challenge::{Challenge, LONGEST, NONCE, Refused, Verdict, answer};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::{RecvTimeoutError, SendError, SendTimeoutError};
use super::outgoing::Letter;
use super::receiving::Receiving;
use super::sending::Sending;
use super::socket::Limit;

/// A key that both ends of a connection know (rows M-13, M-73). Its bytes are wiped when the last clone is dropped, and not shown by `Debug`.
///
/// ```
/// use selvedge::multiprocessing::connection::AuthKey;
///
/// let key = AuthKey::new("secret").unwrap();
/// assert!(!format!("{key:?}").contains("secret"));
/// assert!(AuthKey::new("").is_err());
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct AuthKey(Arc<Zeroizing<Vec<u8>>>);

/// A key without bytes, which everybody knows. (Python takes it for "no authentication" at one end and not at the other, row M-71.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyKey;

impl fmt::Display for EmptyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key is empty; leave it out if nobody is to be asked")
    }
}

impl error::Error for EmptyKey {}

impl AuthKey {
    /// A key of these bytes.
    ///
    /// # Errors
    ///
    /// [`EmptyKey`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, EmptyKey> {
        let bytes = Zeroizing::new(bytes.into());
        if bytes.is_empty() {
            return Err(EmptyKey);
        }
        Ok(Self(Arc::new(bytes)))
    }

    /// A key of 32 random bytes.
    ///
    /// # Errors
    ///
    /// If the system has no random numbers.
    pub fn random() -> io::Result<Self> {
        Ok(Self(Arc::new(Zeroizing::new(random::<32>()?.to_vec()))))
    }

    /// The key of this process: its parent's, or 32 random bytes in the main process. So the processes of one program know each other (row M-75).
    ///
    /// # Errors
    ///
    /// If the system has no random numbers.
    pub fn of_this_process() -> io::Result<Self> {
        if let Some(key) = OWN.get() {
            return Ok(key.clone());
        }
        let key = Self::random()?;
        Ok(OWN.get_or_init(|| key).clone())
    }

    pub(in crate::multiprocessing) fn adopt(self) {
        let _ = OWN.set(self);
    }
}

static OWN: OnceLock<AuthKey> = OnceLock::new();

impl fmt::Debug for AuthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthKey(..)")
    }
}

impl TryFrom<Vec<u8>> for AuthKey {
    type Error = EmptyKey;

    fn try_from(bytes: Vec<u8>) -> Result<Self, EmptyKey> {
        Self::new(bytes)
    }
}

impl From<AuthKey> for Vec<u8> {
    fn from(key: AuthKey) -> Self {
        key.0.to_vec()
    }
}

pub(in crate::multiprocessing) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let mut have = 0;
    while have < N {
        match getrandom(&mut bytes[have..], GetRandomFlags::empty()) {
            Ok(more) => have += more,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(bytes)
}

/// Why the two ends did not come to trust each other.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthError {
    /// The other end does not know the key, or does not speak the protocol. (Python: `AuthenticationError`, row M-30.)
    Refused(Refused),
    /// The other end says that we do not know the key.
    Rejected,
    /// The other end has hung up, or asks for no key.
    Closed,
    /// It took too long.
    TimedOut,
    /// The system refuses.
    Os(io::Error),
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => write!(f, "authentication failed: {refused}"),
            Self::Rejected => f.write_str("authentication failed: the other side has another key"),
            Self::Closed => f.write_str("authentication failed: the other side has hung up"),
            Self::TimedOut => f.write_str("authentication failed: the other side took too long"),
            Self::Os(error) => write!(f, "authentication failed: {error}"),
        }
    }
}

impl error::Error for AuthError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Refused(refused) => Some(refused),
            Self::Os(error) => Some(error),
            Self::Rejected | Self::Closed | Self::TimedOut => None,
        }
    }
}

impl From<Refused> for AuthError {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// The handshake, over both halves of a fresh connection.
pub(super) struct Handshake<'a> {
    pub(super) receiving: &'a Receiving,
    pub(super) sending: &'a Sending,
    pub(super) key: &'a AuthKey,
    pub(super) limit: Limit,
}

impl Handshake<'_> {
    /// The listener's side (row M-68): asks, then answers.
    pub(super) fn listener(&self) -> Result<(), AuthError> {
        self.ask()?;
        self.answer()
    }

    /// The client's side (row M-70).
    pub(super) fn client(&self) -> Result<(), AuthError> {
        self.answer()?;
        self.ask()
    }

    fn ask(&self) -> Result<(), AuthError> {
        let challenge = Challenge::new(random::<NONCE>().map_err(AuthError::Os)?);
        self.send(challenge.as_bytes())?;
        let answer = self.receive()?;
        let checked = challenge.check(&self.key.0, &answer);
        let verdict = if checked.is_ok() {
            Verdict::Welcome
        } else {
            Verdict::Failure
        };
        let sent = self.send(verdict.as_bytes());
        checked?;
        sent
    }

    fn answer(&self) -> Result<(), AuthError> {
        let answer = answer(&self.key.0, &self.receive()?)?;
        self.send(answer.as_bytes())?;
        match Verdict::read(&self.receive()?)? {
            Verdict::Welcome => Ok(()),
            Verdict::Failure => Err(AuthError::Rejected),
        }
    }

    fn send(&self, bytes: &[u8]) -> Result<(), AuthError> {
        let letter = Letter::new(bytes, Vec::new());
        self.sending
            .send(Some(letter), self.limit)
            .map_err(|error| match error {
                SendTimeoutError::Failed(SendError::Os(error)) => AuthError::Os(error),
                SendTimeoutError::Failed(_) => AuthError::Closed,
                SendTimeoutError::TimedOut | SendTimeoutError::Unfinished => AuthError::TimedOut,
            })
    }

    fn receive(&self) -> Result<Vec<u8>, AuthError> {
        use super::error::RecvError::{Closed, Cut, Os};
        match self.receiving.receive(Some(LONGEST as u64), self.limit) {
            Ok(message) => Ok(message.bytes),
            Err(RecvTimeoutError::TimedOut) => Err(AuthError::TimedOut),
            Err(RecvTimeoutError::Failed(Closed | Cut)) => Err(AuthError::Closed),
            Err(RecvTimeoutError::Failed(Os(error))) => Err(AuthError::Os(error)),
            Err(RecvTimeoutError::Failed(_)) => Err(AuthError::Refused(Refused::Garbage)),
        }
    }
}
