// What is allowed, next to what is not.

use std::cell::Cell;

use selvedge::threading::{Condvar, Lock, Mutex, RLock, RwLock};

static LOCK: Lock = Lock::new();
static MUTEX: Mutex<Cell<u8>> = Mutex::new(Cell::new(1));
static RLOCK: RLock<Cell<u8>> = RLock::new(Cell::new(1));
static RWLOCK: RwLock<u8> = RwLock::new(1);

fn main() {
    std::thread::scope(|scope| {
        // The guards of locks that anybody may release travel.
        let (lock, mutex) = (LOCK.acquire(), MUTEX.lock());
        scope.spawn(move || {
            mutex.set(2);
            drop(lock);
        });
    });
    // Shared access through several levels.
    let outer = RLOCK.acquire();
    RLOCK.acquire().set(2);
    assert_eq!(outer.get(), 2);
    // Readers that are shared.
    let reader = RWLOCK.read();
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(*reader, 1));
    });
    // Asynchronous waits under a reentrant lock.
    let (lock, condvar) = (RLock::new(Cell::new(1_u8)), Condvar::new());
    drop(condvar.wait_async(lock.acquire()));
    assert!(!lock.locked());
}
