//! Memory that is there: for rows about a process that is large.

use std::sync::{Mutex, PoisonError};

static BALLAST: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// From now on the process has so much more memory, each page of it in use, than without any. It takes a while, so ask before the clock runs.
pub(crate) fn hold(bytes: usize) {
    let mut ballast = BALLAST.lock().unwrap_or_else(PoisonError::into_inner);
    if ballast.len() != bytes {
        *ballast = Vec::new();
        *ballast = vec![1; bytes];
    }
}
