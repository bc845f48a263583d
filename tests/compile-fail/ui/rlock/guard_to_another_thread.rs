// The owner of a reentrant lock is a thread: its guard must not leave it.

use selvedge::threading::RLock;

fn main() {
    let lock = RLock::new(1);
    let guard = lock.acquire();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(guard));
    });
}
