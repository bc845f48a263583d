// During a wait the data belong to others: no reference to them may be alive.

use selvedge::threading::{Condvar, Mutex};

fn main() {
    let (mutex, condvar) = (Mutex::new(1), Condvar::new());
    let mut guard = mutex.lock();
    let data: &i32 = &guard;
    condvar.wait(&mut guard);
    assert_eq!(*data, 1);
}
