// A reference to the data must not outlive the guard.

use selvedge::threading::Mutex;

fn main() {
    let mutex = Mutex::new(1);
    let guard = mutex.lock();
    let data: &i32 = &guard;
    drop(guard);
    assert_eq!(*data, 1);
}
