//! What a child of the start method `spawn` does before `main`: its work, and then it ends. `main` never runs there.
//!
//! # Before main
//!
//! The loader calls the functions that an image lists in `.init_array`, one after the other, in one thread, before `main` and before std's own preparations. One of them is [`at_start`]. In a process that is no child of ours it
//! looks for a variable in the environment, and that is all it costs. So nobody has to write a line for children: programs, tests, benchmarks and examples can have some.
//!
//! What std prepares before `main` and is missed here: SIGPIPE is ignored (done below), and a message when the main thread's stack overflows. Constructors of other libraries may not have run yet.
//!
//! # Who may ask
//!
//! The variable names a descriptor, of a [`Memo`] that says what to call. Whoever starts a program decides on its environment and descriptors. So a program that runs with more rights than the one who has started it (set-user-ID, file
//! capabilities) does not look. Otherwise one who can set them could as well have started another program.
//!
//! # Safety
//!
//! A function of the signature that the loader calls; it does not return in a child, and does nothing elsewhere. The environment is changed while there is one thread.
#![allow(unsafe_code, reason = "runs before main")]

use std::cell::RefCell;
use std::ffi::CStr;
use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use rustix::io::FdFlags;
use serde::{Deserialize, Serialize};

use super::connection::AuthKey;
use super::current::{self, Identity};
use super::image::{self, Entry};
use super::memo::Memo;
use super::outcome::Told;
use crate::contextvars::Context;
use crate::threading;

/// Names the memo's descriptor.
pub(super) const VARIABLE: &CStr = c"SELVEDGE_PROCESS";

/// What a child is to know.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Boot {
    /// The program that wrote this: see [`image::identity`].
    pub(super) program: u64,
    pub(super) entry: u64,
    pub(super) function: u64,
    pub(super) who: Identity,
    pub(super) key: AuthKey,
    pub(super) context: Vec<u8>,
    pub(super) argument: Vec<u8>,
    /// The numbers of the descriptors that belong to the argument.
    pub(super) fds: Vec<RawFd>,
}

/// The argument, on its way to the entry.
pub(super) struct Job {
    pub(super) function: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) fds: Vec<OwnedFd>,
}

thread_local! {
    static JOB: RefCell<Option<Job>> = const { RefCell::new(None) };
    static OUTCOME: RefCell<Option<Told>> = const { RefCell::new(None) };
}

pub(super) fn take_job() -> Option<Job> {
    JOB.take()
}

pub(super) fn put_outcome(told: Told) {
    OUTCOME.set(Some(told));
}

#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = at_start;

/// Has the linker keep what nobody seems to need.
pub(super) fn keep() {
    std::hint::black_box(&AT_START);
}

extern "C" fn at_start() {
    // SAFETY: a name that ends with 0; nobody changes the environment now.
    let value = unsafe { libc::getenv(VARIABLE.as_ptr()) };
    // SAFETY: asks the kernel's list of facts about this process.
    if value.is_null() || unsafe { libc::getauxval(libc::AT_SECURE) } != 0 {
        return;
    }
    // SAFETY: a string of the environment, which nobody changes now.
    let value = unsafe { CStr::from_ptr(value) }.to_str().ok();
    let Some(fd) = value.and_then(|value| value.parse::<RawFd>().ok()) else {
        fail("the environment variable names no descriptor");
    };
    // SAFETY: there is one thread. The children of this process are not to be taken for children like this one.
    unsafe { libc::unsetenv(VARIABLE.as_ptr()) };
    // SAFETY: as std does before `main`.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let Some(fd) = own(fd) else {
        fail("its descriptor is not open");
    };
    match Memo::open(fd) {
        Ok((memo, call)) => live(&memo, &call),
        Err(error) => fail(&format!("its call cannot be read: {error}")),
    }
}

/// Takes over a descriptor that the parent has left open for this.
fn own(fd: RawFd) -> Option<OwnedFd> {
    // SAFETY: not negative, and used for one question only before it is known to be open.
    let borrowed = (fd >= 0).then(|| unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) })?;
    rustix::io::fcntl_setfd(borrowed, FdFlags::CLOEXEC).ok()?;
    // SAFETY: open, and named for this process alone, once: nobody else has begun to use descriptors yet.
    Some(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A child's life.
fn live(memo: &Memo, call: &[u8]) -> ! {
    let Ok(boot) = postcard::from_bytes::<Boot>(call) else {
        fail("its call is of another version");
    };
    if boot.program != image::identity() {
        fail("it is another program than its parent, or another build of it");
    }
    let mut numbers = boot.fds.clone();
    numbers.sort_unstable();
    numbers.dedup();
    let distinct = numbers.len() == boot.fds.len();
    let fds: Option<Vec<_>> = boot.fds.iter().map(|fd| own(*fd)).collect();
    let (Some(fds), true) = (fds, distinct) else {
        fail("descriptors of its argument are not open");
    };
    if let Err(error) = current::adopt(boot.who) {
        fail(&format!("its parent cannot be watched: {error}"));
    }
    boot.key.adopt();
    JOB.set(Some(Job {
        function: boot.function,
        bytes: boot.argument,
        fds,
    }));
    let entry = boot.entry;
    let found = match Context::import(&boot.context) {
        Ok(context) => context.run(|| Entry::call_at(entry)).unwrap_or(false),
        Err(_) => false,
    };
    let told = OUTCOME.take();
    let (true, Some(told)) = (found, told) else {
        fail("there is nothing to call where its parent said");
    };
    finish(memo, &told)
}

fn finish(memo: &Memo, told: &Told) -> ! {
    report(told);
    let written = postcard::to_stdvec(told)
        .map_err(std::io::Error::other)
        .and_then(|bytes| memo.write_outcome(&bytes));
    if let Err(error) = written {
        fail(&format!("its outcome cannot be handed over: {error}"));
    }
    // Its own threads and children come first (row M-19).
    threading::shutdown();
    std::process::exit(told.code())
}

/// What a parent that does not ask should see all the same (row M-12).
fn report(told: &Told) {
    let name = current::name();
    let text = match told {
        Told::Value(_) | Told::Exited => return,
        Told::Panicked(panic) => match panic.backtrace() {
            Some(backtrace) => format!("{panic}\n{backtrace}"),
            None => panic.to_string(),
        },
        Told::BadArgument(error) => format!("its argument did not arrive: {error}"),
        Told::BadValue(error) => format!("its value cannot be sent: {error}"),
    };
    let _ = writeln!(std::io::stderr(), "Process {name}:\n{text}");
}

fn fail(what: &str) -> ! {
    let _ = writeln!(
        std::io::stderr(),
        "selvedge: a process could not begin: {what}"
    );
    // Nothing has been started that would have to be waited for.
    // SAFETY: ends the process.
    unsafe { libc::_exit(255) }
}
