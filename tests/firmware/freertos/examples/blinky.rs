//! Reading order: 1. Two tasks and a queue: one says when the lamp is to change, the other one has the lamp.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::time::Duration;

use firmware_freertos::{board, entry, say};
use selvedge_core::queue::FifoQueue;
use selvedge_port_freertos::{FreeRtos, TaskSlot, run_scheduler, sleep};

entry!(example);

/// What the lamp is to be.
static LAMP: FifoQueue<FreeRtos, bool, 2> = FifoQueue::new();

static BLINK: TaskSlot<u32, (), 2048> = TaskSlot::new(c"blink", 2);
static DRIVE: TaskSlot<(), (), 2048> = TaskSlot::new(c"drive", 3);

/// On and off, so often.
fn blink(times: u32) {
    for _ in 0..times {
        for on in [true, false] {
            LAMP.put(on).expect("it is open");
            sleep(Duration::from_millis(10));
        }
    }
    LAMP.shutdown(false);
}

/// Has the lamp, and counts how often it went on.
fn drive(_: ()) {
    let mut count = 0;
    while let Ok(on) = LAMP.get() {
        say!("lamp {}", if on { "on" } else { "off" });
        count += u32::from(on);
    }
    say!("it blinked {count} times");
    board::exit(0);
}

fn example() -> ! {
    // Nobody waits for their ends.
    drop(DRIVE.spawn(drive, ()).expect("the slot is free"));
    drop(BLINK.spawn(blink, 3).expect("the slot is free"));
    run_scheduler()
}
