//! The start method `fork`: a copy of this process (row M-33).
//!
//! # When that is sound
//!
//! The copy has one thread, the caller's. If the process had others, their locks are locked for ever there, and what they were changing is half changed. So [`fork`] makes sure that there are none ([`Alone`]). Then the copy is what this process would be if it
//! called the function next and ended right after it: nothing that is borrowed is gone, and nothing of the caller's frames is seen again, as the copy never goes back there. Memory that both processes have together (mapped so on purpose) is as if another process had mapped it, which whoever hands out
//! references to such memory must expect in any case.
//!
//! # The child and its parent
//!
//! The child waits at a gate until the parent has its descriptor, so that its number cannot be another's by then; if the parent is killed before, the gate breaks. It ends with its parent by the kernel's signal, which comes when the *thread* that made it ends: so that is for
//! the main thread. Made by another one, it has a thread that waits for the end of the parent.
//!
//! # Its end
//!
//! It does not do what the parent wanted to be done at its own exit: neither `atexit` functions of libc's nor those of [`threading::register_atexit`](crate::threading::register_atexit), unless it has registered them itself (row M-20). If the function itself calls [`std::process::exit`], libc's are run.
//!
//! # Safety
//!
//! `fork`, as argued above, or by the promise of whoever has called [`Builder::fork_despite_threads`](super::Builder::fork_despite_threads).
#![allow(unsafe_code, reason = "fork")]

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::OwnedFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::{
    Pid, PidfdFlags, Signal, getpid, getppid, kill_process, pidfd_open,
    set_parent_process_death_signal,
};
use rustix::thread::gettid;
use selvedge_core::atomics::Ordering;
use selvedge_core::port::Port;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::current::{self, Identity, ParentProcess};
use super::error::StartError;
use super::logging::get_logger;
use super::lone::{Alone, WATCH};
use super::memo::Memo;
use super::outcome::Told;
use super::packet::{Packet, Running};
use super::{Builder, Process, boot, children, forkserver};
use crate::port::Native;
use crate::subprocess::Popen;
use crate::subprocess::mask::Blocked;

/// Starts a copy of this process that calls `target`, which may borrow and capture, and ends with that.
///
/// Nothing but the value is serialized: what `target` captures is simply there. Standard output is flushed before; standard input is the null device in the copy. Everything else is as for any [`Process`].
///
/// Threads of this library's own count as others where they run code of the user's: those of timers and pools do; those that make and watch children do not.
///
/// ```
/// use selvedge::multiprocessing::{StartError, fork};
///
/// let words = vec!["fork", "captures"];
/// match fork(|| words.join(" ")) {
///     Ok(process) => assert_eq!(process.join().unwrap(), "fork captures"),
///     // As here, where the test has threads.
///     Err(StartError::OtherThreads(count)) => assert!(count > 0),
///     Err(error) => panic!("{error}"),
/// }
/// ```
///
/// # Errors
///
/// [`StartError::OtherThreads`] while this process has other threads: see [`Builder::fork_despite_threads`]. For others see [`StartError`].
pub fn fork<T, F>(target: F) -> Result<Process<T>, StartError>
where
    F: FnOnce() -> T,
    T: Serialize + DeserializeOwned + 'static,
{
    Builder::new().fork(target)
}

/// What the child is to know, made before it is there.
struct Birth {
    memo: Memo,
    identity: Identity,
    detached: bool,
    /// Whether the thread that makes it lives as long as the parent.
    of_main: bool,
    lists: children::Held,
    server: forkserver::Held,
}

/// Ends the child if it would go on as its parent.
struct NotFurther;

impl Drop for NotFurther {
    fn drop(&mut self) {
        // SAFETY: ends the process.
        unsafe { libc::_exit(255) }
    }
}

/// Makes the copy. In the child this does not return; what was to be done is taken out of `work` there, and only there.
pub(super) fn start<W: FnOnce() -> Told>(
    packet: &Packet,
    work: &mut Option<W>,
) -> Result<Running, StartError> {
    // The child must know of its threads that they are gone: that is prepared by this.
    children::prepare();
    let alone = match packet.insists {
        true => None,
        false => Some(Alone::new()?),
    };
    if alone.is_some() {
        let _ = std::io::stdout().flush();
    }
    let memo = Memo::new(&[]).map_err(StartError::Memory)?;
    let (gate, opener) = pipe().map_err(StartError::Memory)?;
    let birth = Birth {
        memo,
        identity: packet.identity(),
        detached: packet.detached,
        of_main: gettid() == getpid(),
        lists: children::hold(),
        server: forkserver::hold(),
    };
    // SAFETY: see above.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let _last = NotFurther;
        drop((opener, alone));
        live(birth, gate, work);
    }
    let error = std::io::Error::last_os_error();
    let pid = Pid::from_raw(pid).filter(|_| pid > 0);
    let pid = pid.ok_or(StartError::Fork(error))?;
    drop((birth.lists, birth.server));
    // It waits for us, so the number is its own.
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).ok();
    open_gate(opener);
    // Not before: a pipe that nobody reads is a reason for a SIGPIPE.
    drop((gate, alone));
    Ok(Running::new(Popen::of_child(pid, pidfd), birth.memo))
}

fn open_gate(mut opener: PipeWriter) {
    // One byte has room. If the child was killed meanwhile, that will be seen.
    let _ = opener.write_all(&[1]);
}

/// The child.
fn live<W: FnOnce() -> Told>(birth: Birth, mut gate: PipeReader, work: &mut Option<W>) -> ! {
    WATCH.store(0, Ordering::Relaxed);
    if !birth.detached && birth.of_main {
        ends_with(birth.identity.parent.pid);
    }
    let mut go = [0];
    if gate.read_exact(&mut go).is_err() {
        boot::fail("its parent ended too early");
    }
    drop(gate);
    let parent = birth.identity.parent.pid;
    if let Err(error) = current::adopt(birth.identity) {
        boot::fail(&format!("its parent cannot be watched: {error}"));
    }
    birth.lists.begin_anew();
    birth.server.begin_anew();
    if !birth.detached && !birth.of_main {
        watch(parent);
    }
    empty_stdin();
    get_logger().info("the process begins");
    let told = work.take().map_or(Told::Exited, |work| work());
    boot::finish_copy(&birth.memo, &told)
}

/// Has the kernel end this process when the thread ends that has made it.
pub(super) fn ends_with(parent: u32) {
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    // It may have ended before that.
    let now = getppid().map_or(0, |pid| pid.as_raw_nonzero().get().cast_unsigned());
    // 0 is a parent outside of the child's namespace.
    if now != parent && now != 0 {
        // SAFETY: ends the process.
        unsafe { libc::_exit(255) }
    }
}

/// Ends this process when its parent has ended, by a thread that does nothing else from the moment when this returns.
fn watch(parent: u32) {
    let sentinel = current::parent_process().and_then(ParentProcess::sentinel);
    let Some(sentinel) = sentinel else {
        ends_with(parent);
        return;
    };
    let blocked = Blocked::all();
    let thread = std::thread::Builder::new()
        .name("selvedge-parent".to_owned())
        .spawn(move || {
            let own = gettid().as_raw_nonzero().get().cast_unsigned();
            WATCH.store(own, Ordering::Release);
            Native::wake(&raw const WATCH, 1);
            loop {
                let mut fds = [PollFd::new(&sentinel, PollFlags::IN)];
                if matches!(poll(&mut fds, None), Ok(ready) if ready > 0) {
                    let _ = kill_process(getpid(), Signal::KILL);
                }
            }
        });
    drop(blocked);
    if let Err(error) = thread {
        boot::fail(&format!("its parent cannot be watched: {error}"));
    }
    while WATCH.load(Ordering::Acquire) == 0 {
        Native::wait(&WATCH, 0);
    }
}

/// Row M-19.
fn empty_stdin() {
    let null: Result<OwnedFd, _> =
        open(c"/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty());
    if let Ok(null) = null {
        let _ = rustix::stdio::dup2_stdin(null);
    }
}
