//! Room for what is read.
//!
//! A small output costs a small buffer. One that passes a megabyte is likely to become large, and then most of the time goes into pages: getting them one by one, and moving the buffer as it grows. So it gets a large piece of
//! address space at once (memory is used only as far as it is filled), in large pages where the system has them. Measured for 64 MiB: 0.6 of the processor time of a buffer that doubles. In the end the rest is given back.
//!
//! # Safety
//!
//! `madvise` on whole pages of a vector's spare room; the advice changes no contents.
#![allow(unsafe_code, reason = "advice on a buffer's pages")]

use rustix::mm::{Advice, madvise};

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
/// No less than the size of a page, wherever.
const PAGE: usize = 64 * 1024;

/// Makes room for at least [`ROOM`] bytes.
pub(super) fn reserve(data: &mut Vec<u8>) {
    if data.capacity() - data.len() >= ROOM {
        return;
    }
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
    advise(data);
}

fn advise(data: &mut Vec<u8>) {
    let spare = data.spare_capacity_mut();
    let skip = spare.as_ptr().addr().next_multiple_of(PAGE) - spare.as_ptr().addr();
    let length = spare.len().saturating_sub(skip) / PAGE * PAGE;
    if length > 0 {
        // SAFETY: pages that are all inside of the spare room.
        let _ = unsafe {
            madvise(
                spare.as_mut_ptr().byte_add(skip).cast(),
                length,
                Advice::LinuxHugepage,
            )
        };
    }
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
    use super::{LARGE, ROOM, finish, reserve};

    #[test]
    fn there_is_always_room() {
        let mut data = Vec::new();
        while data.len() < 5 * LARGE {
            reserve(&mut data);
            let room = data.capacity() - data.len();
            assert!(room >= ROOM);
            data.resize(data.len() + ROOM, 7);
        }
        let data = finish(data);
        assert!(data.capacity() < 8 * LARGE && data.iter().all(|&byte| byte == 7));
    }
}
