//! Sleeping and waking on words that processes share.
//!
//! # Where only one word can be slept on
//!
//! `futex_waitv` has come with Linux 5.16, and some containers forbid what they do not know. Without it a sleeper sleeps on its first word alone, so a wake-up comes as fast as ever; what the other words would have told it (that somebody has died, that somebody has come) it sees
//! when it looks again, every [`GLANCE`].
//!
//! # Safety
//!
//! One system call with the address of a word, which the kernel checks, and a time limit on the stack.
#![allow(unsafe_code, reason = "sleeps by address")]

use std::io;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::thread::ClockId;
use rustix::thread::futex::{self, Flags, Wait, WaitFlags, WaitPtr, WaitvFlags};

use crate::port::futex::absolute;

/// How long a sleeper cannot see that somebody has died, where it cannot sleep on several words; and how long one sleeps as long as the dead may take its wake-ups (`lifeline.rs`).
pub(super) const GLANCE: Duration = Duration::from_millis(10);

/// The time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expired;

pub(super) fn wake(word: &AtomicU32, count: u32) {
    // Nobody there is fine, too.
    let _ = wake_some(word, count);
}

/// As [`wake`]; how many there were.
pub(super) fn wake_some(word: &AtomicU32, count: u32) -> usize {
    let count = count.min(i32::MAX as u32);
    futex::wake(word, Flags::empty(), count).unwrap_or(0)
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
        Err(Errno::NOSYS | Errno::PERM) => Ok(sleep_on_first(words, deadline)),
        Err(errno) => Err(errno.into()),
    }
}

/// See above.
fn sleep_on_first(words: &[Wait], deadline: Option<Instant>) -> Result<Option<usize>, Expired> {
    let now = Instant::now();
    if deadline.is_some_and(|deadline| deadline <= now) {
        return Err(Expired);
    }
    let glance = now + GLANCE;
    let until = absolute(deadline.map_or(glance, |deadline| deadline.min(glance)));
    if let (Some(first), Some(until)) = (words.first(), until) {
        // Whatever comes of it, the caller looks again.
        // SAFETY: the kernel reads a word at the address, if there is one, and the time limit.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                first.uaddr.ptr,
                libc::FUTEX_WAIT_BITSET,
                first.val as u32,
                &raw const until,
                std::ptr::null::<u32>(),
                u32::MAX,
            )
        };
    }
    Ok(None)
}
