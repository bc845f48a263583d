// A guard is of the process that has the lock: the lock travels, and is acquired there.

use selvedge::multiprocessing::spawn;
use selvedge::multiprocessing::synchronize::{Lock, LockGuard};

fn main() {
    let lock = Lock::new().unwrap();
    let guard = lock.acquire().unwrap();
    spawn(|guard: LockGuard<'_>| drop(guard), guard).unwrap();
}
