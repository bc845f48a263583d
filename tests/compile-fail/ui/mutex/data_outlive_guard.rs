// A reference to the data must not outlive the guard.

use selvedge::threading::Mutex;

fn main() {
    let mutex = Mutex::new(1);
    let data: &mut i32 = &mut *mutex.lock();
    *data = 2;
}
