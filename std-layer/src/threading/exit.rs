//! Ending a thread from inside, quietly.

/// The payload of [`exit`].
#[derive(Debug, Clone, Copy)]
pub(super) struct ThreadExit;

/// Ends the calling thread: unwinds its stack, so that everything is dropped, and nothing is reported (row T-47; Python's `SystemExit` in a thread).
///
/// Who joins it gets [`JoinError::Exited`](super::JoinError::Exited). It unwinds as a panic does, so it is caught by
/// [`catch_unwind`](std::panic::catch_unwind). Called in a thread that was not started by this module it unwinds to whoever started that; in the main thread it ends the program with
/// status 101, without a message. In a program that is built to abort on panic it aborts: return early there.
///
/// ```
/// use selvedge::threading::{self, JoinError};
///
/// let thread = threading::spawn(|| -> u32 { threading::exit() });
/// assert!(matches!(thread.join(), Err(JoinError::Exited)));
/// ```
pub fn exit() -> ! {
    std::panic::resume_unwind(Box::new(ThreadExit))
}
