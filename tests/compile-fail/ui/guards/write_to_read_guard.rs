// Readers do not write.

use selvedge::threading::RwLock;

fn main() {
    let lock = RwLock::new(1);
    *lock.read() = 2;
}
