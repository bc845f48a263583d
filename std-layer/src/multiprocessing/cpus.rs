//! How many processors there are (rows M-48, X-12).

use std::thread::available_parallelism;

use rustix::thread::sched_getaffinity;

/// How many processors the system has that are in use, whether this process may use them or not (row M-48).
///
/// ```
/// use selvedge::multiprocessing::{cpu_count, process_cpu_count};
///
/// assert!((1..=cpu_count()).contains(&process_cpu_count()));
/// ```
#[must_use]
pub fn cpu_count() -> usize {
    let online = std::fs::read_to_string("/sys/devices/system/cpu/online").unwrap_or_default();
    let counted = online.trim().split(',').try_fold(0, |sum, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        Some(sum + last.checked_sub(first)? + 1)
    });
    match counted {
        Some(count) if count > 0 => count,
        _ => available_parallelism().map_or(1, Into::into),
    }
}

/// How many processors the calling thread may use: Python's `os.process_cpu_count` (row X-12). `PYTHON_CPU_COUNT` has no say.
#[must_use]
pub fn process_cpu_count() -> usize {
    match sched_getaffinity(None) {
        Ok(set) if set.count() > 0 => set.count() as usize,
        _ => available_parallelism().map_or(1, Into::into),
    }
}
