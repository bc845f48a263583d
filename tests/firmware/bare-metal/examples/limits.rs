//! Fourth: a mutex with a time limit. Interrupts have the bus, for fifty milliseconds: the first takes it, a later one gives it back.
#![no_std]
#![no_main]

mod board;

use core::time::Duration;

use cortex_m_rt::entry;
use selvedge_core::MutexGuard;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_port_bare_metal::{BareMetal, Event, Mutex};

static BUS: Mutex<u32> = Mutex::new(0);
static TAKEN: Event = Event::new();
/// The bus, in the hands of the interrupts.
static TRANSFER: Mutex<Option<MutexGuard<'static, BareMetal, u32>>> = Mutex::new(None);

/// Runs in each millisecond's interrupt, which never waits.
fn transfers() {
    static MILLISECONDS: AtomicU32 = AtomicU32::new(0);
    let Some(mut transfer) = TRANSFER.try_lock() else {
        return;
    };
    match MILLISECONDS.fetch_add(1, Ordering::Relaxed) {
        0 => {
            *transfer = BUS.try_lock();
            TAKEN.set();
        }
        50 => {
            if let Some(mut bus) = transfer.take() {
                *bus += 1;
            }
        }
        _ => {}
    }
}

#[entry]
fn main() -> ! {
    board::start(Some(transfers));
    TAKEN.wait();
    match BUS.lock_timeout(Duration::from_millis(5)) {
        Ok(_) => semihosting::println!("the bus is free"),
        Err(_) => semihosting::println!("main gives up"),
    }
    match BUS.lock_timeout(Duration::from_secs(60)) {
        Ok(bus) => semihosting::println!("main has it, after {}", *bus),
        Err(_) => semihosting::println!("main gives up again"),
    }
    semihosting::process::exit(0);
}
