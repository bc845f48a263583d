// Unlocking takes the guard away.

use selvedge::threading::Mutex;

fn main() {
    let mutex = Mutex::new(1);
    let mut guard = mutex.lock();
    guard.unlock_fair();
    *guard = 2;
}
