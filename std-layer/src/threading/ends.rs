//! What a thread destroys at its end, and what other modules of this crate need to take part in it.

use super::{exit_watch, ident, local, os, shutdown};
use crate::contextvars;

/// Destroys what the calling thread holds in objects of this crate. Called several times during its end: destructors may use them again.
pub(super) fn thread_ends() {
    local::thread_ends();
    contextvars::thread_ends();
}

/// Has [`thread_ends`] called for the calling thread, also if this crate did not start it; false for the main thread, which keeps what it has.
pub(crate) fn watch() -> bool {
    if os::is_main_thread() {
        return false;
    }
    exit_watch::arm();
    true
}

/// Whether the caller is the main thread; in a forked child, the thread that forked.
pub(crate) fn is_main() -> bool {
    ident::get_ident().get() == ident::main()
}

/// Makes the exit of the process, and its forks, known to the threads. Cheap after the first time.
pub(crate) fn install() {
    shutdown::install();
}
