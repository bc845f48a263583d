// A shared guard shares the data: `&MutexGuard<Cell>` must not go to another thread.

use std::cell::Cell;

use selvedge::threading::Mutex;

fn main() {
    let mutex = Mutex::new(Cell::new(1));
    let guard = mutex.lock();
    std::thread::scope(|scope| {
        scope.spawn(|| guard.set(2));
    });
}
