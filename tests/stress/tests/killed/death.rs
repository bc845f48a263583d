//! How a process dies: by SIGKILL, after some time, or after some instructions.
//!
//! Most of what may go wrong needs a death between two certain instructions, which seldom happens by itself. So a victim is stopped by ptrace(2), made to take so many single steps, and killed then. Where the system does not permit that, only the time is random.
//!
//! # Safety
//!
//! `ptrace` and `waitpid` on a child of this process; addresses are null but one of a local number.
#![allow(unsafe_code, reason = "stops processes between two instructions")]

use std::ptr;
use std::thread;
use std::time::{Duration, Instant};

use selvedge::multiprocessing::Process;

use crate::{Dice, us};

/// Somewhat more than what victims do in a turn takes.
const STEPS: u64 = 6000;

/// Kills a process at a random moment after `begin`, which is called when it is stopped, or about to be killed.
pub(crate) fn death<T>(process: &Process<T>, dice: &mut Dice, begin: impl FnOnce()) {
    let pid = process.pid().expect("it was started");
    let pid = pid.try_into().expect("it is a number of a process");
    let way = dice.below(4);
    let stopped = way > 0 && stop(pid);
    begin();
    match way {
        _ if !stopped => thread::sleep(us(dice.below(300))),
        1 => thread::sleep(us(dice.below(1000))),
        2 => steps(pid, dice.below(STEPS / 10)),
        _ => steps(pid, dice.below(STEPS)),
    }
    process.kill().expect("it is ours");
}

fn trace(request: libc::c_uint, pid: libc::pid_t) -> bool {
    // SAFETY: none of the requests writes anywhere here.
    unsafe { libc::ptrace(request, pid, ptr::null_mut::<()>(), ptr::null_mut::<()>()) == 0 }
}

/// Waits until it has stopped, not long; false if it has not: it sleeps in a system call, or is dead.
fn has_stopped(pid: libc::pid_t, patience: Duration) -> bool {
    let start = Instant::now();
    // Ends are left to those whom they are for.
    let options = libc::WNOHANG | libc::__WALL | libc::WSTOPPED;
    while start.elapsed() < patience {
        // SAFETY: all bytes of it may be zero.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let info_of = &raw mut info;
        // SAFETY: writes what was found to where there is room for it.
        let value = unsafe { libc::waitid(libc::P_PID, pid.cast_unsigned(), info_of, options) };
        // SAFETY: a number if anything was found, and zero otherwise.
        if value == 0 && unsafe { info.si_pid() } == pid {
            return true;
        }
    }
    false
}

fn stop(pid: libc::pid_t) -> bool {
    let stopped = trace(libc::PTRACE_SEIZE, pid)
        && trace(libc::PTRACE_INTERRUPT, pid)
        && has_stopped(pid, us(200_000));
    if !stopped {
        println!("it cannot be stopped: {}", std::io::Error::last_os_error());
    }
    stopped
}

fn steps(pid: libc::pid_t, count: u64) {
    for _ in 0..count {
        if !trace(libc::PTRACE_SINGLESTEP, pid) || !has_stopped(pid, us(500)) {
            return;
        }
    }
}
