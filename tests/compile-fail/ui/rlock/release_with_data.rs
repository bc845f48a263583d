// With data, a level is released by its guard only: behind the guard's back its references would be left over.

use selvedge::threading::RLock;

fn main() {
    let lock = RLock::new(1);
    let guard = lock.acquire();
    let _ = lock.release();
    assert_eq!(*guard, 1);
}
