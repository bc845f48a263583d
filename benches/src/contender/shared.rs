//! What processes do with each other.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contender::Contender;

/// What goes into another process.
pub(crate) trait Travels: Serialize + DeserializeOwned + Send + 'static {}

impl<T: Serialize + DeserializeOwned + Send + 'static> Travels for T {}

/// Who starts processes that are this program.
pub(crate) trait Starts: Contender {
    /// Starts one and waits for its end: the next number, if it can tell a value; 0 otherwise.
    fn next(number: u64) -> u64;
}

/// Messages between two processes. The other one is always started by the same means.
pub(crate) trait Wire: Contender + Sized + 'static {
    type Far: Travels;
    fn pair() -> (Self, Self::Far);
    /// At the other end: sends so many messages of this size back.
    fn echo(far: Self::Far, messages: u64, size: usize);
    /// Sends a message, and takes one of the same size.
    fn trip(&mut self, message: &[u8], back: &mut Vec<u8>);
}

/// Memory that goes from hand to hand.
pub(crate) trait Hands: Contender + Sized + 'static {
    type Far: Travels;
    /// Puts the bytes into memory; what follows copies none.
    fn pair(bytes: &[u8]) -> (Self, Self::Far);
    /// At the other end: takes it, looks at its last byte, and gives it back, so many times.
    fn echo(far: Self::Far, times: u64);
    /// Gives it away, and takes it back.
    fn trip(&mut self);
    fn has(&self, bytes: &[u8]) -> bool;
}

/// Mutual exclusion between processes.
pub(crate) trait SharedLock: Contender + Travels {
    fn new() -> Self;
    fn with(&self, act: impl FnOnce());
}

/// Permits between processes; none at the beginning.
pub(crate) trait SharedSemaphore: Contender + Travels {
    fn new() -> Self;
    fn acquire(&self);
    fn release(&self);
}

/// Memory with a name, or without.
pub(crate) trait SharedBytes: Contender {
    /// Makes it, writes a byte into each page, and does away with it.
    fn use_up(size: usize);
}
