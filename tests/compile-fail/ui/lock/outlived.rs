// A guard borrows its lock: it cannot be there when the lock is gone.

use selvedge::threading::Lock;

fn main() {
    let guard = {
        let lock = Lock::new();
        lock.acquire()
    };
    drop(guard);
}
