//! Children that cannot get away.

use std::path::Path;

use super::cgroup::Cgroup;
use super::{Command, Popen};

/// Whether a child is put into a control group of its own: see [`Command::contain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Containment {
    /// It stays in the group of this process.
    #[default]
    No,
    /// It is, if the system lets this process make one; otherwise it starts without. [`Popen::cgroup`] tells.
    IfPossible,
    /// It is, or the start fails with [`Step::Cgroup`](super::Step::Cgroup).
    Required,
}

impl Command {
    /// Puts the child into a control group (version 2) of its own, below this process's. All that it starts is in there, too, also those that leave its session and lose their parents, as daemons do.
    ///
    /// [`Popen::kill_tree`] then ends *all* of them at once, by the kernel itself: whoever is being forked meanwhile is ended as well, no stranger ever is, and it works also after the child has been waited for. Only a
    /// process with the right to write to the group's parent can leave it: one of the same user as this process, if it wants to.
    ///
    /// It takes Linux 5.14, a mounted hierarchy of version 2, and the right to make a folder in this process's group: root's, or that of a service or a user's session whose group was delegated
    /// to it. The folder is removed after the child's handle has been dropped and the last one in it has ended, by a later start if that takes longer. If this process ends before, the folder stays.
    ///
    /// ```
    /// use selvedge::subprocess::{Command, Containment, Signal};
    ///
    /// let line = "sleep 1000 & exec sleep 1000";
    /// let child = Command::shell(line).new_session(true).contain(Containment::IfPossible).start()?;
    /// println!("in a group of its own: {:?}", child.cgroup());
    /// assert!(child.kill_tree()? >= 1);
    /// assert_eq!(child.wait().signal(), Some(Signal::KILL));
    /// # drop(child);
    /// # Command::new("true").run()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contain(mut self, containment: Containment) -> Self {
        self.process.containment = containment;
        self
    }
}

impl Popen {
    /// The folder of the child's own control group, if it is in one: see [`Command::contain`]. What is below, as `cgroup.procs`, is described in the kernel's documentation (cgroups(7)).
    pub fn cgroup(&self) -> Option<&Path> {
        self.child.cgroup.as_ref().map(Cgroup::folder)
    }
}
