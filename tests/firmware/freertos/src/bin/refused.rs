//! A call that waits where it would wait for ever: each way ends in a panic that says so. The way is a number, given by the variable `WAY`, as each ends the program.
#![cfg_attr(target_os = "none", no_std, no_main)]

use firmware_freertos::{board, kernel, program, say};
use selvedge_port_freertos::{Event, InheritingMutex};

program!(test);

static NEVER: Event = Event::new();
static MUTEX: InheritingMutex<u32> = InheritingMutex::new(0);

fn test() {
    match board::way() {
        1 => {
            kernel::set_tick_hook(|| NEVER.wait());
            kernel::nap();
            kernel::nap();
        }
        4 => {
            kernel::suspend_all();
            NEVER.wait();
        }
        3 => {
            kernel::enter_critical();
            NEVER.wait();
        }
        5 => {
            let _held = MUTEX.lock();
            drop(MUTEX.lock());
        }
        _ => say!("WAY is 1 (handler), 3 (masked), 4 (suspended) or 5 (twice)"),
    }
    say!("nobody refused");
    board::exit(0);
}
