//! Names for memory that has none.
//!
//! # How a name is kept
//!
//! The memory itself is a file without a name, which the kernel frees when the last process that has it is gone, however it went. What a name needs to do is to lead to somebody who has it. For each name there is a folder, `/dev/shm/selvedge-UID/NAME` (`home.rs`), and in it one
//! entry for each process that has the memory open by that name: a symbolic link called `PID` whose text says which descriptor it is there, and the number of the file. Whoever wants the memory goes through the entries and opens `/proc/PID/fd/N`; if that is not
//! the same file, sealed, of the same user, the entry is of a dead process, and is removed.
//!
//! So nothing that anybody still uses is ever destroyed (row H-10), and the memory of a process that was killed is gone at once (row H-11). What stays of that is an empty folder with a dangling link, until anybody looks there for a name, or makes one.
//!
//! Creating is exclusive by `mkdir`. Between that and the first entry, and when the last entry has been removed and the folder has not, a name has no entries: who wants to attach finds nothing, who wants to create removes the empty folder first; if the creator of it was only slow, its entry
//! then fails, and it tries again.
//!
//! # Who is trusted
//!
//! The folder of a user belongs to that user, with mode 0700, or is not used. Within one user everybody may do everything, as with files; what is opened is checked all the same, so that a wrong entry leads to "not found" and not to memory that can be cut.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, fstat, open};
use rustix::io::Errno;
use rustix::process::getuid;

use super::error::OpenError;
use super::home::home;
use super::mapping::{self, Mapping};

/// This process's part in a name. Ends with it.
#[derive(Debug)]
pub(super) struct Entry {
    process: u32,
    folder: PathBuf,
    path: PathBuf,
    text: OsString,
}

fn check(name: &str) -> Result<(), OpenError> {
    let bad = name.is_empty() || name.len() > 200 || name.contains(['/', '\0']);
    if bad || name == "." || name == ".." {
        return Err(OpenError::BadName);
    }
    Ok(())
}

/// What an entry says: a descriptor of its process, and the number of the file.
fn text(fd: &OwnedFd) -> io::Result<OsString> {
    let file = fstat(fd)?;
    Ok(format!("{}:{}:{}", fd.as_raw_fd(), file.st_dev, file.st_ino).into())
}

impl Entry {
    /// Takes a name for new memory.
    pub(super) fn create(name: &str, mapping: &Mapping) -> Result<Self, OpenError> {
        check(name)?;
        let folder = home()?.join(name);
        // More than two turns only if others do the same at the same time.
        loop {
            match fs::create_dir(&folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if find(&folder)?.is_some() {
                        return Err(OpenError::Exists);
                    }
                    // Fails if somebody has just made an entry.
                    let _ = fs::remove_dir(&folder);
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            match Self::enter(&folder, mapping) {
                Ok(entry) => return Ok(entry),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    // Unless somebody else has made an entry by now.
                    let _ = fs::remove_dir(&folder);
                    return Err(error.into());
                }
            }
        }
    }

    /// Memory that somebody has by this name, and this process as one of those.
    pub(super) fn attach(name: &str) -> Result<(Mapping, Self), OpenError> {
        check(name)?;
        let folder = home()?.join(name);
        loop {
            let Some(mapping) = find(&folder)? else {
                let _ = fs::remove_dir(&folder);
                return Err(OpenError::NotFound);
            };
            mapping.hold();
            match Self::enter(&folder, &mapping) {
                Ok(entry) => return Ok((mapping, entry)),
                // The name was taken away meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Another one, for another descriptor of the same memory.
    pub(super) fn beside(&self, mapping: &Mapping) -> io::Result<Self> {
        Self::enter(&self.folder, mapping)
    }

    /// Whether this process has made it, or its parent has.
    pub(super) fn is_own(&self) -> bool {
        self.process == std::process::id()
    }

    /// Whether nobody can find anything by this name any more.
    pub(super) fn is_gone(&self) -> bool {
        let folder = fs::symlink_metadata(&self.folder);
        folder.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    fn enter(folder: &Path, mapping: &Mapping) -> io::Result<Self> {
        let process = std::process::id();
        let text = text(mapping.fd())?;
        let fd = mapping.fd().as_raw_fd();
        // A process may have it several times.
        let path = folder.join(format!("{process}.{fd}"));
        match symlink(&text, &path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // Of a dead process that had our number.
                fs::remove_file(&path)?;
                symlink(&text, &path)?;
            }
            outcome => outcome?,
        }
        Ok(Self {
            process,
            folder: folder.to_owned(),
            path,
            text,
        })
    }

    /// Takes the name away: all entries, so that nobody finds it any more; those who have the memory keep it. False if it was gone already.
    pub(super) fn unlink(&self) -> bool {
        if !self.is_there() {
            return false;
        }
        let entries = fs::read_dir(&self.folder).into_iter().flatten();
        for entry in entries.filter_map(Result::ok) {
            let _ = fs::remove_file(entry.path());
        }
        let _ = fs::remove_dir(&self.folder);
        true
    }

    pub(super) fn is_there(&self) -> bool {
        fs::read_link(&self.path).is_ok_and(|text| text.as_os_str() == self.text)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // A fork has the memory, but is not its parent.
        if self.is_own() && self.is_there() {
            let _ = fs::remove_file(&self.path);
            // If it was the last.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

/// The memory that somebody has who is named in this folder; entries of the dead are removed.
fn find(folder: &Path) -> Result<Option<Mapping>, OpenError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    for entry in entries {
        let path = entry?.path();
        match reach(&path)? {
            Some(mapping) => return Ok(Some(mapping)),
            None => {
                let _ = fs::remove_file(&path);
            }
        }
    }
    Ok(None)
}

/// What an entry leads to; `None` if it is of a dead process, or nonsense.
///
/// # Errors
///
/// If this process cannot know, for want of descriptors or memory: then the entry may be of somebody who lives, and must stay.
fn reach(path: &Path) -> Result<Option<Mapping>, OpenError> {
    let Some((process, number, expected)) = parts(path) else {
        return Ok(None);
    };
    let target = format!("/proc/{process}/fd/{number}");
    let fd = match open(target, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()) {
        Ok(fd) => fd,
        Err(error @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM)) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    let file = fstat(&fd)?;
    let found = format!("{number}:{}:{}", file.st_dev, file.st_ino);
    if found != expected || file.st_uid != getuid().as_raw() {
        return Ok(None);
    }
    match mapping::open(fd) {
        Ok(mapping) => Ok(Some(mapping)),
        Err(error @ OpenError::Os(_)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Of an entry: process, descriptor, and all that it says.
fn parts(path: &Path) -> Option<(u32, RawFd, String)> {
    let process = path.file_stem()?.to_str()?.parse().ok()?;
    let text = fs::read_link(path).ok()?.into_os_string().into_string();
    let text = text.ok()?;
    let number = text.split(':').next()?.parse().ok()?;
    Some((process, number, text))
}

/// Removes what dead processes have left, and says which names there are.
pub(super) fn all() -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(home()?)? {
        let folder = entry?.path();
        let is_there = match find(&folder) {
            Ok(found) => found.is_some(),
            // That cannot be known.
            Err(_) => folder.is_dir(),
        };
        if is_there {
            names.extend(
                folder
                    .file_name()
                    .and_then(|name| name.to_str())
                    .map(ToOwned::to_owned),
            );
        } else {
            let _ = fs::remove_dir(&folder);
        }
    }
    names.sort_unstable();
    Ok(names)
}
