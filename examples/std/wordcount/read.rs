//! Reading: files in, chunks out, in bounded memory.
//!
//! Small files are packed together until a chunk is worth the trip through the queue. Large ones are cut between two words.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::chunk::{Chunk, Large, Verdict};
use crate::skipped::Reason;

/// How much is read at a time: more than the trip costs, less than the caches hold.
pub(crate) const CHUNK: usize = 256 * 1024;
/// Where binary files betray themselves.
const HEAD: usize = 8 * 1024;
/// A word that does not end within this many bytes is no text.
const LONGEST: usize = 1024 * 1024;

/// Nobody wants more chunks.
#[derive(Debug)]
pub(crate) struct Stopped;

/// Where chunks go.
pub(crate) trait Sink {
    /// Takes a chunk.
    fn chunk(&mut self, chunk: Chunk) -> Result<(), Stopped>;
    /// An empty buffer.
    fn buffer(&mut self) -> Vec<u8>;
    /// Hears of a file that does not count.
    fn skip(&mut self, path: &Path, reason: Reason);
}

/// Reads files and packs them.
#[derive(Debug)]
pub(crate) struct Reader<S> {
    sink: S,
    batch: Chunk,
}

impl<S: Sink> Reader<S> {
    /// A reader with nothing in it.
    pub(crate) fn new(mut sink: S) -> Self {
        let batch = empty(sink.buffer());
        Self { sink, batch }
    }

    /// Reads one file.
    pub(crate) fn file(&mut self, path: &Path) -> Result<(), Stopped> {
        match self.read(path) {
            Ok(done) => done,
            Err(reason) => {
                self.sink.skip(path, reason);
                Ok(())
            }
        }
    }

    /// Hands over what is left, and gives the sink back.
    pub(crate) fn finish(mut self) -> Result<S, Stopped> {
        self.flush()?;
        Ok(self.sink)
    }

    fn flush(&mut self) -> Result<(), Stopped> {
        if self.batch.files == 0 {
            return Ok(());
        }
        let next = empty(self.sink.buffer());
        self.sink.chunk(std::mem::replace(&mut self.batch, next))
    }

    fn read(&mut self, path: &Path) -> Result<Result<(), Stopped>, Reason> {
        let mut file = File::open(path).map_err(Reason::Unreadable)?;
        let bytes = &mut self.batch.bytes;
        let start = bytes.len();
        let end = fill(&mut file, bytes).and_then(|end| text(&bytes[start..], end).map(|()| end));
        match end {
            Err(reason) => {
                bytes.truncate(start);
                Err(reason)
            }
            Ok(End::Here) => {
                self.batch.size += (bytes.len() - start) as u64;
                self.batch.files += 1;
                bytes.push(b'\n');
                let full = bytes.len() >= CHUNK;
                Ok(if full { self.flush() } else { Ok(()) })
            }
            Ok(End::Later) => {
                let mut first = self.sink.buffer();
                first.extend_from_slice(&bytes[start..]);
                bytes.truncate(start);
                let large = Arc::new(Large::default());
                let done = self.large(&mut file, first, &large);
                if done.is_err() {
                    large.decide(Verdict::NoText);
                }
                done
            }
        }
    }

    /// The rest of a file whose first chunk is read.
    fn large(
        &mut self,
        file: &mut File,
        mut bytes: Vec<u8>,
        large: &Arc<Large>,
    ) -> Result<Result<(), Stopped>, Reason> {
        let mut end = End::Later;
        loop {
            let cut = match end {
                End::Here => bytes.len(),
                End::Later => cut(&bytes)?,
            };
            if cut == 0 && end == End::Later {
                end = fill(file, &mut bytes)?;
                continue;
            }
            let mut rest = self.sink.buffer();
            rest.extend_from_slice(&bytes[cut..]);
            bytes.truncate(cut);
            utf8(&bytes)?;
            if end == End::Here {
                large.decide(Verdict::Text);
            }
            let chunk = Chunk {
                bytes,
                size: cut as u64,
                files: u64::from(end == End::Here),
                large: Some(Arc::clone(large)),
            };
            if self.sink.chunk(chunk).is_err() {
                return Ok(Err(Stopped));
            }
            if end == End::Here {
                return Ok(Ok(()));
            }
            bytes = rest;
            end = fill(file, &mut bytes)?;
        }
    }
}

fn empty(bytes: Vec<u8>) -> Chunk {
    Chunk {
        bytes,
        size: 0,
        files: 0,
        large: None,
    }
}

/// Whether a file goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Here,
    Later,
}

/// Appends up to [`CHUNK`] bytes.
fn fill(file: &mut File, bytes: &mut Vec<u8>) -> Result<End, Reason> {
    bytes.reserve(CHUNK);
    let read: io::Result<usize> = file.take(CHUNK as u64).read_to_end(bytes);
    match read {
        Ok(CHUNK) => Ok(End::Later),
        Ok(_) => Ok(End::Here),
        Err(error) => Err(Reason::Unreadable(error)),
    }
}

/// Looks at the beginning of a file, or at all of it if it is here.
fn text(bytes: &[u8], end: End) -> Result<(), Reason> {
    if bytes[..bytes.len().min(HEAD)].contains(&0) {
        return Err(Reason::Binary);
    }
    match end {
        End::Here => utf8(bytes),
        End::Later => Ok(()),
    }
}

fn utf8(bytes: &[u8]) -> Result<(), Reason> {
    std::str::from_utf8(bytes)
        .map(drop)
        .map_err(|_| Reason::NotUtf8)
}

/// The last place between two words: behind an ASCII character that belongs to none, or else behind any such character.
/// 0 where there is no such place yet: more has to be read.
fn cut(bytes: &[u8]) -> Result<usize, Reason> {
    let separates = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
    if let Some(last) = bytes.iter().rposition(separates) {
        return Ok(last + 1);
    }
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_some() => return Err(Reason::NotUtf8),
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.char_indices().rfind(|(_, c)| !c.is_alphanumeric()) {
        Some((at, c)) => Ok(at + c.len_utf8()),
        None if bytes.len() > LONGEST => Err(Reason::LongWord),
        None => Ok(0),
    }
}
