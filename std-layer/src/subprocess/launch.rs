//! Making the process, without copying the parent's memory where that can be.
//!
//! | way | memory | the parent | for |
//! |---|---|---|---|
//! | `clone(CLONE_VM, CLONE_VFORK)` | shared until the exec | its calling thread stands still until then | everything but the below; it costs the same whatever the parent's size |
//! | `clone(CLONE_VFORK)` | copied | as above | other users and groups: a process with another identity must not share memory with this one, and changing it would change what may look into this one |
//! | `fork` (`forked.rs`) | copied | goes on | closures of `pre_exec`: foreign code, which may need libc's preparations for a fork |
//!
//! `clone` is `clone3` where that is to be had: see `clone3.rs`. In the two ways of this file nothing needs to be sent: the thread that stands still goes on when the child has ended or become its program, and then reads the report in memory that both see.
//!
//! # Safety
//!
//! * The child runs on a stack of its own, and the caller's frame (with the plan) is not left before it has ended or become its program: that is what CLONE_VFORK says, also when signals come.
//! * All signals are blocked in the calling thread, so in the child, which inherits the mask: no handler of the parent runs in it, or on its stack.
//! * Other threads of the parent go on meanwhile; the child reads only the plan, which they do not know.
#![allow(unsafe_code, reason = "clone")]

use std::ffi::{c_int, c_void};
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::ptr;

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use rustix::process::{Pid, WaitId, WaitIdOptions, WaitIdStatus, waitid};

use super::child::{Handlers, become_program};
use super::clone3::clone3;
use super::mask::{Blocked, Mask};
use super::plan::Plan;
use super::report::{Fault, Report, Told};
use super::stack::Stack;
use super::step::Step;

/// A child that has become its program.
pub(super) struct Launched {
    pub(super) pid: Pid,
    /// None on Linux before 5.2, and where there was no room for one more descriptor.
    pub(super) pidfd: Option<OwnedFd>,
}

/// What the child gets to know.
struct Call<'a> {
    plan: &'a Plan,
    report: &'a Report,
    mask: Mask,
}

/// For `clone`, whose child has the parent's handlers.
extern "C" fn entry(call: *mut c_void) -> c_int {
    run(call, Handlers::Parents)
}

/// For `clone3`, whose child has none.
extern "C" fn entry_without_handlers(call: *mut c_void) -> ! {
    run(call, Handlers::None)
}

fn run(call: *mut c_void, handlers: Handlers) -> ! {
    // SAFETY: `launch` passes a `Call`, which lives until the child has ended or become its program.
    let call = unsafe { &*call.cast::<Call<'_>>() };
    // SAFETY: the child of `launch`, with all signals blocked.
    let fault = unsafe { become_program(call.plan, call.report, call.mask, handlers) };
    call.report.fault(fault);
    // SAFETY: ends the child without running what is registered for the end of the parent.
    unsafe { libc::_exit(255) }
}

/// Starts a child for a plan without closures. `mask` is what its program gets; without one, the caller's.
pub(super) fn launch(plan: &Plan, mask: Option<Mask>) -> Result<Launched, Fault> {
    if plan.share {
        return launch_with(plan, &plan.report, mask, libc::CLONE_VM);
    }
    let page = SharedReport::new()?;
    launch_with(plan, page.report(), mask, 0)
}

fn launch_with(
    plan: &Plan,
    report: &Report,
    mask: Option<Mask>,
    flags: c_int,
) -> Result<Launched, Fault> {
    let stack = Stack::take().map_err(|errno| (Step::Memory, errno.raw_os_error()))?;
    let blocked = Blocked::all();
    let call = Call {
        plan,
        report,
        mask: mask.unwrap_or(blocked.before()),
    };
    let mut pidfd: c_int = -1;
    let flags = flags | libc::CLONE_VFORK;
    let argument = ptr::from_ref(&call).cast_mut().cast();
    let mut clone = |flags| {
        // SAFETY: a function that takes the argument, which outlives the child's use of it, as does the stack; CLONE_VFORK and blocked signals: see above.
        let outcome =
            unsafe { clone3(entry_without_handlers, &stack, flags, argument, &mut pidfd) };
        if let Some(outcome) = outcome {
            return outcome.and_then(|pid| Pid::from_raw(pid).ok_or(libc::EAGAIN));
        }
        // SAFETY: a function that does not return into this frame, the top of a stack of its own, an argument that outlives the child's use of it, a place for the descriptor.
        // For the rest see above.
        let pid = unsafe {
            libc::clone(
                entry,
                stack.top(),
                flags | libc::SIGCHLD,
                argument,
                &raw mut pidfd,
            )
        };
        made(pid)
    };
    let pid = match clone(flags | libc::CLONE_PIDFD) {
        // No room for the descriptor: it can be done without.
        Err(libc::EMFILE | libc::ENFILE | libc::EINVAL) => clone(flags),
        outcome => outcome,
    };
    drop(blocked);
    let pid = pid.map_err(|errno| (Step::Clone, errno))?;
    let launched = Launched {
        pid,
        // SAFETY: the kernel has just made it for this place, and nobody else knows of it.
        pidfd: (pidfd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(pidfd) }),
    };
    match report.read() {
        Told::Ready => {}
        Told::Fault(fault) => {
            launched.collect();
            return Err(fault);
        }
        Told::Nothing if launched.has_ended() => {
            launched.collect();
            return Err((Step::Killed, libc::ECANCELED));
        }
        Told::Nothing => {}
    }
    Ok(launched)
}

/// What `clone` or `fork` have returned, in the parent, right after the call.
pub(super) fn made(pid: i32) -> Result<Pid, i32> {
    if pid < 1 {
        let error = std::io::Error::last_os_error();
        return Err(error.raw_os_error().unwrap_or(libc::EAGAIN));
    }
    Pid::from_raw(pid).ok_or(libc::EAGAIN)
}

impl Launched {
    /// Waits for a child that is ending, so that nothing of it is left.
    pub(super) fn collect(&self) {
        // If somebody else has collected it, just as well.
        let _ = self.ask(WaitIdOptions::EXITED);
    }

    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        matches!(self.ask(options), Ok(Some(_)))
    }

    /// See waitid(2). By the pidfd, as that means this child whatever others do; Linux 5.3 has pidfds and does not wait for them.
    pub(super) fn ask(&self, options: WaitIdOptions) -> Result<Option<WaitIdStatus>, Errno> {
        loop {
            let by_pidfd = self
                .pidfd
                .as_ref()
                .map(|pidfd| waitid(WaitId::PidFd(pidfd.as_fd()), options));
            let outcome = match by_pidfd {
                Some(outcome) if !matches!(outcome, Err(Errno::INVAL)) => outcome,
                _ => waitid(WaitId::Pid(self.pid), options),
            };
            if !matches!(outcome, Err(Errno::INTR)) {
                return outcome;
            }
        }
    }
}

/// A report in memory that stays shared when the rest is copied.
struct SharedReport(*mut c_void);

impl SharedReport {
    fn new() -> Result<Self, Fault> {
        // SAFETY: a new mapping, anywhere.
        let page = unsafe {
            mmap_anonymous(
                ptr::null_mut(),
                size_of::<Report>(),
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
            )
        }
        .map_err(|errno| (Step::Memory, errno.raw_os_error()))?;
        // SAFETY: a page of our own, which is aligned for everything.
        unsafe { page.cast::<Report>().write(Report::new()) };
        Ok(Self(page))
    }

    fn report(&self) -> &Report {
        // SAFETY: written by `new`, and mapped as long as this lives; both processes use atomics on it.
        unsafe { &*self.0.cast() }
    }
}

impl Drop for SharedReport {
    fn drop(&mut self) {
        // SAFETY: our mapping; references end with the borrow.
        let _ = unsafe { munmap(self.0, size_of::<Report>()) };
    }
}
