//! A folder for a socket's file, among the temporary files.
//!
//! Who has made it holds a lock on it (flock(2)), by a descriptor that goes with the process, however that ends. Whoever makes the next one first removes those of this user that nobody holds; so what killed processes have left does not add up. Between its making and its locking a folder may be taken for such a
//! one: then its maker finds it held or gone, and makes another.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, open};
use rustix::io::Errno;
use rustix::process::getuid;

use super::auth::random;

const PREFIX: &str = "selvedge-";
const DIGITS: usize = 16;
const FILE: &str = "listener";

/// See above. Removed when this is dropped, if it is empty then.
pub(super) struct Folder {
    process: u32,
    path: PathBuf,
    _held: OwnedFd,
}

impl Folder {
    pub(super) fn new() -> io::Result<Self> {
        let base = std::env::temp_dir();
        sweep(&base);
        loop {
            let number = u64::from_ne_bytes(random::<8>()?);
            let path = base.join(format!("{PREFIX}{number:016x}"));
            fs::DirBuilder::new().mode(0o700).create(&path)?;
            match hold(&path, true) {
                Ok(Some(held)) => {
                    return Ok(Self {
                        process: std::process::id(),
                        path,
                        _held: held,
                    });
                }
                Ok(None) => {}
                Err(error) => {
                    let _ = fs::remove_dir(&path);
                    return Err(error);
                }
            }
        }
    }

    /// Where the socket's file is to be.
    pub(super) fn file(&self) -> PathBuf {
        self.path.join(FILE)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A fork has the descriptor, and is not its maker.
        if self.process == std::process::id() {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Locks a folder; `None` if somebody else has, or it is gone.
fn hold(path: &Path, is_maker: bool) -> io::Result<Option<OwnedFd>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = match open(path, flags, Mode::empty()) {
        Ok(folder) => folder,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    };
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::AGAIN) => return Ok(None),
        // A file system without locks: nobody else can have one, so its maker goes on, and nobody sweeps.
        Err(_) if is_maker => {}
        Err(errno) => return Err(errno.into()),
    }
    let held = fstat(&folder)?;
    let still = fs::symlink_metadata(path)
        .is_ok_and(|there| (there.dev(), there.ino()) == (held.st_dev, held.st_ino));
    Ok(still.then_some(folder))
}

/// Removes the folders of this user that nobody holds.
fn sweep(base: &Path) {
    let entries = fs::read_dir(base).into_iter().flatten();
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let is_one = digits.is_some_and(|digits| {
            digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        });
        if !is_one || entry.metadata().map_or(0, |it| it.uid()) != getuid().as_raw() {
            continue;
        }
        let path = entry.path();
        if let Ok(Some(_held)) = hold(&path, false) {
            let _ = fs::remove_file(path.join(FILE));
            let _ = fs::remove_dir(&path);
        }
    }
}
