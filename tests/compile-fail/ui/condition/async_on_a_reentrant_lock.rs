// An asynchronous wait lets the thread go on while the lock is released, and other guards of that thread with it: what they give access to must be `Sync`.

use std::cell::Cell;

use selvedge::threading::{Condvar, RLock};

async fn waits(lock: &RLock<Cell<u8>>, condvar: &Condvar) {
    let _guard = condvar.wait_async(lock.acquire()).await;
}

fn main() {
    let _ = waits(&RLock::new(Cell::new(1)), &Condvar::new());
}
