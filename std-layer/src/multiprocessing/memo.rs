//! The sheet of paper between a process and its child: a file without a name, in memory. The parent writes down what is to be done before the child is there, the child what came of it before it ends.
//!
//! A pipe would have to be read while it is written, and so would make whoever waits for the child the one who reads; a file waits by itself, however long it is. It costs one descriptor for each child that is not over.
//!
//! # What is on it
//!
//! | place | bytes | |
//! |---|---|---|
//! | 0 | 8 | `SELVEDGE` |
//! | 8 | 8 | the length of the call, lowest byte first |
//! | 16 | 8 | the length of the outcome; 0 until that is complete |
//! | 24 | | the call, and behind it the outcome |
//!
//! The outcome's length is written last: a child that dies in the middle leaves none. The parent does not trust it: nothing is read beyond the end of the file, nor mapped.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use rustix::fs::{FallocateFlags, MemfdFlags, fallocate, memfd_create};
use zeroize::Zeroizing;

use super::missing::named;

const NAME: &[u8; 8] = b"SELVEDGE";
const CALL_LEN: u64 = 8;
const OUTCOME_LEN: u64 = 16;
const CALL: u64 = 24;

#[derive(Debug)]
pub(super) struct Memo(File);

impl Memo {
    /// The parent's first step.
    pub(super) fn new(call: &[u8]) -> io::Result<Self> {
        let fd = memfd_create("selvedge-process", MemfdFlags::CLOEXEC)
            .map_err(|errno| named("memfd_create", errno))?;
        let mut head = [0; CALL as usize];
        head[..8].copy_from_slice(NAME);
        head[8..16].copy_from_slice(&(call.len() as u64).to_le_bytes());
        let file = File::from(fd);
        file.write_all_at(&head, 0)?;
        file.write_all_at(call, CALL)?;
        Ok(Self(file))
    }

    /// For the command that starts the child.
    pub(super) fn share(&self) -> io::Result<File> {
        self.0.try_clone()
    }

    /// The child's first step.
    pub(super) fn open(fd: OwnedFd) -> io::Result<(Self, Zeroizing<Vec<u8>>)> {
        let memo = Self(File::from(fd));
        let mut name = [0; 8];
        memo.0.read_exact_at(&mut name, 0)?;
        if name != *NAME {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let len = memo.number(CALL_LEN)?;
        let call = Zeroizing::new(memo.read(CALL, len)?);
        // There is a key in it, which is to be in as few places as possible. Nothing depends on that.
        let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        let _ = fallocate(&memo.0, hole, CALL, len.max(1));
        Ok((memo, call))
    }

    /// The child's last step.
    pub(super) fn write_outcome(&self, outcome: &[u8]) -> io::Result<()> {
        let start = CALL + self.number(CALL_LEN)?;
        self.0.write_all_at(outcome, start)?;
        self.0
            .write_all_at(&(outcome.len() as u64).to_le_bytes(), OUTCOME_LEN)
    }

    /// The parent's last step, after the child's end. `None` if it did not come to write one.
    pub(super) fn outcome(&self) -> io::Result<Option<Vec<u8>>> {
        let len = self.number(OUTCOME_LEN)?;
        if len == 0 {
            return Ok(None);
        }
        let start = CALL.checked_add(self.number(CALL_LEN)?);
        let start = start.ok_or(io::ErrorKind::InvalidData)?;
        self.read(start, len).map(Some)
    }

    fn number(&self, place: u64) -> io::Result<u64> {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, place)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn read(&self, start: u64, len: u64) -> io::Result<Vec<u8>> {
        let end = start.checked_add(len);
        if end.is_none_or(|end| end > self.0.metadata().map_or(0, |file| file.len())) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?];
        self.0.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }
}
