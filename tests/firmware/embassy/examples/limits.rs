//! Fourth: a mutex with a time limit, awaited by a task, and blocked for in thread mode.
#![no_std]
#![no_main]

use core::time::Duration;

use cortex_m_rt::entry;
use embassy_time::Timer;
use selvedge_port_embassy::{Event, Mutex, timeout};

static BUS: Mutex<u32> = Mutex::new(0);
static HELD: Event = Event::new();
static TASK_HAS_SEEN: Event = Event::new();

/// Talks to something slow, twice.
#[embassy_executor::task]
async fn holds() {
    for _ in 0..2 {
        let mut bus = BUS.lock_async().await;
        HELD.set();
        Timer::after_millis(50).await;
        *bus += 1;
        drop(bus);
        TASK_HAS_SEEN.wait_async().await;
    }
}

#[embassy_executor::task]
async fn has_no_time() {
    HELD.wait_async().await;
    HELD.clear();
    match timeout(Duration::from_millis(5), BUS.lock_async()).await {
        Ok(_) => semihosting::println!("the bus is free"),
        Err(_) => semihosting::println!("the task gives up"),
    }
    match timeout(Duration::from_secs(60), BUS.lock_async()).await {
        Ok(bus) => semihosting::println!("the task has it, after {}", *bus),
        Err(_) => semihosting::println!("the task gives up again"),
    }
    TASK_HAS_SEEN.set();
}

#[entry]
fn main() -> ! {
    board::start();
    let high = board::start_high();
    high.spawn(holds().expect("the first"));
    high.spawn(has_no_time().expect("the first"));

    // This is thread mode: it may block, and the executor above it goes on.
    TASK_HAS_SEEN.wait();
    HELD.wait();
    match BUS.lock_timeout(Duration::from_millis(5)) {
        Ok(_) => semihosting::println!("the bus is free"),
        Err(_) => semihosting::println!("thread mode gives up"),
    }
    match BUS.lock_timeout(Duration::from_secs(60)) {
        Ok(bus) => semihosting::println!("thread mode has it, after {}", *bus),
        Err(_) => semihosting::println!("thread mode gives up again"),
    }
    semihosting::process::exit(0);
}
