//! Reading to the end of a vector, without clearing its room first.
//!
//! # Safety
//!
//! The vector becomes longer by what the system says it has written there.
#![allow(unsafe_code, reason = "the length of a vector that was read into")]

use std::io;

use rustix::net::recv;

use super::socket::{Got, Limit, Socket};

/// Reads at most `most` bytes, for which the room is made here.
pub(super) fn append(
    socket: &Socket,
    bytes: &mut Vec<u8>,
    most: usize,
    limit: Limit,
) -> io::Result<Option<Got>> {
    bytes.reserve(most);
    let have = bytes.len();
    let spare = &mut bytes.spare_capacity_mut()[..most];
    let read = socket.read_bytes(limit, |fd, flags| {
        let ((read, _), _) = recv(fd, &mut *spare, flags)?;
        Ok(read.len())
    })?;
    if let Some(got) = &read {
        // SAFETY: `recv` has written so many bytes of the slice that begins here, and that is inside the capacity.
        unsafe { bytes.set_len(have + got.bytes) };
    }
    Ok(read)
}
