//! A call that waits where it would wait for ever: each way ends in a panic that says so. The way is picked at build time, by the environment variable `WAY`, as each ends the program.
#![cfg_attr(target_os = "none", no_std, no_main)]

use firmware_freertos::{board, kernel, program, say};
use selvedge_port_freertos::{Event, InheritingMutex};

program!(test);

static NEVER: Event = Event::new();
static MUTEX: InheritingMutex<u32> = InheritingMutex::new(0);

fn test() {
    match option_env!("WAY") {
        Some("handler") => {
            kernel::set_tick_hook(|| NEVER.wait());
            kernel::nap();
            kernel::nap();
        }
        Some("suspended") => {
            kernel::suspend_all();
            NEVER.wait();
        }
        Some("masked") => {
            kernel::enter_critical();
            NEVER.wait();
        }
        Some("twice") => {
            let _held = MUTEX.lock();
            drop(MUTEX.lock());
        }
        _ => say!("WAY is handler, suspended, masked or twice"),
    }
    say!("nobody refused");
    board::exit(0);
}
