//! In the child: closing descriptors (row S-36). Allocates nothing.
//!
//! # Safety
//!
//! Closes descriptors by number. This is the child, whose table of descriptors is a copy, and none of the closed ones is used again.
#![allow(unsafe_code, reason = "closes descriptors by number")]

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;

use rustix::fs::{Mode, OFlags, RawDir};

/// How far to go where neither `close_range` nor `/proc` helps.
const FAR: u64 = 1 << 20;

/// Closes all descriptors in these ranges, including those above a limit that was lowered since they were made.
pub(super) fn close_gaps(gaps: &[(u32, u32)]) {
    for &(first, last) in gaps {
        // SAFETY: see above.
        let outcome = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        if outcome != 0 {
            // Older than Linux 5.9, or forbidden.
            close_listed(gaps);
            return;
        }
    }
}

fn close(fd: u32) {
    // SAFETY: see above. An error means that it was not open.
    unsafe { libc::close(fd.cast_signed()) };
}

fn in_gaps(gaps: &[(u32, u32)], fd: u32) -> bool {
    gaps.iter()
        .any(|&(first, last)| (first..=last).contains(&fd))
}

/// By the kernel's list of what is open.
fn close_listed(gaps: &[(u32, u32)]) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(folder) = rustix::fs::open(c"/proc/self/fd", flags, Mode::empty()) else {
        close_blindly(gaps);
        return;
    };
    let own = folder.as_raw_fd().cast_unsigned();
    let mut buffer = [MaybeUninit::<u8>::uninit(); 2048];
    let mut entries = RawDir::new(&folder, &mut buffer);
    while let Some(Ok(entry)) = entries.next() {
        match number(entry.file_name()) {
            Some(fd) if fd != own && in_gaps(gaps, fd) => close(fd),
            _ => {}
        }
    }
}

/// One by one.
fn close_blindly(gaps: &[(u32, u32)]) {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let most = limit.maximum.unwrap_or(FAR).min(FAR) as u32;
    for fd in 3..most {
        if in_gaps(gaps, fd) {
            close(fd);
        }
    }
}

/// The number that a name spells.
fn number(name: &CStr) -> Option<u32> {
    let mut number = 0_u32;
    for byte in name.to_bytes() {
        let digit = char::from(*byte).to_digit(10)?;
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::{AsRawFd, IntoRawFd};

    use super::{close_blindly, close_gaps, close_listed, in_gaps, number};

    /// Each way closes what it is told to, and nothing else.
    #[test]
    fn ways_of_closing() {
        for way in [close_gaps, close_listed, close_blindly] {
            // Nobody else opens that: other tests, in other threads, get the numbers that were closed.
            let open = || File::open("/dev/full").unwrap();
            let (kept, first, second) = (open(), open(), open());
            let ranges = [first, second].map(|file| {
                let fd = file.into_raw_fd().cast_unsigned();
                (fd, fd)
            });
            let is_open = |fd: u32| {
                std::fs::read_link(format!("/proc/self/fd/{fd}"))
                    .is_ok_and(|path| path.to_str() == Some("/dev/full"))
            };
            assert!(ranges.iter().all(|&(fd, _)| is_open(fd)));
            way(&ranges);
            assert!(ranges.iter().all(|&(fd, _)| !is_open(fd)));
            assert!(is_open(kept.as_raw_fd().cast_unsigned()));
        }
    }

    #[test]
    fn names_of_descriptors() {
        assert_eq!(number(c"0"), Some(0));
        assert_eq!(number(c"1234"), Some(1234));
        assert_eq!(number(c".."), None);
        assert_eq!(number(c"99999999999"), None);
        assert!(in_gaps(&[(3, 4), (7, 9)], 8));
        assert!(!in_gaps(&[(3, 4), (7, 9)], 5));
    }
}
