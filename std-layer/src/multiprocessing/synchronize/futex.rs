//! Sleeping and waking on words that processes share.

use std::io;
use std::sync::atomic::AtomicU32;
use std::time::Instant;

use rustix::io::Errno;
use rustix::thread::ClockId;
use rustix::thread::futex::{self, Flags, Wait, WaitFlags, WaitPtr, WaitvFlags};

use crate::port::futex::absolute;

/// The time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expired;

pub(super) fn wake(word: &AtomicU32, count: u32) {
    let count = count.min(i32::MAX as u32);
    // Nobody there is fine, too.
    let _ = futex::wake(word, Flags::empty(), count);
}

/// One of the words to sleep on, and the value that it must have.
pub(super) fn on(word: &AtomicU32, value: u32) -> Wait {
    let mut wait = Wait::new();
    wait.val = value.into();
    wait.uaddr = WaitPtr::new(word.as_ptr().cast());
    wait.flags = WaitFlags::SIZE_U32;
    wait
}

/// Sleeps until one of the words is woken: which one. `None` if one had another value already, or a signal came.
pub(super) fn sleep(
    words: &[Wait],
    deadline: Option<Instant>,
) -> io::Result<Result<Option<usize>, Expired>> {
    let until = deadline.and_then(absolute);
    match futex::waitv(
        words,
        WaitvFlags::empty(),
        until.as_ref(),
        ClockId::Monotonic,
    ) {
        Ok(place) => Ok(Ok(Some(place))),
        Err(Errno::AGAIN | Errno::INTR) => Ok(Ok(None)),
        Err(Errno::TIMEDOUT) => Ok(Err(Expired)),
        Err(errno) => Err(errno.into()),
    }
}
