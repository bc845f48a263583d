//! The folder of a user's names.
//!
//! A name leads to a process by its number, so it is of the processes that see each other by these numbers: of one namespace of processes. Containers may share `/dev/shm`, and to each of them all others look dead; so each has a folder of its own, with the number of its
//! namespace, and nobody removes what is somebody else's. For the same reason a process that cannot see itself in `/proc`, because that is missing or of another namespace, has no names.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::process::getuid;

/// The namespace that a system starts with, by the kernel's constant (`PROC_PID_INIT_INO`).
const FIRST: &str = "4026531836";

/// The folder of this user; made if there is none.
pub(super) fn home() -> io::Result<PathBuf> {
    let uid = getuid().as_raw();
    let name = match namespace()? {
        Some(number) => format!("selvedge-{uid}-{number}"),
        None => format!("selvedge-{uid}"),
    };
    let mut last = io::ErrorKind::NotFound.into();
    for base in ["/dev/shm", "/tmp"] {
        let home = Path::new(base).join(&name);
        match fs::DirBuilder::new().mode(0o700).create(&home) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // It may have room again tomorrow, and names would be in two places.
            Err(error) if is_full(&error) => return Err(error),
            Err(error) => {
                last = error;
                continue;
            }
        }
        let found = fs::symlink_metadata(&home)?;
        if found.is_dir() && found.uid() == uid && found.permissions().mode() & 0o077 == 0 {
            return Ok(home);
        }
        last = io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("{} is not a folder of this user alone", home.display()),
        );
    }
    Err(last)
}

fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

/// The number of the namespace of processes; `None` for the first one, and on a system that has no others.
fn namespace() -> io::Result<Option<String>> {
    let own = fs::read_link("/proc/self").map_err(|error| {
        let text = format!("names of shared memory need /proc, where this process is not: {error}");
        io::Error::new(error.kind(), text)
    })?;
    if own.as_os_str().to_str() != Some(&std::process::id().to_string()) {
        return Err(io::Error::other(format!(
            "names of shared memory need the /proc of this process's own namespace; in the one that is mounted, {} is called {}",
            std::process::id(),
            own.display(),
        )));
    }
    let text = match fs::read_link("/proc/self/ns/pid") {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let digits = |c: char| c.is_ascii_digit();
    let number = text
        .to_string_lossy()
        .chars()
        .filter(|c| digits(*c))
        .collect::<String>();
    Ok((number != FIRST).then_some(number))
}
