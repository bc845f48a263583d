//! Reading order: 4. A mutex that is waited for, but not for ever.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::time::Duration;

use firmware_freertos::{board, program, say};
use selvedge_port_freertos::{Event, Mutex, TaskSlot, sleep};

program!(example);

static BUS: Mutex<&str> = Mutex::new("nobody");
static TAKEN: Event = Event::new();

static HOG: TaskSlot<Duration, (), 2048> = TaskSlot::new(c"hog", 3);

fn hog(span: Duration) {
    let mut bus = BUS.lock();
    *bus = "the hog";
    TAKEN.set();
    sleep(span);
}

fn example() {
    let hog = HOG.spawn(hog, Duration::from_millis(50));
    TAKEN.wait();
    match BUS.lock_timeout(Duration::from_millis(10)) {
        Ok(_) => say!("it was free"),
        Err(error) => say!("after 10 ms: {error}"),
    }
    match BUS.lock_timeout(Duration::from_secs(10)) {
        Ok(bus) => say!("later: had by {} before", *bus),
        Err(error) => say!("after 10 s: {error}"),
    }
    hog.expect("the slot is free").join();
    board::exit(0);
}
