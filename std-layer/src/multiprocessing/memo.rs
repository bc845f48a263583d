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
//! | 16 | | the call |
//! | behind it | 8 | the length of the outcome |
//! | | | the outcome |
//!
//! Nothing was ever written behind the call before the outcome is, and a file grows as it is written, from the front. So the outcome is complete if the file is as long as it says: a child that dies in the middle leaves none. The parent does not trust it: nothing is read beyond the end of the file, nor mapped.
//!
//! Each step is one system call, if that is enough, and goes to the kernel without std and libc in between: in a child that has just begun, each part of the program that was not used before costs a page fault, which takes longer than the call.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{FallocateFlags, MemfdFlags, fallocate, fstat, memfd_create};
use rustix::io::{Errno, pread, pwrite};
use zeroize::Zeroizing;

use super::missing::named;

const NAME: &[u8; 8] = b"SELVEDGE";
const CALL: usize = 16;
/// What most calls and outcomes have room in.
const FIRST: usize = 512;

#[derive(Debug)]
pub(super) struct Memo {
    file: Arc<OwnedFd>,
    /// Where the outcome is.
    end: u64,
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?))
}

/// As much as there is, if it is not more than there is room for.
fn read(file: &OwnedFd, into: &mut [u8], start: u64) -> io::Result<usize> {
    loop {
        match pread(file, &mut *into, start) {
            Err(Errno::INTR) => {}
            outcome => return Ok(outcome?),
        }
    }
}

fn write(file: &OwnedFd, mut from: &[u8], mut start: u64) -> io::Result<()> {
    while !from.is_empty() {
        match pwrite(file, from, start) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                from = &from[count..];
                start += count as u64;
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// So many bytes from there on, of which the first ones are known; `None` if there are not so many.
fn rest(
    file: &OwnedFd,
    start: u64,
    len: u64,
    known: &[u8],
) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let size = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    if let Some(all) = known.get(..size) {
        return Ok(Some(Zeroizing::new(all.to_vec())));
    }
    let end = start.checked_add(len);
    if end.is_none_or(|end| fstat(file).map_or(0, |stat| stat.st_size.cast_unsigned()) < end) {
        return Ok(None);
    }
    let mut bytes = Zeroizing::new(vec![0; size]);
    let mut count = 0;
    while count < size {
        match read(file, &mut bytes[count..], start + count as u64)? {
            0 => return Ok(None),
            more => count += more,
        }
    }
    Ok(Some(bytes))
}

impl Memo {
    /// The parent's first step.
    pub(super) fn new(call: &[u8]) -> io::Result<Self> {
        let file = memfd_create("selvedge-process", MemfdFlags::CLOEXEC)
            .map_err(|errno| named("memfd_create", errno))?;
        let mut text = Zeroizing::new(Vec::with_capacity(CALL + call.len()));
        text.extend_from_slice(NAME);
        text.extend_from_slice(&(call.len() as u64).to_le_bytes());
        text.extend_from_slice(call);
        write(&file, &text, 0)?;
        Ok(Self {
            file: Arc::new(file),
            end: text.len() as u64,
        })
    }

    /// For the child.
    pub(super) fn share(&self) -> Arc<OwnedFd> {
        self.file.clone()
    }

    /// The child's first step.
    pub(super) fn open(file: OwnedFd) -> io::Result<(Self, Zeroizing<Vec<u8>>)> {
        let mut first = Zeroizing::new([0; FIRST]);
        let count = read(&file, &mut *first, 0)?;
        let first = &first[..count];
        let len = number(first.get(8..).unwrap_or_default());
        let (true, Some(len)) = (first.starts_with(NAME), len) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let known = first.get(CALL..).unwrap_or_default();
        let call = rest(&file, CALL as u64, len, known)?;
        let call = call.ok_or(io::ErrorKind::InvalidData)?;
        // There is a key in it, which is to be in as few places as possible. Nothing depends on that.
        let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        let _ = fallocate(&file, hole, CALL as u64, len.max(1));
        let memo = Self {
            file: Arc::new(file),
            end: CALL as u64 + len,
        };
        Ok((memo, call))
    }

    /// The child's last step.
    pub(super) fn write_outcome(&self, outcome: &[u8]) -> io::Result<()> {
        let len = (outcome.len() as u64).to_le_bytes();
        write(&self.file, &[&len, outcome].concat(), self.end)
    }

    /// The parent's last step, after the child's end. `None` if it did not come to write one.
    pub(super) fn outcome(&self) -> io::Result<Option<Vec<u8>>> {
        let mut first = [0; FIRST];
        let count = read(&self.file, &mut first, self.end)?;
        let first = &first[..count];
        let Some(len) = number(first) else {
            return Ok(None);
        };
        let outcome = rest(&self.file, self.end.saturating_add(8), len, &first[8..])?;
        Ok(outcome.map(|mut bytes| std::mem::take(&mut *bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(memo: &Memo) -> OwnedFd {
        memo.share().try_clone().unwrap()
    }

    #[test]
    fn what_is_told_arrives() {
        for (call, outcome) in [0, 1, FIRST - 17, FIRST - 16, FIRST - 15, 70_000]
            .into_iter()
            .flat_map(|call| [1, FIRST - 8, FIRST - 7, 1 << 20].map(|outcome| (call, outcome)))
        {
            let (call, outcome) = (vec![7; call], vec![9; outcome]);
            let here = Memo::new(&call).unwrap();
            let (there, read) = Memo::open(other(&here)).unwrap();
            assert_eq!(*read, call);
            assert!(here.outcome().unwrap().is_none());
            there.write_outcome(&outcome).unwrap();
            assert_eq!(here.outcome().unwrap(), Some(outcome));
        }
    }

    #[test]
    fn half_an_outcome_is_none() {
        for len in [20, 2 * FIRST] {
            let memo = Memo::new(b"call").unwrap();
            let mut whole = (len as u64).to_le_bytes().to_vec();
            whole.resize(8 + len, 3);
            for written in [0, 1, 7, 8, 9, 7 + len] {
                let memo = Memo::new(b"call").unwrap();
                write(&memo.file, &whole[..written], memo.end).unwrap();
                assert!(memo.outcome().unwrap().is_none(), "{written} of {len}");
            }
            write(&memo.file, &whole, memo.end).unwrap();
            assert_eq!(memo.outcome().unwrap(), Some(whole[8..].to_vec()));
            // Nonsense is no reason to ask for all memory there is.
            for len in [u64::MAX, u64::MAX - 100, 1 << 60] {
                write(&memo.file, &len.to_le_bytes(), memo.end).unwrap();
                assert!(memo.outcome().unwrap().is_none());
            }
        }
    }

    #[test]
    fn what_is_no_call_is_refused() {
        let memo = Memo::new(b"call").unwrap();
        for len in [5, u64::MAX, 1 << 40] {
            write(&memo.file, &len.to_le_bytes(), 8).unwrap();
            assert!(Memo::open(other(&memo)).is_err(), "{len}");
        }
        write(&memo.file, b"selvedge", 0).unwrap();
        assert!(Memo::open(other(&memo)).is_err());
    }
}
