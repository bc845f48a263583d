//! The thread that makes the children which are to end with this process.
//!
//! The kernel's "parent has ended" signal comes when the *thread* that made the child ends. So such children are made by a thread that lives as long as the process does: by the main thread if that is the one who asks, and otherwise by this one.
//!
//! What a thread has for itself (a seccomp filter, `no_new_privs`, capabilities, Landlock rules that were not given to all threads), children made by this one have as the thread had it that first needed the keeper.

#[cfg(feature = "multiprocessing")]
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::thread;

#[cfg(feature = "multiprocessing")]
use selvedge_core::atomics::{AtomicU32, Ordering};
#[cfg(feature = "multiprocessing")]
use selvedge_core::port::Port;

use super::mask::Blocked;
use super::report::Fault;
use super::step::Step;
#[cfg(feature = "multiprocessing")]
use crate::port::Native;
use crate::threading::Mutex;

type Job = Box<dyn FnOnce() + Send>;

/// The thread, and the process that it is in: a forked copy of this process does not have it.
static KEEPER: Mutex<Option<(u32, Sender<Job>)>> = Mutex::new(None);

fn keeper() -> Result<Sender<Job>, Fault> {
    let mut keeper = KEEPER.lock();
    let here = std::process::id();
    match &*keeper {
        Some((process, jobs)) if *process == here => return Ok(jobs.clone()),
        _ => {}
    }
    let (sender, jobs) = channel::<Job>();
    // A new thread inherits the mask: signals sent to the process are for others to take.
    let blocked = Blocked::all();
    let thread = thread::Builder::new()
        .name("selvedge-keeper".to_owned())
        .spawn(move || {
            for job in jobs {
                job();
            }
        });
    drop(blocked);
    thread.map_err(|error| (Step::Clone, error.raw_os_error().unwrap_or(libc::EAGAIN)))?;
    let old = keeper.replace((here, sender.clone()));
    // A sender of another process's channel.
    std::mem::forget(old);
    Ok(sender)
}

/// As [`run`], for what cannot fail.
#[cfg(feature = "multiprocessing")]
pub(crate) fn on_it<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    run(move || Ok(job())).map_err(|(_, errno)| io::Error::from_raw_os_error(errno))
}

/// The number of the thread while it is held; else 0. One role, which changes from 0 by the thread and to 0 by the holder.
#[cfg(feature = "multiprocessing")]
static HELD: AtomicU32 = AtomicU32::new(0);

/// While this lives, the thread is asleep in a place where it holds nothing: no lock of anybody's, nor that of the allocator.
#[cfg(feature = "multiprocessing")]
pub(crate) struct Hold(u32);

#[cfg(feature = "multiprocessing")]
impl Hold {
    /// Holds the thread, if this process has one. One at a time.
    pub(crate) fn new() -> Option<Self> {
        {
            let keeper = KEEPER.lock();
            let (_, jobs) = (keeper.as_ref()).filter(|it| it.0 == std::process::id())?;
            let job = || {
                let own = rustix::thread::gettid().as_raw_nonzero().get();
                let own = own.cast_unsigned();
                HELD.store(own, Ordering::Release);
                Native::wake(&raw const HELD, 1);
                while HELD.load(Ordering::Acquire) == own {
                    Native::wait(&HELD, own);
                }
            };
            jobs.send(Box::new(job)).ok()?;
        }
        loop {
            match HELD.load(Ordering::Acquire) {
                0 => Native::wait(&HELD, 0),
                thread => return Some(Self(thread)),
            }
        }
    }

    /// The kernel's number of the thread.
    pub(crate) fn thread(&self) -> u32 {
        self.0
    }
}

#[cfg(feature = "multiprocessing")]
impl Drop for Hold {
    fn drop(&mut self) {
        HELD.store(0, Ordering::Release);
        Native::wake(&raw const HELD, 1);
    }
}

/// Runs `job` on that thread, and waits for it.
pub(super) fn run<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    const GONE: Fault = (Step::Clone, libc::ESRCH);
    let (sender, answer) = sync_channel(1);
    let job: Job = Box::new(move || {
        // The one thread must survive whatever happens.
        match catch_unwind(AssertUnwindSafe(job)) {
            Ok(outcome) => drop(sender.send(outcome)),
            Err(payload) => std::mem::forget(payload),
        }
    });
    keeper()?.send(job).map_err(|_| GONE)?;
    answer.recv().unwrap_or(Err(GONE))
}
