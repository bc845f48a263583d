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

use std::ffi::{CStr, OsString};
use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStringExt;

use rustix::io::FdFlags;
use serde::{Deserialize, Serialize};

use super::connection::AuthKey;
use super::current::{self, Identity};
use super::forkserver::Errand;
use super::image::{self, Entry};
use super::logging::{LogLevel, get_logger};
use super::memo::Memo;
use super::method::{StartMethod, force_start_method};
use super::outcome::Told;
use crate::contextvars::Context;
use crate::threading::{self, Mutex, catch_panic};

/// Names the memo's descriptor.
pub(super) const VARIABLE: &CStr = c"SELVEDGE_PROCESS";

/// What a new process of this program is to be.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Sheet {
    /// A child.
    Child(Boot),
    /// The server that copies itself.
    Server(Errand),
}

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
    pub(super) method: Option<StartMethod>,
    pub(super) log: Option<LogLevel>,
    /// If it is another one than that of the process which reads this.
    pub(super) environment: Option<Vec<(Vec<u8>, Vec<u8>)>>,
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

static JOB: Mutex<Option<Job>> = Mutex::new(None);
static OUTCOME: Mutex<Option<Told>> = Mutex::new(None);

pub(super) fn take_job() -> Option<Job> {
    JOB.lock().take()
}

pub(super) fn put_outcome(told: Told) {
    *OUTCOME.lock() = Some(told);
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
    let Some(fd) = number(unsafe { CStr::from_ptr(value) }.to_bytes()) else {
        fail("the environment variable names no descriptor");
    };
    // SAFETY: there is one thread. The children of this process are not to be taken for children like this one.
    unsafe { libc::unsetenv(VARIABLE.as_ptr()) };
    // SAFETY: as std does before `main`.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let Some(fd) = own(fd) else {
        fail("its descriptor is not open");
    };
    begin(fd, None);
}

/// A number that is written in digits.
fn number(digits: &[u8]) -> Option<RawFd> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |number: RawFd, digit| {
        let digit = digit.wrapping_sub(b'0');
        let digit = (digit < 10).then_some(digit)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

/// What is on the memo is done. Descriptors of an argument have come in another way, or are found by their numbers.
pub(super) fn begin(memo: OwnedFd, fds: Option<Vec<OwnedFd>>) -> ! {
    let (memo, call) = match Memo::open(memo) {
        Ok(opened) => opened,
        Err(error) => fail(&format!("its call cannot be read: {error}")),
    };
    match (postcard::from_bytes::<Sheet>(&call), fds) {
        (Ok(Sheet::Child(boot)), fds) => live(&memo, boot, fds),
        (Ok(Sheet::Server(errand)), None) => {
            drop((memo, call));
            errand.run()
        }
        _ => fail("its call is of another version"),
    }
}

/// Takes over a descriptor that the parent has left open for this.
pub(super) fn own(fd: RawFd) -> Option<OwnedFd> {
    // SAFETY: not negative, and used for one question only before it is known to be open.
    let borrowed = (fd >= 0).then(|| unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) })?;
    rustix::io::fcntl_setfd(borrowed, FdFlags::CLOEXEC).ok()?;
    // SAFETY: open, and named for this process alone, once: nobody else has begun to use descriptors yet.
    Some(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Takes over those that belong to an argument.
fn own_all(numbers: &[RawFd]) -> Option<Vec<OwnedFd>> {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() != numbers.len() {
        return None;
    }
    numbers.iter().map(|fd| own(*fd)).collect()
}

/// Ends a process that is not of the program that has started it.
pub(super) fn check(program: u64) {
    if program != image::identity() {
        fail("it is another program than its parent, or another build of it");
    }
}

/// Makes the environment another one.
fn change(environment: Vec<(Vec<u8>, Vec<u8>)>) {
    // SAFETY: there is one thread, and nobody has a part of it.
    unsafe { libc::clearenv() };
    for (name, value) in environment {
        let (name, value) = (OsString::from_vec(name), OsString::from_vec(value));
        // SAFETY: as above. It is a copy of another environment, so the names are good ones.
        unsafe { std::env::set_var(name, value) };
    }
}

/// A child's life.
fn live(memo: &Memo, boot: Boot, fds: Option<Vec<OwnedFd>>) -> ! {
    check(boot.program);
    let Some(fds) = fds.or_else(|| own_all(&boot.fds)) else {
        refuse(memo, "descriptors of its argument are not open");
    };
    if let Some(environment) = boot.environment {
        change(environment);
    }
    force_start_method(boot.method);
    get_logger().set_level(boot.log);
    if let Err(error) = current::adopt(boot.who) {
        refuse(memo, &format!("its parent cannot be watched: {error}"));
    }
    boot.key.adopt();
    *JOB.lock() = Some(Job {
        function: boot.function,
        bytes: boot.argument,
        fds,
    });
    let entry = boot.entry;
    get_logger().info("the process begins");
    let found = match Context::import(&boot.context) {
        Ok(mut context) => context.run_alone(|| Entry::call_at(entry)),
        Err(_) => false,
    };
    let told = OUTCOME.lock().take();
    let (true, Some(told)) = (found, told) else {
        refuse(memo, "there is nothing to call where its parent said");
    };
    hand_over(memo, &told);
    // Its own threads and children come first (row M-19).
    threading::shutdown();
    get_logger().info(format_args!("the process ends with code {}", told.code()));
    std::process::exit(told.code())
}

/// The end of a copy of a process, which has made nothing of what is to be done at the end of that one (row M-20).
pub(super) fn finish_copy(memo: &Memo, told: &Told) -> ! {
    hand_over(memo, told);
    threading::shutdown();
    get_logger().info(format_args!("the process ends with code {}", told.code()));
    let _ = std::io::stdout().flush();
    // SAFETY: ends the process.
    unsafe { libc::_exit(told.code()) }
}

/// Does what else each child would do anew and find itself with: libc looks up places, and lists get their first room. In a process that is to be copied that is done once; each page that a copy need not write to is one that need not be copied.
pub(super) fn prepare_copies() {
    drop(catch_panic(|| ()));
    let _ = Context::new().run(|| ());
    image::identity();
}

fn hand_over(memo: &Memo, told: &Told) {
    report(told);
    let written = postcard::to_stdvec(told)
        .map_err(std::io::Error::other)
        .and_then(|bytes| memo.write_outcome(&bytes));
    if let Err(error) = written {
        fail(&format!("its outcome cannot be handed over: {error}"));
    }
}

/// Tells the parent, if it asks, that there was no beginning.
fn refuse(memo: &Memo, why: &str) -> ! {
    if let Ok(told) = postcard::to_stdvec(&Told::NotBegun(why.to_owned())) {
        let _ = memo.write_outcome(&told);
    }
    fail(why)
}

/// What a parent that does not ask should see all the same (row M-12).
fn report(told: &Told) {
    let name = current::name();
    let text = match told {
        Told::Value(_) | Told::Exited | Told::NotBegun(_) => return,
        Told::Panicked(panic) => match panic.backtrace() {
            Some(backtrace) => format!("{panic}\n{backtrace}"),
            None => panic.to_string(),
        },
        Told::BadArgument(error) => format!("its argument did not arrive: {error}"),
        Told::BadValue(error) => format!("its value cannot be sent: {error}"),
    };
    let _ = writeln!(std::io::stderr(), "Process {name}:\n{text}");
}

pub(super) fn fail(what: &str) -> ! {
    let _ = writeln!(
        std::io::stderr(),
        "selvedge: a process could not begin: {what}"
    );
    // Nothing has been started that would have to be waited for.
    // SAFETY: ends the process.
    unsafe { libc::_exit(255) }
}
