// A port that does not know who is running has no reentrant lock.

use selvedge_core::RLock;
use selvedge_core::port::Spin;

static LOCK: RLock<Spin> = RLock::new(());

fn main() {
    let _guard = LOCK.acquire();
}
