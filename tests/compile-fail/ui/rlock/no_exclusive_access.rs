// One thread may have several guards of a reentrant lock: none of them gives `&mut`.

use selvedge::threading::RLock;

fn main() {
    let lock = RLock::new(1);
    *lock.acquire() = 2;
}
