//! How much stack new threads get.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::StackSizeError;

const LEAST: usize = 32 * 1024;

/// One role, a number; Relaxed.
static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);

/// The stack size of threads that are made without one of their own, in bytes; 0 stands for std's default, 2 MiB or `RUST_MIN_STACK`.
///
/// A pure read. Python's, called without an argument, also resets the size (row T-16).
#[must_use]
pub fn stack_size() -> usize {
    STACK_SIZE.load(Ordering::Relaxed)
}

/// Sets the stack size of threads that will be started, and returns the one before; 0 resets it to the default (row T-16).
///
/// The system rounds it up to whole pages. A thread that overflows its stack ends the process, by a guard page (row T-48): Rust has no
/// recursion limit that could be reported as an error, so give a thread that recurses deeply the stack it needs.
///
/// # Errors
///
/// [`StackSizeError`] below 32 KiB, and above half of the address space; the setting is unchanged.
///
/// ```
/// use selvedge::threading;
///
/// let before = threading::set_stack_size(256 * 1024).unwrap();
/// threading::spawn(|| ()).join().unwrap();
/// assert!(threading::set_stack_size(4096).is_err());
/// assert_eq!(threading::set_stack_size(before).unwrap(), 256 * 1024);
/// ```
pub fn set_stack_size(bytes: usize) -> Result<usize, StackSizeError> {
    check(bytes)?;
    Ok(STACK_SIZE.swap(bytes, Ordering::Relaxed))
}

/// Whether a stack may have this size.
pub(super) fn check(bytes: usize) -> Result<(), StackSizeError> {
    match bytes {
        1..LEAST => Err(StackSizeError::TooSmall),
        _ if bytes > usize::MAX / 2 => Err(StackSizeError::TooLarge),
        _ => Ok(()),
    }
}
