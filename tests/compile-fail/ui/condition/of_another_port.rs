// A condition and its lock wait in the lists of one port.

use selvedge::port::Parking;
use selvedge_core::{Condvar, Mutex, port::Spin};

fn main() {
    let mutex = Mutex::<Spin, u8>::new(1);
    let condvar = Condvar::<Parking>::new();
    condvar.wait(&mut mutex.lock());
}
