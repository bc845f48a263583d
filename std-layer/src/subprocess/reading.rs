//! One of a child's output streams, as it is read.

use std::io::{self, PipeReader};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::io::Errno;
use rustix::pipe::{fcntl_getpipe_size, fcntl_setpipe_size};

use super::exchange::{Output, Served, Terms};
use super::room::{ROOM, Room, read};

/// What a pipe is made to hold when its child fills it faster than we read, or much is written.
///
/// A larger pipe saves changes of process, but not if each read empties it: then the two sides take turns in long strokes, and on a busy machine whoever has just worked for long waits for the others' time slices at each turn. Measured on two processors for 64 MiB
/// from `cat`, against 64 KiB read as they come: 512 KiB with reads of 128 KiB took 0.63 of the time on a quiet machine, and 0.75 beside twenty other programs; 1 MiB, emptied by each read, 0.71 and 3.9.
const LARGE: usize = 512 * 1024;
/// The most for one read, and for one write.
pub(super) const STROKE: usize = 128 * 1024;

/// Lets a pipe hold more. If the system refuses, it was a wish; who has asked for another size than the usual one keeps that.
pub(super) fn enlarge(pipe: &impl AsFd) {
    let usual = 16 * rustix::param::page_size();
    if usual < LARGE && fcntl_getpipe_size(pipe) == Ok(usual) {
        let _ = fcntl_setpipe_size(pipe, LARGE);
    }
}

/// A stream that is read to its end.
pub(super) struct Reading {
    /// None at its end.
    pipe: Option<PipeReader>,
    pub(super) data: Vec<u8>,
    room: Room,
    enlarged: bool,
}

impl Reading {
    pub(super) fn new(pipe: PipeReader) -> Self {
        Self {
            pipe: Some(pipe),
            data: Vec::new(),
            room: Room::default(),
            enlarged: false,
        }
    }

    pub(super) fn open(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// One read, into the room that is left behind the data.
    pub(super) fn read(&mut self, output: Output, terms: &mut Terms<'_>) -> io::Result<Served> {
        let Some(pipe) = &self.pipe else {
            return Ok(Served::Nothing);
        };
        self.room.reserve(&mut self.data);
        let before = self.data.len();
        match read(pipe, &mut self.data, STROKE) {
            Ok(0) => self.pipe = None,
            Ok(count) => {
                if count >= ROOM && !self.enlarged {
                    // It was full: the child is faster than we are.
                    enlarge(pipe);
                    self.enlarged = true;
                }
            }
            Err(Errno::AGAIN | Errno::INTR) => return Ok(Served::Nothing),
            Err(errno) => return Err(errno.into()),
        }
        if let Some(sink) = &mut terms.sink {
            let new = &self.data[before..];
            if !new.is_empty() {
                sink(output, new);
                self.data.truncate(before);
            }
        } else if self.data.len() > terms.limit {
            return Ok(Served::TooMuch);
        }
        Ok(Served::Some)
    }
}
