//! Threads, and what they share: Python's `threading`.
//!
//! | for | use |
//! |---|---|
//! | a thread and its value | [`spawn`], [`Thread`], [`Builder`] |
//! | who is there | [`current_thread`], [`main_thread`], [`enumerate`], [`active_count`], [`get_ident`], [`get_native_id`] |
//! | hearing of panics | [`set_excepthook`], [`catch_panic`] |
//! | something to do in every new thread | [`add_start_hook`] |
//! | data for each thread | [`Local`] |
//! | ending | [`exit`] a thread, [`shutdown`] and [`register_atexit`] for the process |
//!
//! # How it differs from `std::thread`
//!
//! The process waits for its threads, unless they are daemons (see [`shutdown`]); threads can be listed; a thread may be joined with a time limit, several times, and by tasks; a panic is a value with message and place, and reported once,
//! by a hook that can be replaced. It is built on std's threads, and starting and joining one costs about as much.
//!
//! # How it differs from Python
//!
//! * A foreign thread's entry goes when the thread ends, and it can be joined ([`current_thread`]).
//! * Idents do not come back ([`get_ident`]), and asking for the stack size does not change it ([`stack_size()`]).
//! * `start` does not wait for the thread's first instruction ([`Thread::start`]).
//! * A quiet [`exit`] is not told to the excepthook.
//! * The names that were deprecated in 3.10 (`currentThread`, `isDaemon`, `setName` and so on) do not exist.
//!
//! For `fork` see `fork.rs`: in the child the calling thread is the main thread and the only one (row T-51).

pub(crate) mod bare;
mod builder;
mod current;
mod done;
pub(crate) mod ends;
mod errors;
mod excepthook;
mod exit;
#[cfg_attr(unix, path = "exit_watch.rs")]
#[cfg_attr(not(unix), path = "exit_watch_std.rs")]
mod exit_watch;
mod finish;
#[cfg_attr(unix, path = "fork.rs")]
#[cfg_attr(not(unix), path = "fork_none.rs")]
mod fork;
pub(crate) mod fork_lock;
mod hooks;
mod ident;
#[cfg(feature = "deadlock-detection")]
mod known;
mod launch;
mod local;
mod name;
mod native_id;
mod os;
mod packet;
mod panics;
#[cfg(target_os = "linux")]
mod priority;
mod registry;
mod shutdown;
mod stack_size;
mod sync;
mod thread;
mod thread_ref;
mod timer;
mod work;

use std::time::Duration;

pub use builder::{Builder, spawn};
pub use errors::{
    AlreadyRun, AlreadyStarted, JoinError, JoinTimeoutError, ShuttingDown, StackSizeError,
    StartError, ThreadError, TryJoinError,
};
pub use excepthook::{ExceptHook, ExceptHookArgs, excepthook, original_excepthook, set_excepthook};
pub use exit::exit;
pub use hooks::{StartHookHandle, add_start_hook};
pub use ident::{get_ident, get_native_id};
#[cfg(feature = "deadlock-detection")]
pub(crate) use known::{KnownThread, is_main};
pub(crate) use launch::shielded;
pub use local::Local;
pub use panics::{Panic, PanicLocation, catch_panic};
#[cfg(target_os = "linux")]
pub use priority::{PriorityGuard, PriorityLock, PriorityLockError};
pub use registry::{active_count, current_thread, enumerate, main_thread};
#[cfg(all(feature = "multiprocessing", target_os = "linux"))]
pub(crate) use shutdown::forget_atexit;
pub use shutdown::{register_atexit, shutdown};
pub use stack_size::{set_stack_size, stack_size};
pub use sync::*;
pub use thread::Thread;
pub use thread_ref::ThreadRef;
pub use timer::{CancelOutcome, Timer, TimerBuilder};

/// The longest time limit: every `Duration` is accepted, and what the clock cannot reach means for ever. (Python raises `OverflowError` above its own, row T-17.)
pub const TIMEOUT_MAX: Duration = Duration::MAX;
