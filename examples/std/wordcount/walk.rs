//! Walking: every regular file below a folder, each once.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::read::Stopped;
use crate::skipped::Reason;

/// What the walk meets.
#[derive(Debug)]
pub(crate) enum Found {
    /// A file to read.
    File(PathBuf),
    /// Something that cannot be read.
    Skip(PathBuf, Reason),
}

/// Tells `found` of everything below `root`, which may also be one file.
///
/// Symbolic links are not followed, so that no file counts twice and no loop is entered. Unless `all` is set, hidden folders are passed
/// over, and those named `target`.
pub(crate) fn walk(
    root: &Path,
    all: bool,
    mut found: impl FnMut(Found) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    if !root.is_dir() {
        return found(Found::File(root.to_owned()));
    }
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                found(Found::Skip(folder, Reason::Unreadable(error)))?;
                continue;
            }
        };
        for entry in entries {
            let (path, kind) = match entry.and_then(|e| Ok((e.path(), e.file_type()?))) {
                Ok(entry) => entry,
                Err(error) => {
                    found(Found::Skip(folder.clone(), Reason::Unreadable(error)))?;
                    break;
                }
            };
            if kind.is_file() {
                found(Found::File(path))?;
            } else if kind.is_dir() {
                if all || !is_passed_over(&path) {
                    folders.push(path);
                }
            } else if !kind.is_symlink() {
                found(Found::Skip(path, Reason::Special))?;
            }
        }
    }
    Ok(())
}

fn is_passed_over(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().as_encoded_bytes();
    name.starts_with(b".") || name == b"target"
}

/// The root of the workspace that the current folder is in.
pub(crate) fn workspace() -> io::Result<PathBuf> {
    let here = env::current_dir()?;
    let is_root = |folder: &&Path| {
        fs::read_to_string(folder.join("Cargo.toml"))
            .is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
    };
    match here.ancestors().find(is_root) {
        Some(root) => Ok(root.to_owned()),
        None => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!(
                "no FOLDER given, and no cargo workspace at or above {}",
                here.display()
            ),
        )),
    }
}
