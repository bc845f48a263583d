// An asynchronous wait lets the thread go on while the lock is released, and other guards of that thread with it: what they give access to must be `Sync`.

use std::cell::Cell;

use selvedge::threading::{Condvar, RLock};

fn main() {
    let lock = RLock::new(Cell::new(1));
    let condvar = Condvar::new();
    let guard = lock.acquire();
    let _ = condvar.wait_async(guard);
}
