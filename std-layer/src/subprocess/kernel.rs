//! What rustix does not offer: any number as a signal, and how a collected child ended.
//!
//! # Safety
//!
//! Two system calls with numbers, and an `ioctl` with a place of the size that its number says.
#![allow(unsafe_code, reason = "an ioctl, and signals by number")]

use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::io::Errno;
use rustix::process::Pid;

use super::Signal;

fn outcome(value: i64) -> Result<(), Errno> {
    if value == -1 {
        let error = std::io::Error::last_os_error();
        return Err(Errno::from_io_error(&error).unwrap_or(Errno::INVAL));
    }
    Ok(())
}

/// See pidfd_send_signal(2).
pub(super) fn send_signal(pidfd: BorrowedFd<'_>, signal: Signal) -> Result<(), Errno> {
    // SAFETY: a descriptor, a number, no details, no flags.
    let value = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal.number(),
            std::ptr::null::<libc::siginfo_t>(),
            0,
        )
    };
    outcome(value as i64)
}

/// See kill(2).
pub(super) fn kill(pid: Pid, signal: Signal) -> Result<(), Errno> {
    // SAFETY: two numbers.
    let value = unsafe { libc::kill(pid.as_raw_nonzero().get(), signal.number()) };
    outcome(value.into())
}

/// `struct pidfd_info`, as long as it was first.
#[repr(C)]
#[derive(Default)]
struct PidfdInfo {
    mask: u64,
    cgroup: u64,
    ids: [u32; 11],
    exit_code: i32,
}

/// How the process of this pidfd ended, in the form of wait(2), if it has been collected and the kernel knows the question (Linux 6.15).
pub(super) fn exit_status_of(pidfd: BorrowedFd<'_>) -> Option<i32> {
    // Elsewhere the numbers of `ioctl`s are put together differently.
    if !cfg!(any(
        target_arch = "x86_64",
        target_arch = "x86",
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "riscv64",
        target_arch = "s390x",
        target_arch = "loongarch64"
    )) {
        return None;
    }
    /// _IOWR(0xFF, 11, struct pidfd_info)
    const GET_INFO: u32 = (3 << 30) | ((size_of::<PidfdInfo>() as u32) << 16) | (0xFF << 8) | 11;
    const EXIT: u64 = 1 << 3;
    let mut info = PidfdInfo {
        mask: EXIT,
        ..PidfdInfo::default()
    };
    // SAFETY: the kernel reads and writes as many bytes as the number says, which is the size of the struct. Other kinds of files and older kernels refuse the number.
    let value = unsafe { libc::ioctl(pidfd.as_raw_fd(), GET_INFO as _, &raw mut info) };
    (value == 0 && info.mask & EXIT != 0).then_some(info.exit_code)
}
