//! The bar of a map: with the feature `progress`. What is on a terminal, and that nothing is anywhere else.
//!
//! # Safety
//!
//! Opens a terminal and puts it in the place of standard error for a while. Says in the environment that terminals are not dumb, which scripts of tests may have said; nobody here reads the environment but by std, which has a lock for it.
#![cfg(target_os = "linux")]
#![allow(
    unsafe_code,
    reason = "calls of the C library that take descriptors; the environment"
)]

mod futures_map_support;

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use std::{io, ptr};

use futures_map_support::watched;
use selvedge::concurrent::futures::{ShowProgress, ThreadPoolExecutor};

/// Standard error is one for the process.
static ALONE: Mutex<()> = Mutex::new(());

fn owned(fd: libc::c_int) -> OwnedFd {
    assert!(fd >= 0, "{}", io::Error::last_os_error());
    // SAFETY: just opened, and nobody else's.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Both ends of a terminal of a hundred columns.
fn terminal() -> (File, OwnedFd) {
    // SAFETY: see above.
    unsafe { std::env::set_var("TERM", "xterm") };
    let (mut ours, mut theirs) = (-1, -1);
    let size = libc::winsize {
        ws_row: 25,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: places for two descriptors; no name and no settings are asked for.
    let opened = unsafe {
        libc::openpty(
            &raw mut ours,
            &raw mut theirs,
            ptr::null_mut(),
            ptr::null_mut(),
            (&raw const size).cast_mut(),
        )
    };
    assert_eq!(opened, 0, "{}", io::Error::last_os_error());
    (owned(ours).into(), owned(theirs))
}

fn put_into_place(fd: &OwnedFd) {
    // SAFETY: an open descriptor, and one that is always there.
    let done = unsafe { libc::dup2(fd.as_raw_fd(), 2) };
    assert_eq!(done, 2, "{}", io::Error::last_os_error());
}

/// Calls it with that in the place of standard error.
fn with_stderr<R>(fd: OwnedFd, act: impl FnOnce() -> R) -> R {
    struct Restore(OwnedFd);
    impl Drop for Restore {
        fn drop(&mut self) {
            put_into_place(&self.0);
        }
    }
    // SAFETY: it is always there.
    let restore = Restore(owned(unsafe { libc::dup(2) }));
    put_into_place(&fd);
    drop(fd);
    let result = act();
    drop(restore);
    result
}

/// Everything until the other end is closed, which on terminals is an error.
fn read_all(mut from: File) -> String {
    let (mut all, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(len @ 1..) = from.read(&mut part) {
        all.extend_from_slice(&part[..len]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// A map of five items, and what it shows, if anything.
fn map_of_five(title: &str) -> (bool, u64) {
    let pool = ThreadPoolExecutor::new(2).unwrap();
    let squares = pool.map(|n: u64| n * n, 0..5).unwrap().progress(title);
    assert_eq!(squares.size_hint().1, Some(5));
    let shown = squares.is_shown();
    let mut sum = 0;
    for square in squares {
        sum += square.unwrap();
        // A bar is not drawn more often than eyes can see.
        thread::sleep(Duration::from_millis(100));
    }
    (shown, sum)
}

#[test]
fn a_bar_is_drawn_on_a_terminal() {
    watched(|| {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let (ours, theirs) = terminal();
        let reader = thread::spawn(|| read_all(ours));
        let (shown, sum) = with_stderr(theirs, || map_of_five("squares"));
        let text = reader.join().unwrap();
        assert_eq!((shown, sum), (true, 30));
        for part in ["squares", "3/5", "4/5"] {
            assert!(text.contains(part), "no {part} in {text:?}");
        }
        let last = text.rfind("/5").unwrap();
        assert!(text[last..].contains('\u{1b}'), "it is cleared: {text:?}");
    });
}

/// What knows no end shows how many there were; and a bar goes with an iterator that is dropped half way.
#[test]
fn without_an_end_and_half_way() {
    watched(|| {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let (ours, theirs) = terminal();
        let reader = thread::spawn(|| read_all(ours));
        with_stderr(theirs, || {
            let mut numbers = std::iter::from_fn(|| Some(1)).progress("for ever");
            for _ in 0..4 {
                numbers.next();
                thread::sleep(Duration::from_millis(100));
            }
        });
        let text = reader.join().unwrap();
        assert!(text.contains("for ever") && text.contains('3'), "{text:?}");
        let last = text.rfind("for ever").unwrap();
        assert!(text[last..].contains('\u{1b}'), "it is cleared: {text:?}");
    });
}

#[test]
fn nothing_is_shown_elsewhere() {
    watched(|| {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ends = [-1; 2];
        // SAFETY: a place for two descriptors.
        let made = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) };
        assert_eq!(made, 0, "{}", io::Error::last_os_error());
        let (ours, theirs) = (File::from(owned(ends[0])), owned(ends[1]));
        let reader = thread::spawn(|| read_all(ours));
        let seen = with_stderr(theirs, || map_of_five("squares"));
        assert_eq!(seen, (false, 30));
        assert_eq!(reader.join().unwrap(), "");
    });
}
