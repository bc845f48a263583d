//! The child's way from its first instruction to its program.
//!
//! It may share all memory with a parent that stands still meanwhile, among other threads of the parent that do not. So it allocates nothing, takes no lock, panics nowhere, and
//! writes to its own stack, to the plan's places for it, and to the report only. The one exception are closures of `pre_exec`; these run in a true copy of the process.
//!
//! The order is CPython's where that shows: the control group, descriptors, folder, umask, signals, session, group, ids, closures, closing, program.
//!
//! # Safety
//!
//! System calls through libc, where rustix would ask for a descriptor's owner (`dup2` onto a number) or has none for a process on its way (`execve`, `sigaction`); libc's versions are safe after a
//! fork by POSIX. Identities are set by rustix's calls for a single thread: those of libc would signal the parent's threads.
#![allow(unsafe_code, reason = "system calls between clone and exec")]

use std::convert::Infallible;
use std::mem::zeroed;
use std::os::fd::RawFd;
use std::sync::atomic::Ordering;

use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::process::{setpriority_process, setrlimit};
use rustix::thread::{Gid, Uid, set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::close::close_gaps;
use super::descriptors::Descriptors;
use super::mask::Mask;
use super::plan::Plan;
use super::report::{Fault, Report};
use super::step::Step;

/// One more than the highest signal.
const SIGNALS: i32 = if cfg!(any(target_arch = "mips", target_arch = "mips64")) {
    128
} else {
    65
};

type Steps<T = ()> = Result<T, Fault>;

fn at(step: Step) -> impl Fn(Errno) -> Fault {
    move |errno| (step, errno.raw_os_error())
}

fn last_errno() -> i32 {
    // SAFETY: the calling thread's, or in a child that shares memory that of the parent's thread, which stands still.
    unsafe { *libc::__errno_location() }
}

fn check(step: Step, outcome: i32) -> Steps {
    if outcome == -1 {
        return Err((step, last_errno()));
    }
    Ok(())
}

/// What signals may have when the child begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handlers {
    /// Those of its parent.
    Parents,
    /// None: each is ignored or has its default action.
    None,
}

/// Becomes the program, or returns what failed.
///
/// # Safety
///
/// This is a child between clone (or fork) and exec, all signals are blocked, and nothing of its memory that it shares with the parent is written to by others: see above.
pub(super) unsafe fn become_program(
    plan: &Plan,
    report: &Report,
    mask: Mask,
    handlers: Handlers,
) -> Fault {
    match way(plan, report, mask, handlers) {
        Err(fault) => fault,
    }
}

fn way(plan: &Plan, report: &Report, mask: Mask, handlers: Handlers) -> Steps<Infallible> {
    if let Some(procs) = plan.cgroup {
        // SAFETY: a descriptor, and a byte.
        let written = unsafe { libc::write(procs, c"0".as_ptr().cast(), 1) };
        check(Step::Cgroup, written as i32)?;
    }
    redirect(&plan.descriptors)?;
    if let Some(folder) = &plan.cwd {
        rustix::process::chdir(folder.as_c_str()).map_err(at(Step::ChangeDir))?;
    }
    if let Some(umask) = plan.umask {
        rustix::process::umask(Mode::from_bits_retain(umask));
    }
    reset_signals(plan.restore_signals, handlers);
    mask.install();
    if plan.session {
        rustix::process::setsid().map_err(at(Step::Session))?;
    }
    if let Some(group) = plan.group {
        // SAFETY: two numbers.
        check(Step::Group, unsafe { libc::setpgid(0, group) })?;
    }
    for &(resource, limit) in &plan.limits {
        setrlimit(resource, limit).map_err(at(Step::Limit))?;
    }
    if let Some(nice) = plan.nice {
        setpriority_process(None, nice).map_err(at(Step::Nice))?;
    }
    identify(plan)?;
    for closure in &plan.pre_exec {
        closure.call()?;
    }
    if let Some(death) = &plan.dies_with_parent {
        // SAFETY: a number.
        check(Step::ParentDeath, unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, death.signal)
        })?;
        // It may have ended before it could be told so. 0 is a parent outside of the child's PID namespace.
        // SAFETY: no arguments, no failure.
        let parent = unsafe { libc::getppid() };
        if parent != death.parent && parent != 0 {
            // SAFETY: nothing can be told to anybody.
            unsafe { libc::_exit(255) };
        }
    }
    if let Some(gaps) = &plan.descriptors.close {
        close_gaps(gaps);
    }
    report.ready();
    exec(plan)
}

/// Moves sources that are others' targets out of the way, then puts each where it belongs. A descriptor that is where it belongs already is only told to stay open.
fn redirect(descriptors: &Descriptors) -> Steps {
    let moves = &descriptors.moves;
    for place in moves {
        let source = place.source.load(Ordering::Relaxed);
        let overwritten = moves
            .iter()
            .any(|other| other.target == source && other.source.load(Ordering::Relaxed) != source);
        if overwritten {
            let copy = copy_above(source, descriptors)?;
            // All that come from there: none of them stays there, as another one does.
            for other in moves {
                if other.source.load(Ordering::Relaxed) == source {
                    other.source.store(copy, Ordering::Relaxed);
                }
            }
        }
    }
    for place in moves {
        let source = place.source.load(Ordering::Relaxed);
        if source == place.target {
            // SAFETY: numbers.
            check(Step::Redirect, unsafe {
                libc::fcntl(source, libc::F_SETFD, 0)
            })?;
        } else {
            duplicate(source, place.target)?;
        }
    }
    Ok(())
}

fn copy_above(source: RawFd, descriptors: &Descriptors) -> Steps<RawFd> {
    // SAFETY: numbers.
    let copy = || unsafe { libc::fcntl(source, libc::F_DUPFD_CLOEXEC, descriptors.above) };
    let mut copied = copy();
    if copied == -1 && last_errno() == libc::EMFILE && !descriptors.spare.is_empty() {
        close_gaps(&descriptors.spare);
        copied = copy();
    }
    check(Step::Redirect, copied)?;
    Ok(copied)
}

fn duplicate(source: RawFd, target: RawFd) -> Steps {
    loop {
        // SAFETY: numbers; what was at the target belongs to the child alone.
        let outcome = check(Step::Redirect, unsafe { libc::dup2(source, target) });
        match outcome {
            Err((_, libc::EINTR | libc::EBUSY)) => {}
            outcome => return outcome,
        }
    }
}

/// What Rust's runtime, or CPython's, ignores, and programs do not expect to be ignored.
const IGNORED_BY_RUNTIMES: [i32; 2] = [libc::SIGPIPE, libc::SIGXFSZ];

/// No signal has a handler from now on: those of the parent are code that expects to run in the parent. `exec` would do the same, but the mask must be the program's before.
fn reset_signals(restore: bool, handlers: Handlers) {
    if handlers == Handlers::Parents {
        for signal in 1..SIGNALS {
            let action = action_of(signal);
            if action.is_some_and(|it| ![libc::SIG_DFL, libc::SIG_IGN].contains(&it)) {
                reset(signal);
            }
        }
    }
    if restore {
        for signal in IGNORED_BY_RUNTIMES {
            reset(signal);
        }
    }
}

/// `None` for the numbers that libc keeps for itself.
fn action_of(signal: i32) -> Option<libc::sighandler_t> {
    // SAFETY: all zero is the default action with no flags.
    let mut action: libc::sigaction = unsafe { zeroed() };
    // SAFETY: a number and a place.
    let outcome = unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut action) };
    (outcome == 0).then_some(action.sa_sigaction)
}

fn reset(signal: i32) {
    // SAFETY: all zero is the default action with no flags.
    let default: libc::sigaction = unsafe { zeroed() };
    // SAFETY: a number and an action; the table of actions is the child's own, as CLONE_SIGHAND is never used.
    unsafe { libc::sigaction(signal, &raw const default, std::ptr::null_mut()) };
}

fn identify(plan: &Plan) -> Steps {
    if let Some(groups) = &plan.extra_groups {
        set_thread_groups(groups).map_err(at(Step::SetGroups))?;
    }
    if let Some(gid) = plan.gid {
        let gid = Gid::from_raw(gid);
        set_thread_res_gid(gid, gid, gid).map_err(at(Step::SetGid))?;
    }
    if let Some(uid) = plan.uid {
        let uid = Uid::from_raw(uid);
        set_thread_res_uid(uid, uid, uid).map_err(at(Step::SetUid))?;
    }
    Ok(())
}

/// Tries one path after the other. Of several errors the first one counts that says more than "not there".
fn exec(plan: &Plan) -> Steps<Infallible> {
    let mut telling = 0;
    let mut last = libc::ENOENT;
    for &path in plan.candidates.strings() {
        // SAFETY: C strings, and lists of C strings that end in null, all alive in the plan.
        unsafe { libc::execve(path, plan.argv.as_ptr(), plan.envp.as_ptr()) };
        last = last_errno();
        if telling == 0 && !matches!(last, libc::ENOENT | libc::ENOTDIR) {
            telling = last;
        }
    }
    Err((Step::Exec, if telling == 0 { last } else { telling }))
}
