//! The server's copy of itself, as a child of the server's parent.
//!
//! libc's `fork` cannot make a child of somebody else. The system call can (`CLONE_PARENT`); what libc does besides for a process of one thread, that holds no lock and whose handlers of `pthread_atfork` have nothing to do (nothing has run yet), is done here:
//!
//! * the thread's number in libc's own record is written anew by the kernel, where libc has told the kernel that it is (`PR_GET_TID_ADDRESS`); that it is there is checked;
//! * the list of robust locks, which is empty, is registered again.
//!
//! The number of the copy is written by the kernel into memory that the server has together with its parent, before the copy does anything. So a parent whose server is gone without an answer knows whether there is a child.
//!
//! # Safety
//!
//! System calls with places that are as large as they are to be, and alive; `clone3` without a stack and without shared memory, so that both go on with a memory of their own.
#![allow(unsafe_code, reason = "clone3, and what libc does at a fork")]

use std::ffi::{c_int, c_long, c_void};
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rustix::io::Errno;
use rustix::thread::gettid;

/// What must be known about libc to copy a process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Libc {
    tid: *mut c_int,
    robust: *mut c_void,
    robust_size: usize,
}

fn last() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::NOSYS)
}

impl Libc {
    /// Of the calling thread.
    fn find() -> Option<Self> {
        let mut tid = ptr::null_mut::<c_int>();
        // SAFETY: a place for an address.
        let told = unsafe { libc::prctl(libc::PR_GET_TID_ADDRESS, &raw mut tid, 0, 0, 0) };
        // Another libc has something else there.
        // SAFETY: libc has told the kernel to write a number there at the end of the thread.
        if told != 0 || tid.is_null() || unsafe { tid.read() } != gettid().as_raw_nonzero().get() {
            return None;
        }
        let mut robust = ptr::null_mut::<c_void>();
        let mut robust_size = 0_usize;
        // SAFETY: asks for the calling thread's list, with places for both answers.
        let told = unsafe {
            libc::syscall(
                libc::SYS_get_robust_list,
                0,
                &raw mut robust,
                &raw mut robust_size,
            )
        };
        (told == 0 && !robust.is_null()).then_some(Self {
            tid,
            robust,
            robust_size,
        })
    }

    /// The same, if the kernel has what is needed, too.
    pub(super) fn known() -> Option<Self> {
        if !has_clone3() {
            return None;
        }
        Self::find()
    }
}

/// Whether the kernel has the call, and lets it happen: it finds the arguments too short, then.
fn has_clone3() -> bool {
    // SAFETY: no arguments; nothing is made.
    let value = unsafe { libc::syscall(libc::SYS_clone3, ptr::null::<c_void>(), 0_usize) };
    value == -1 && last() == Errno::INVAL
}

/// What [`is_unfit`] has been told. One word, which orders nothing.
static UNFIT: AtomicBool = AtomicBool::new(false);

/// Whether this system has what the server needs, and this program, as far as is known.
pub(in crate::multiprocessing) fn is_supported() -> bool {
    use std::sync::OnceLock;
    static KNOWN: OnceLock<bool> = OnceLock::new();
    !UNFIT.load(Ordering::Relaxed) && *KNOWN.get_or_init(|| Libc::known().is_some())
}

/// A server has found out that it cannot be copied.
pub(super) fn is_unfit() {
    UNFIT.store(true, Ordering::Relaxed);
}

/// Whether this process is restricted by seccomp, and how.
pub(super) fn seccomp() -> Option<u32> {
    // SAFETY: a question.
    let mode = unsafe { libc::prctl(libc::PR_GET_SECCOMP, 0, 0, 0, 0) };
    u32::try_from(mode).ok()
}

/// Who goes on.
pub(super) enum Twin {
    Server { pid: u32, pidfd: OwnedFd },
    Child,
}

/// Copies this process.
///
/// # Safety
///
/// The calling thread is the main thread and the only one, and holds no lock that would have to be known to be held.
pub(super) unsafe fn make(libc: Libc, number: &AtomicU32) -> Result<Twin, Errno> {
    let mut pidfd: c_int = -1;
    let flags = libc::CLONE_PARENT
        | libc::CLONE_PIDFD
        | libc::CLONE_PARENT_SETTID
        | libc::CLONE_CHILD_SETTID
        | libc::CLONE_CHILD_CLEARTID;
    // SAFETY: numbers, of which zeros are valid.
    let mut args: libc::clone_args = unsafe { std::mem::zeroed() };
    args.flags = u64::from(flags.cast_unsigned());
    args.pidfd = (&raw mut pidfd).expose_provenance() as u64;
    args.parent_tid = number.as_ptr().expose_provenance() as u64;
    args.child_tid = libc.tid.expose_provenance() as u64;
    // SAFETY: the caller's promise. The places are alive: `pidfd` in this frame, the number as long as it is borrowed, and libc's own.
    let pid = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw mut args,
            size_of::<libc::clone_args>(),
        )
    };
    match pid {
        -1 => Err(last()),
        0 => {
            let (robust, size) = (libc.robust, libc.robust_size);
            // SAFETY: the list that this thread had before it was copied.
            unsafe { libc::syscall(libc::SYS_set_robust_list, robust, size) };
            Ok(Twin::Child)
        }
        pid => Ok(Twin::Server {
            pid: u32::try_from(pid as c_long).map_err(|_| Errno::INVAL)?,
            // SAFETY: made by the kernel for this place.
            pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) },
        }),
    }
}
