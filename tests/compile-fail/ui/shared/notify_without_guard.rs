// Notifying asks for the lock, and a guard is the proof; in Python it is an assertion at run time (row M-106).

use selvedge::multiprocessing::synchronize::Condition;

fn main() {
    let condition = Condition::new().unwrap();
    condition.notify_all();
}
