//! The end of the process: what happens to its threads.
//!
//! # Safety
//!
//! Registers a function with libc's `atexit`: it takes and returns nothing, and does not unwind.
#![allow(unsafe_code, reason = "libc's atexit")]

use std::sync::Once;

use super::fork_lock::ForkLock;
use super::panics::{self, Mode};
use super::{ShuttingDown, registry};

type Callback = Box<dyn FnOnce() + Send>;

/// What runs before the threads are joined.
pub(super) struct Exit {
    callbacks: Vec<Callback>,
    begun: bool,
}

pub(super) static EXIT: ForkLock<Exit> = ForkLock::new(Exit {
    callbacks: Vec::new(),
    begun: false,
});

/// Has `callback` called when the shutdown of threads begins: before the non-daemon threads are joined, so that it can tell them to end. The last one registered is called
/// first, each of them once (row T-20).
///
/// A callback that panics is reported by the program's panic hook; the others are called all the same.
///
/// # Errors
///
/// [`ShuttingDown`] once the shutdown has begun, in a callback, too.
pub fn register_atexit(callback: impl FnOnce() + Send + 'static) -> Result<(), ShuttingDown> {
    install();
    let callback: Callback = Box::new(callback);
    let mut exit = EXIT.lock();
    if exit.begun {
        // The callback is dropped, after the lock.
        return Err(ShuttingDown);
    }
    exit.callbacks.push(callback);
    Ok(())
}

/// In a copy of a process that is to be another one: what was to be done at the exit of the first is not to be done at that of the second. Nothing is dropped.
#[cfg(all(feature = "multiprocessing", target_os = "linux"))]
pub(crate) fn forget_atexit() {
    let mut exit = EXIT.lock();
    exit.begun = false;
    std::mem::forget(std::mem::take(&mut exit.callbacks));
}

/// Ends the time of threads: calls the callbacks of [`register_atexit`], lets those go on who join the main thread, and waits until all non-daemon threads are over, those
/// started meanwhile included (row T-21).
///
/// The exit of the process does the same by itself, so nobody needs to call this. It runs when `main` returns, also by a panic, and in [`std::process::exit`], in the thread that calls
/// it: after std has flushed its standard output, after the destructors of that thread's `thread_local!`s, and among libc's `atexit` handlers, before all that were registered before the first
/// thread was started. Daemon threads go on until the process is gone, and are stopped then in the middle of whatever they do, without destructors (row T-44). Nothing of this happens by
/// [`std::process::abort`], `_exit`, or a signal.
///
/// Two reasons to call it as the last thing in `main`:
///
/// * Once a thread is inside the exit, [`std::process::exit`] in any other thread blocks for ever, by std's rule that only one thread may exit; a non-daemon thread that calls it then
///   is never over, and the process hangs. In an explicit `shutdown`, nobody is inside the exit yet, and every thread may end the process.
/// * Thread-local values of the main thread are still there.
///
/// The calling thread is not waited for, by this call or any other; the callbacks run in the first call only.
pub fn shutdown() {
    let callbacks = {
        let mut exit = EXIT.lock();
        exit.begun = true;
        std::mem::take(&mut exit.callbacks)
    };
    for callback in callbacks.into_iter().rev() {
        // The program's panic hook reports what goes wrong.
        let _ = panics::catch(Mode::Elsewhere, callback);
    }
    registry::main_is_done();
    registry::wait_for_the_awaited();
}

extern "C" fn at_exit() {
    shutdown();
}

/// Makes the exit of the process, and its forks, known to this module. Cheap after the first time.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    // Miri knows neither exit handlers nor forks.
    if !INSTALLED.is_completed() && !cfg!(miri) {
        INSTALLED.call_once(|| {
            // SAFETY: a function without arguments, which does not unwind.
            let outcome = unsafe { libc::atexit(at_exit) };
            assert_eq!(outcome, 0, "no memory for an exit handler");
            super::fork::install();
        });
    }
}
