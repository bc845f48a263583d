//! Systems without kernel numbers and names that we know.

use std::sync::OnceLock;
use std::thread::{self, ThreadId};

pub(in crate::threading) fn native_id() -> u32 {
    0
}

/// The thread that asked first, except where the system knows better.
pub(in crate::threading) fn is_main_thread() -> bool {
    static MAIN: OnceLock<ThreadId> = OnceLock::new();
    match thread::current().name() {
        // std names the main thread, and only its own threads have other names.
        Some("main") => *MAIN.get_or_init(|| thread::current().id()) == thread::current().id(),
        _ => false,
    }
}

pub(in crate::threading) fn name_thread(_native_id: u32, _name: &str) {}
