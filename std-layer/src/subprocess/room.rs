//! Room for what is read.
//!
//! A small output costs a small buffer. One that passes a megabyte is likely to become large, and then most of the time goes into pages: getting them one by one, and moving the buffer as it grows. So it gets a large piece of
//! address space at once (memory is used only as far as it is filled), in large pages where the system has them at hand. In the end the rest is given back.
//!
//! # Large pages
//!
//! One large page costs as much as a few small ones, or a hundred times that: when the system has to put it together first, or, in a virtual machine, has given the memory back to the host. Measured for 64 MiB on such a machine,
//! against small pages throughout: 0.4 of the processor time in one minute, and three times as much in the next. So each large page is asked for when it is needed, and the time is taken. One that was dear is the last for
//! this buffer and for the next ones.
//!
//! # Safety
//!
//! `madvise` on whole pages of a vector's spare room; the advice changes no contents.
#![allow(unsafe_code, reason = "advice on a buffer's pages")]

use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::mm::{Advice, madvise};
use rustix::time::{ClockId, clock_gettime};

/// Room for one read at least: what a pipe holds at first.
pub(super) const ROOM: usize = 64 * 1024;
/// From here on an output is large.
const LARGE: usize = 1024 * 1024;
/// How much larger a large one becomes.
const GROWTH: usize = if cfg!(target_pointer_width = "64") {
    256
} else {
    2
};
/// A large page, of most systems.
const PAGE: usize = 2 * 1024 * 1024;
/// Processor time that as much memory takes in small pages, about. What costs more is not worth while.
const DEAR: Duration = Duration::from_micros(500);
/// Large buffers that do without large pages after one was dear.
const PAUSE: u32 = 16;

/// How many buffers are still to do without. Relaxed: somewhat more or less of them do not matter.
static WITHOUT: AtomicU32 = AtomicU32::new(0);

/// What is known of a buffer's pages.
#[derive(Debug, Default)]
pub(super) struct Room {
    pages: Pages,
}

#[derive(Debug, Default, Clone, Copy)]
enum Pages {
    /// It is not large yet.
    #[default]
    Unknown,
    Small,
    /// Large ones, and so many bytes of the buffer have them or were looked at.
    Large(usize),
}

impl Room {
    /// Makes room for at least [`ROOM`] bytes.
    pub(super) fn reserve(&mut self, data: &mut Vec<u8>) {
        if data.capacity() - data.len() < ROOM {
            grow(data);
        }
        if data.len() < LARGE {
            return;
        }
        match self.pages {
            Pages::Small => {}
            Pages::Large(end) if data.len() + ROOM <= end => {}
            Pages::Large(_) => self.pages = next(data),
            Pages::Unknown => {
                let without = WITHOUT.load(Ordering::Relaxed);
                if without > 0 {
                    WITHOUT.store(without - 1, Ordering::Relaxed);
                    self.pages = Pages::Small;
                } else {
                    self.pages = next(data);
                }
            }
        }
    }
}

fn grow(data: &mut Vec<u8>) {
    if data.len() < LARGE {
        data.reserve(ROOM);
        return;
    }
    let growth = if data.len() < GROWTH * LARGE {
        GROWTH
    } else {
        4
    };
    // Where address space is limited, less must do.
    if data
        .try_reserve_exact(data.len().saturating_mul(growth - 1))
        .is_err()
    {
        data.reserve(ROOM);
    }
}

/// Asks for the next large page of the spare room, and touches it.
fn next(data: &mut Vec<u8>) -> Pages {
    let length = data.len();
    let spare = data.spare_capacity_mut();
    let skip = spare.as_ptr().addr().next_multiple_of(PAGE) - spare.as_ptr().addr();
    let Some(page) = spare.get_mut(skip..skip + PAGE) else {
        // The end of the buffer, which may grow.
        return Pages::Large(length + spare.len());
    };
    let before = processor_time();
    if advise(page) {
        page[0].write(0);
    } else {
        return Pages::Small;
    }
    if processor_time().saturating_sub(before) > DEAR {
        WITHOUT.store(PAUSE, Ordering::Relaxed);
        return Pages::Small;
    }
    Pages::Large(length + skip + PAGE)
}

/// False if the system knows no large pages.
fn advise(page: &mut [MaybeUninit<u8>]) -> bool {
    // SAFETY: the whole of a slice that nobody has written to; it begins at a page and is a multiple of pages long.
    unsafe { madvise(page.as_mut_ptr().cast(), page.len(), Advice::LinuxHugepage) }.is_ok()
}

/// Of this thread.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// No more is to come: gives back what was not needed.
pub(super) fn finish(mut data: Vec<u8>) -> Vec<u8> {
    if data.len() >= LARGE || data.is_empty() {
        data.shrink_to_fit();
    }
    data
}

#[cfg(test)]
mod tests {
    use super::{LARGE, PAGE, Pages, ROOM, Room, WITHOUT, finish, next};
    use std::sync::atomic::Ordering;

    #[test]
    fn there_is_always_room() {
        for without in [0, 1] {
            WITHOUT.store(without, Ordering::Relaxed);
            let (mut data, mut room) = (Vec::new(), Room::default());
            let mut value = 0_u8;
            while data.len() < 5 * LARGE {
                room.reserve(&mut data);
                assert!(data.capacity() - data.len() >= ROOM);
                value = value.wrapping_add(1);
                data.resize(data.len() + ROOM, value);
            }
            assert!(!matches!(room.pages, Pages::Unknown));
            let data = finish(data);
            assert!(data.capacity() < 8 * LARGE);
            // Touching pages has changed nothing.
            for (piece, value) in data.chunks(ROOM).zip(1..) {
                assert!(piece.iter().all(|&byte| byte == value));
            }
        }
    }

    /// Whatever is left of the room, nothing outside of it is touched.
    #[test]
    fn the_end_of_the_room() {
        for spare in [0, 1, PAGE - 1, PAGE, 3 * PAGE] {
            let mut data = vec![7_u8; LARGE];
            data.reserve_exact(spare);
            for _ in 0..4 {
                let _ = next(&mut data);
                let more = data.capacity() - data.len();
                data.resize(data.len() + more.min(PAGE), 7);
            }
            assert!(data.iter().all(|&byte| byte == 7));
        }
    }
}
