// A mutex hands its data from thread to thread: they must be able to go.

use std::rc::Rc;

use selvedge::threading::Mutex;

static COUNT: Mutex<Option<Rc<u8>>> = Mutex::new(None);

fn main() {
    *COUNT.lock() = None;
}
