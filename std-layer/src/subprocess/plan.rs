//! Everything that a child needs to become its program, prepared by the parent.

use std::ffi::{CString, OsString};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use rustix::process::{Resource, Rlimit};
use rustix::thread::Gid;

use super::command::Command;
use super::descriptors::Descriptors;
use super::hook::Hook;
use super::lookup::candidates;
use super::report::{Fault, Report};
use super::stdio::Opened;
use super::strings::{List, Strings};
use super::{Id, StartError, Step};

/// A child is to end with its parent.
pub(super) struct Death {
    pub(super) signal: i32,
    pub(super) parent: i32,
}

/// See above.
pub(super) struct Plan {
    pub(super) argv: List,
    pub(super) envp: List,
    /// Where the program may be.
    pub(super) candidates: List,
    pub(super) descriptors: Descriptors,
    pub(super) cwd: Option<CString>,
    pub(super) umask: Option<u32>,
    pub(super) restore_signals: bool,
    pub(super) session: bool,
    pub(super) group: Option<i32>,
    pub(super) limits: Vec<(Resource, Rlimit)>,
    pub(super) nice: Option<i32>,
    pub(super) extra_groups: Option<Vec<Gid>>,
    pub(super) gid: Option<u32>,
    pub(super) uid: Option<u32>,
    pub(super) pre_exec: Vec<Arc<Hook>>,
    pub(super) dies_with_parent: Option<Death>,
    /// Where to write "0", to enter a control group.
    pub(super) cgroup: Option<RawFd>,
    /// Whether the child may share this process's memory until it becomes its program.
    pub(super) share: bool,
    /// Used if it does.
    pub(super) report: Report,
}

fn argument_error<T>(_: T) -> StartError {
    StartError::invalid(Step::Arguments)
}

impl Plan {
    pub(super) fn new(
        command: &Command,
        args: &[OsString],
        opened: &Opened,
    ) -> Result<Self, StartError> {
        let program = command.program(args).ok_or_else(|| argument_error(()))?;
        let mut argv = Strings::default();
        for arg in args {
            argv.push(arg).map_err(argument_error)?;
        }
        let identity = &command.identity;
        let uid = identity.user.as_ref().map(Id::user).transpose()?;
        let gid = identity.group.as_ref().map(Id::group).transpose()?;
        let extra = identity.extra_groups.as_ref().map(|ids| {
            ids.iter()
                .map(|id| id.group().map(Gid::from_raw))
                .collect::<Result<_, _>>()
        });
        let extra_groups: Option<Vec<Gid>> = extra.transpose()?;
        let process = &command.process;
        let changes_identity = uid.is_some() || gid.is_some() || extra_groups.is_some();
        Ok(Self {
            argv: argv.finish(),
            envp: command.environment.prepare()?,
            candidates: candidates(program, &command.environment)?,
            descriptors: descriptors(command, opened)?,
            cwd: process.cwd.as_deref().map(folder).transpose()?,
            umask: process.umask,
            restore_signals: process.restore_signals,
            session: process.session,
            group: process.group,
            limits: process
                .limits
                .iter()
                .map(|&(resource, limit)| (resource.raw(), limit.raw()))
                .collect(),
            nice: process.nice,
            extra_groups,
            gid,
            uid,
            pre_exec: command.pre_exec.clone(),
            dies_with_parent: process.dies_with_parent.map(|signal| Death {
                signal: signal.number(),
                parent: std::process::id().cast_signed(),
            }),
            cgroup: None,
            share: process.share_memory && !changes_identity && command.pre_exec.is_empty(),
            report: Report::new(),
        })
    }

    /// What to tell the user of a fault.
    pub(super) fn error(
        &self,
        (step, errno): Fault,
        command: &Command,
        args: &[OsString],
    ) -> StartError {
        let error = StartError::new(step, errno);
        match step {
            Step::Exec => error.about(command.program(args).unwrap_or_default()),
            Step::ChangeDir => error.about(command.process.cwd.as_deref().unwrap_or(Path::new(""))),
            _ => error,
        }
    }
}

fn folder(path: &Path) -> Result<CString, StartError> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| StartError::invalid(Step::ChangeDir).about(path))
}

/// The standard streams and the others; two for one number are refused.
fn descriptors(command: &Command, opened: &Opened) -> Result<Descriptors, StartError> {
    let standard = opened
        .sources
        .iter()
        .zip(0..)
        .filter_map(|(source, target)| Some((target, (*source)?)));
    let others = command
        .descriptors
        .iter()
        .map(|(target, source)| (*target, source.as_raw_fd()));
    let mut moves: Vec<_> = standard.chain(others).collect();
    moves.sort_unstable();
    let refused = moves.iter().any(|&(target, _)| target < 0)
        || moves.windows(2).any(|pair| pair[0].0 == pair[1].0);
    if refused {
        return Err(StartError::invalid(Step::Options));
    }
    Ok(Descriptors::new(&moves, command.close_fds))
}
