//! Linux: the thread whose number is the process's is the main thread; names are up to 15 bytes.

use std::ffi::CString;

use rustix::process::getpid;
use rustix::thread::{gettid, set_name};

pub(in crate::threading) fn native_id() -> u32 {
    gettid().as_raw_nonzero().get().unsigned_abs()
}

pub(in crate::threading) fn is_main_thread() -> bool {
    gettid() == getpid()
}

/// Names a thread of this process for the kernel: what `top -H` and debuggers show. Failure does no harm and is not told.
pub(in crate::threading) fn name_thread(native_id: u32, name: &str) {
    if native_id == self::native_id() {
        if let Ok(name) = CString::new(name) {
            let _ = set_name(&name);
        }
    } else {
        let _ = std::fs::write(format!("/proc/self/task/{native_id}/comm"), name);
    }
}
