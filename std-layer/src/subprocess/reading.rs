//! One of a child's output streams, as it is read.

use std::io::{self, PipeReader};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::buffer::spare_capacity;
use rustix::io::Errno;
use rustix::pipe::fcntl_setpipe_size;

use super::exchange::{Output, Served, Terms};
use super::room::{ROOM, Room};

/// What a pipe is made to hold when its child fills it faster than we read.
const LARGE: usize = 1024 * 1024;

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
        match rustix::io::read(pipe, spare_capacity(&mut self.data)) {
            Ok(0) => self.pipe = None,
            Ok(count) => {
                if count >= ROOM && !self.enlarged {
                    // It was full: the child is faster than we are, and a larger pipe saves changes of process. If the system refuses, it was a wish.
                    let _ = fcntl_setpipe_size(pipe, LARGE);
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
