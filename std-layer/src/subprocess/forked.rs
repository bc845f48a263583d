//! Making the process by `fork`, for those whose command has closures of `pre_exec`.
//!
//! A socket pair closed on exec joins the two. The child waits for a byte before it does anything, so that it lives while the parent asks for its pidfd; then either the five bytes of a fault come from it,
//! or the end of the stream, which means that it has become its program.
//!
//! # Safety
//!
//! `fork`, by the promise of whoever calls the unsafe [`Command::pre_exec`](super::Command::pre_exec). Until its first closure the child does what any child of `child.rs` does. All signals are blocked at the
//! fork, so no handler runs in the child before they are reset.
#![allow(unsafe_code, reason = "fork")]

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::io::{Errno, fcntl_dupfd_cloexec, read};
use rustix::process::{PidfdFlags, pidfd_open};

use super::child::{Handlers, become_program};
use super::launch::{Launched, made};
use super::mask::{Blocked, Mask};
use super::plan::Plan;
use super::report::{Fault, Report};
use super::step::Step;

/// Starts a child for a plan. `mask` is what its program gets; without one, the caller's.
pub(super) fn launch(plan: &mut Plan, mask: Option<Mask>) -> Result<Launched, Fault> {
    let (ours, theirs) = sockets(plan).map_err(|errno| (Step::Pipe, errno.raw_os_error()))?;
    plan.descriptors.keep(theirs.as_raw_fd());
    let blocked = Blocked::all();
    // SAFETY: see above.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        drop(ours);
        live(plan, theirs.as_fd(), mask.unwrap_or(blocked.before()));
    }
    let pid = made(pid).map_err(|errno| (Step::Clone, errno));
    drop(blocked);
    let pid = pid?;
    drop(theirs);
    let launched = Launched {
        pid,
        // It waits for us, so the number is its own.
        pidfd: pidfd_open(pid, PidfdFlags::empty()).ok(),
    };
    send(ours.as_fd(), &[1]);
    match hear(ours.as_fd()) {
        None => Ok(launched),
        Some(fault) => {
            launched.collect();
            Err(fault)
        }
    }
}

/// Both ends above all targets, so that the child's is in nobody's way.
fn sockets(plan: &Plan) -> Result<(OwnedFd, OwnedFd), Errno> {
    let lift = |socket: UnixStream| fcntl_dupfd_cloexec(&socket, plan.descriptors.above);
    let (ours, theirs) =
        UnixStream::pair().map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::MFILE))?;
    Ok((lift(ours)?, lift(theirs)?))
}

/// Again while interrupted.
fn whole(mut call: impl FnMut() -> Result<usize, Errno>) -> Result<usize, Errno> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            outcome => return outcome,
        }
    }
}

/// To one who may be gone, which is no reason for a SIGPIPE.
fn send(to: BorrowedFd<'_>, bytes: &[u8]) {
    // SAFETY: a descriptor, bytes and their number. So few are sent whole; an error means that nobody listens.
    unsafe {
        libc::send(
            to.as_raw_fd(),
            bytes.as_ptr().cast(),
            bytes.len(),
            libc::MSG_NOSIGNAL,
        )
    };
}

/// The child.
fn live(plan: &Plan, parent: BorrowedFd<'_>, mask: Mask) -> ! {
    let mut go = [0];
    if whole(|| read(parent, &mut go)) == Ok(1) {
        // Nobody reads this one; what counts is the stream's end, or the fault.
        let report = Report::new();
        // SAFETY: the child of a fork, with all signals blocked.
        let (step, errno) = unsafe { become_program(plan, &report, mask, Handlers::Parents) };
        let [a, b, c, d] = errno.to_ne_bytes();
        send(parent, &[step as u8, a, b, c, d]);
    }
    // SAFETY: ends the child without running what is registered for the end of the parent.
    unsafe { libc::_exit(255) }
}

/// The parent: until the child is its program, or has said why it is not.
fn hear(child: BorrowedFd<'_>) -> Option<Fault> {
    let mut words = [0; 5];
    let mut length = 0;
    loop {
        match whole(|| read(child, &mut words[length..])) {
            Ok(0) | Err(_) => return None,
            Ok(more) => length += more,
        }
        if length == words.len() {
            let [step, errno @ ..] = words;
            let step = Step::from_number(step).unwrap_or(Step::PreExec);
            return Some((step, i32::from_ne_bytes(errno)));
        }
    }
}
