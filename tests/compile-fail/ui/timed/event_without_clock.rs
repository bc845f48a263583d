// A port without a clock has no time limits, whatever the primitive.

use core::time::Duration;

use selvedge_core::Event;
use selvedge_core::port::Spin;

fn main() {
    let event = Event::<Spin>::new();
    let _ = event.wait_timeout(Duration::ZERO);
}
