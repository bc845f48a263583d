//! The server's life.
//!
//! # Safety
//!
//! Copies this process, which has one thread: it began before `main` and starts none. That there is no other is looked at when it begins, and again after the user's preparations. And calls a function at a place in the code that the parent, which is this program, has taken from a `fn()`.
#![allow(unsafe_code, reason = "copies a process of one thread")]

use std::ffi::c_void;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::sync::atomic::AtomicU32;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::mm::{Advice, madvise};
use serde::{Deserialize, Serialize};

use super::super::lone::Alone;
use super::super::shared_memory::SharedMemory;
use super::super::{boot, fork, image};
use super::letter::{Answer, Request, recv_request, send};
use super::twin::{self, Libc, Twin};
use crate::subprocess::mask::Mask;
use crate::threading::catch_panic;

/// What a server is told.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::multiprocessing) struct Errand {
    pub(super) program: u64,
    pub(super) socket: RawFd,
    /// Where the number of the newest copy is written.
    pub(super) page: RawFd,
    /// What to call first.
    pub(super) preload: Option<u64>,
}

impl Errand {
    /// Serves until the parent closes its end.
    pub(in crate::multiprocessing) fn run(self) -> ! {
        boot::check(self.program);
        let socket = boot::own(self.socket);
        let page = boot::own(self.page).and_then(|fd| SharedMemory::from_fd(fd).ok());
        let (Some(socket), Some(page)) = (socket, page) else {
            boot::fail("the fork server's descriptors are not open");
        };
        // Somebody else's constructor may have started a thread. Then it is no server.
        let libc = Libc::known().filter(|_| Alone::new().is_ok());
        // Those of a terminal are for the program and its children. What comes to a child before it has its own mask, waits.
        Mask::FULL.install();
        if let Some(function) = self.preload {
            preload(function);
        }
        without_output();
        boot::prepare_copies();
        // It is written to on behalf of the copies, by the kernel, and not by them.
        // SAFETY: the whole of a mapping that lives as long as this process; it stays as it is here. In a copy nothing is there, nor comes there: the first thing that a copy does is to drop it, which unmaps what is not mapped.
        let _ = unsafe {
            madvise(
                page.as_ptr().as_ptr().cast(),
                page.size(),
                Advice::LinuxDontFork,
            )
        };
        serve(socket, page, libc)
    }
}

fn preload(function: u64) {
    let Some(address) = image::code_at(function) else {
        boot::fail("there is nothing to call where its parent said");
    };
    // SAFETY: the address of a `fn()` in the parent, which is this program.
    let function = unsafe { std::mem::transmute::<*const c_void, fn()>(address) };
    if let Err(panic) = catch_panic(function) {
        boot::fail(&format!("the fork server's preparations: {panic}"));
    }
    if Alone::new().is_err() {
        boot::fail("the fork server's preparations have left threads");
    }
}

/// Children get those of the parent; and one who reads what the program writes must not wait for the server.
fn without_output() {
    let null = || {
        open(
            c"/dev/null",
            OFlags::WRONLY | OFlags::CLOEXEC,
            Mode::empty(),
        )
    };
    if let (Ok(first), Ok(second)) = (null(), null()) {
        let _ = rustix::stdio::dup2_stdout(first);
        let _ = rustix::stdio::dup2_stderr(second);
    }
}

fn serve(socket: OwnedFd, page: SharedMemory, libc: Option<Libc>) -> ! {
    while let Ok(Ok(received)) = recv_request(&socket) {
        // Closed after the answer, for which somebody waits.
        let _fds;
        let made = match received {
            None => Err(Errno::MFILE),
            Some((request, fds)) => {
                let Some(libc) = libc else {
                    let unfit = Answer(Err(libc::EOPNOTSUPP));
                    let _ = send(&socket, &unfit, &[]);
                    break;
                };
                let Ok(number) = page.atomic::<AtomicU32>(0) else {
                    break;
                };
                // SAFETY: one thread, and nothing that is locked.
                match unsafe { twin::make(libc, number) } {
                    Ok(Twin::Child) => {
                        drop((socket, page));
                        begin(request, fds);
                    }
                    Ok(Twin::Server { pid, pidfd }) => {
                        _fds = fds;
                        Ok((pid, pidfd))
                    }
                    Err(errno) => Err(errno),
                }
            }
        };
        let answer = match &made {
            Ok((pid, _)) => Ok(*pid),
            Err(errno) => Err(errno.raw_os_error()),
        };
        let pidfd = made.as_ref().ok().map(|(_, pidfd)| pidfd.as_fd());
        if !matches!(send(&socket, &Answer(answer), pidfd.as_slice()), Ok(Ok(()))) {
            break;
        }
    }
    // SAFETY: ends the process, in which nothing has been begun.
    unsafe { libc::_exit(0) }
}

/// The child.
fn begin(request: Request, fds: Vec<OwnedFd>) -> ! {
    if !request.detached {
        fork::ends_with(request.parent);
    }
    let mut fds = fds.into_iter();
    let mut next = |is_there: bool| is_there.then(|| fds.next()).flatten();
    let folder = next(request.has_folder);
    let stdout = next(request.has_stdout);
    let stderr = next(request.has_stderr);
    let memo = next(true);
    // Where there is none, the null device stays, as in any program that begins without.
    if let Some(stderr) = stderr {
        let _ = rustix::stdio::dup2_stderr(stderr);
    }
    if let Some(stdout) = stdout {
        let _ = rustix::stdio::dup2_stdout(stdout);
    }
    if let Some(folder) = folder
        && let Err(errno) = rustix::process::fchdir(folder)
    {
        boot::fail(&format!("its folder cannot be entered: {errno}"));
    }
    let Some(memo) = memo else {
        boot::fail("its call has not come");
    };
    Mask::from_words(request.mask).install();
    boot::begin(memo, Some(fds.collect()))
}
