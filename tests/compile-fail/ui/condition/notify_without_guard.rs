// In Python's shape, `wait` and `notify` belong to one that has acquired the condition.

use selvedge::threading::{Condition, Mutex};

fn main() {
    let condition = Condition::new(Mutex::new(1));
    condition.notify_all();
}
