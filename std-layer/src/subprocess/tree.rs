//! Ending a child and everything that it has started.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, kill_process_group, pidfd_open};

use super::cgroup::Cgroup;
use super::{Popen, Signal, kernel};

impl Popen {
    /// Ends the child and all processes that it has started. Returns how many there were.
    ///
    /// | the child was started with | ended are |
    /// |---|---|
    /// | [`contain`](super::Command::contain), and is in a group ([`cgroup`](Self::cgroup)) | all that are in it, whatever they did to get away; also after the child was waited for |
    /// | [`new_session`](super::Command::new_session) or [`process_group(0)`](super::Command::process_group) | all that descend from the child by living parents, or are in its session or group; nobody after it was waited for |
    /// | neither | all that descend from the child by living parents; nobody after it was waited for |
    ///
    /// Without a control group each is sent SIGKILL, after all were stopped so that none can start another meanwhile. Found are: the child's children, their children, and so on; and if the child leads a session or a process group ([`new_session`](super::Command::new_session),
    /// [`process_group(0)`](super::Command::process_group)) all that are in it, so also those whose parents have ended. Not found are those that have left the session or group *and* lost their parent, as daemons do
    /// on purpose.
    ///
    /// Each is signalled by a pidfd that was opened, and then seen to be one of them: a number that has passed to a stranger is never signalled. For the same reason nothing happens after the child has been waited
    /// for, because the number of its session may then be another one's; so call it before. A child that has ended but has not been waited for is no problem.
    ///
    /// A kernel without pidfds (before Linux 5.3) knows no such way: there it is the child, and those in its process group if it leads one.
    ///
    /// # Errors
    ///
    /// If one of them could not be signalled (it runs as another user); the others were.
    ///
    /// ```
    /// use selvedge::subprocess::{Command, Signal};
    ///
    /// let child = Command::shell("sleep 1000 & sleep 1000 & wait").new_session(true).start()?;
    /// assert!(child.kill_tree()? >= 1);
    /// assert_eq!(child.wait().signal(), Some(Signal::KILL));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn kill_tree(&self) -> io::Result<usize> {
        let contained = self.child.cgroup.as_ref().map(Cgroup::kill);
        let contained = contained.transpose();
        let Some(_pin) = self.child.pin() else {
            return contained.map(|pids| pids.map_or(0, |pids| pids.len()));
        };
        let root = self.pid();
        let mut refused = self.child.signal(Signal::STOP).err();
        let leads = of(root).is_some_and(|seen| seen.group == root);
        let mut members = HashMap::new();
        loop {
            if leads {
                signal_group(self.child.pid(), rustix::process::Signal::STOP);
            }
            // What has been started while it was looked at is found by the next look; there is one more until nobody new is seen, and all that are known are stopped.
            let found = look(root, &members);
            if found.is_empty() {
                break;
            }
            for (pid, fd) in found {
                refused = send(&fd, Signal::STOP).err().or(refused);
                members.insert(pid, fd);
            }
        }
        refused = self.child.signal(Signal::KILL).err().or(refused);
        if leads {
            signal_group(self.child.pid(), rustix::process::Signal::KILL);
        }
        for fd in members.values() {
            refused = send(fd, Signal::KILL).err().or(refused);
        }
        match refused {
            Some(errno) => Err(errno.into()),
            None => {
                let mut pids = contained?.unwrap_or_default();
                pids.extend(members.keys());
                pids.insert(root);
                Ok(pids.len())
            }
        }
    }
}

/// All in the group at once: the kernel lets nobody be forked past it, as looking at one after the other does, with descendants that follow each other faster than one can look. The group is the child's as long as the child is
/// pinned. Who cannot be signalled is told of by the pidfds.
fn signal_group(leader: Pid, signal: rustix::process::Signal) {
    let _ = kill_process_group(leader, signal);
}

fn send(pidfd: &OwnedFd, signal: Signal) -> Result<(), Errno> {
    match kernel::send_signal(std::os::fd::AsFd::as_fd(pidfd), signal) {
        // It has ended.
        Err(Errno::SRCH) => Ok(()),
        sent => sent,
    }
}

/// A process, as `/proc` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    pid: u32,
    parent: u32,
    group: u32,
    session: u32,
    born: u64,
}

/// Members of the tree that are not known yet, each with a pidfd.
fn look(root: u32, known: &HashMap<u32, OwnedFd>) -> Vec<(u32, OwnedFd)> {
    let all = everybody();
    let leads = all.iter().find(|seen| seen.pid == root);
    let session = leads.is_some_and(|seen| seen.session == root);
    let group = leads.is_some_and(|seen| seen.group == root);
    let parents: HashMap<u32, u32> = all.iter().map(|seen| (seen.pid, seen.parent)).collect();
    let descends = |seen: &Seen| {
        let mut at = seen.parent;
        // No longer than there are processes: the picture was taken while they changed.
        for _ in 0..all.len() {
            if at == root || known.contains_key(&at) {
                return true;
            }
            match parents.get(&at) {
                Some(&parent) => at = parent,
                None => return false,
            }
        }
        false
    };
    all.iter()
        .filter(|seen| seen.pid != root && seen.pid != std::process::id())
        .filter(|seen| !known.contains_key(&seen.pid))
        .filter(|seen| {
            (session && seen.session == root) || (group && seen.group == root) || descends(seen)
        })
        .filter_map(|seen| {
            let pid = Pid::from_raw(seen.pid.cast_signed())?;
            let fd = pidfd_open(pid, PidfdFlags::empty()).ok()?;
            // The number has meant the same process since before the descriptor was opened.
            let again = of(seen.pid)?;
            (again.born == seen.born).then_some((seen.pid, fd))
        })
        .collect()
}

fn everybody() -> Vec<Seen> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| of(entry.ok()?.file_name().to_str()?.parse().ok()?))
        .collect()
}

fn of(pid: u32) -> Option<Seen> {
    parse(pid, &std::fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// The fields follow the name, which may hold anything, in parentheses.
fn parse(pid: u32, stat: &[u8]) -> Option<Seen> {
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let rest = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let id = |index: usize| u32::try_from(number(index)?).ok();
    Some(Seen {
        pid,
        parent: id(1)?,
        group: id(2)?,
        session: id(3)?,
        born: number(19)?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Seen, of, parse};

    #[test]
    fn names_may_hold_anything() {
        let stat = b"7 (a) b (c)) S 1 2 3 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 99 0 0\n";
        let seen = Seen {
            pid: 7,
            parent: 1,
            group: 2,
            session: 3,
            born: 99,
        };
        assert_eq!(parse(7, stat), Some(seen));
        assert_eq!(parse(7, b"7 (x) S 1"), None);
        let own = of(std::process::id()).unwrap();
        assert!(own.parent > 0 && own.born > 0);
    }
}
