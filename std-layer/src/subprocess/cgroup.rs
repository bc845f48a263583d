//! Control groups (version 2): a folder of the kernel's with a child and all that it has started, whatever they do to get away.
//!
//! The folder is made below this process's own group, the child enters it before it becomes its program, and everything that it starts is born there. The kernel ends all of them at one word to the folder's file `cgroup.kill`,
//! also those that are being forked meanwhile. The folder goes when the child's handle has gone and the group is empty; one that is not empty then is looked after by later starts.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::pipes::above_standard;
use super::{Containment, StartError, Step};
use crate::threading::Mutex;

/// A group of one child.
#[derive(Debug)]
pub(super) struct Cgroup {
    folder: PathBuf,
    /// Who has made it: a forked copy of this process leaves it alone.
    process: u32,
}

/// What a child needs to enter its group: "0" written here means the writer.
pub(super) struct Door {
    procs: OwnedFd,
}

impl Door {
    pub(super) fn number(&self) -> RawFd {
        self.procs.as_raw_fd()
    }
}

/// Makes a group as the option says; nothing if that is not wanted, or not possible and not required.
pub(super) fn prepare(wish: Containment) -> Result<Option<(Cgroup, Door)>, StartError> {
    if wish == Containment::No {
        return Ok(None);
    }
    match own().and_then(|own| make(&own)) {
        Ok(group) => Ok(Some(group)),
        Err(_) if wish == Containment::IfPossible => Ok(None),
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(libc::ENOSYS);
            Err(StartError::new(Step::Cgroup, errno))
        }
    }
}

/// The folder of this process's own group.
fn own() -> io::Result<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    let groups = fs::read_to_string("/proc/self/cgroup")?;
    locate(&mounts, &groups).ok_or_else(|| io::Error::from_raw_os_error(libc::ENOSYS))
}

/// The group's path in its hierarchy, put below the first place where that is mounted.
fn locate(mounts: &str, groups: &str) -> Option<PathBuf> {
    let path = Path::new(groups.lines().find_map(|line| line.strip_prefix("0::"))?);
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        kind.starts_with("cgroup2 ").then_some(())?;
        let mut fields = place.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let below = path.strip_prefix(root).ok()?;
        // Blanks are written as numbers; nobody has such a mount point here.
        (!point.contains('\\')).then(|| Path::new(point).join(below))
    })
}

/// Makes a group below this one.
fn make(own: &Path) -> io::Result<(Cgroup, Door)> {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let process = std::process::id();
    let group = loop {
        // Relaxed: only the numbers have to differ.
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let folder = own.join(format!("selvedge-{process}-{number}"));
        match fs::create_dir(&folder) {
            Ok(()) => break Cgroup { folder, process },
            // Of a process that had this number before, and could not remove it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    };
    // Before Linux 5.14 there is none, and then the group is good for nothing.
    File::options().write(true).open(group.kill_file())?;
    let procs = File::options()
        .write(true)
        .open(group.folder.join("cgroup.procs"))?;
    let procs = above_standard(procs.into())?;
    Ok((group, Door { procs }))
}

impl Cgroup {
    fn kill_file(&self) -> PathBuf {
        self.folder.join("cgroup.kill")
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends all that are in it, and tells who they were when it was looked at, which may have been some more or less.
    pub(super) fn kill(&self) -> io::Result<BTreeSet<u32>> {
        let mut members = BTreeSet::new();
        collect(&self.folder, &mut members);
        let mut file = File::options().write(true).open(self.kill_file())?;
        file.write_all(b"1")?;
        Ok(members)
    }
}

/// Also those in groups below, which a child with the right to do so may have made.
fn collect(folder: &Path, members: &mut BTreeSet<u32>) {
    let procs = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    members.extend(procs.lines().filter_map(|line| line.parse::<u32>().ok()));
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), members);
        }
    }
}

/// Groups that were not empty when their handles went.
static LEFT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// How many there are; a hint, Relaxed.
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Drop for Cgroup {
    fn drop(&mut self) {
        if self.process != std::process::id() || removed(&self.folder) {
            return;
        }
        let mut left = LEFT.lock();
        left.push(std::mem::take(&mut self.folder));
        COUNT.store(left.len(), Ordering::Relaxed);
    }
}

/// Removes those that are empty by now.
pub(super) fn look_after_groups() {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return;
    }
    let mut left = LEFT.lock();
    left.retain(|folder| !removed(folder));
    COUNT.store(left.len(), Ordering::Relaxed);
}

/// False if it may be tried again.
fn removed(folder: &Path) -> bool {
    match fs::remove_dir(folder) {
        Ok(()) => true,
        // Some are in it, or its last is on the way out.
        Err(error) => error.raw_os_error() != Some(libc::EBUSY),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Cgroup, locate, make};

    const MOUNTS: &str = "30 1 8:1 / / rw - ext4 /dev/sda rw\n41 31 0:38 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n";

    #[test]
    fn where_the_own_group_is() {
        let at = |mounts, groups| locate(mounts, groups).map(|path| path.display().to_string());
        let slice = "1:name=systemd:/x\n0::/user.slice/a b\n";
        assert_eq!(
            at(MOUNTS, slice).as_deref(),
            Some("/sys/fs/cgroup/user.slice/a b")
        );
        assert_eq!(at(MOUNTS, "0::/\n").as_deref(), Some("/sys/fs/cgroup/"));
        // Only a part of the hierarchy is mounted: the own group is below it, or out of reach.
        let part = MOUNTS.replace("0:38 / ", "0:38 /user.slice ");
        assert_eq!(at(&part, slice).as_deref(), Some("/sys/fs/cgroup/a b"));
        assert_eq!(at(&part, "0::/system.slice\n"), None);
        // Version 1 alone.
        assert_eq!(at(MOUNTS, "1:cpu:/x\n"), None);
        assert_eq!(
            at("41 31 0:38 / /c rw - cgroup cgroup rw,cpu\n", slice),
            None
        );
    }

    /// A folder without the kernel's files is no group, and goes again.
    #[test]
    fn an_ordinary_folder_will_not_do() {
        let folder = std::env::temp_dir().join(format!("selvedge-no-group-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        assert!(make(&folder).is_err());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        // With its files, but without the kernel behind them: what would be told to it.
        let group = Cgroup {
            folder: folder.join("group"),
            process: std::process::id(),
        };
        std::fs::create_dir_all(group.folder.join("below")).unwrap();
        std::fs::write(group.folder.join("cgroup.procs"), "7\n8\n").unwrap();
        std::fs::write(group.folder.join("below/cgroup.procs"), "9\n").unwrap();
        std::fs::write(group.kill_file(), "").unwrap();
        assert_eq!(
            group.kill().unwrap().into_iter().collect::<Vec<_>>(),
            [7, 8, 9]
        );
        assert_eq!(std::fs::read(group.kill_file()).unwrap(), b"1");
        assert_eq!(group.folder(), Path::new(&folder.join("group")));
        drop(group);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
