// With data, a guard cannot be kept: nobody could release that level again.

use selvedge::threading::RLock;

fn main() {
    let lock = RLock::new(1);
    lock.acquire().keep();
}
