//! Fourth: a mutex with a time limit, awaited by a task, and blocked for in idle.
#![no_std]
#![no_main]

#[rtic::app(device = rtic_board, dispatchers = [SWI0], peripherals = false)]
mod app {
    use core::time::Duration;

    use rtic_monotonics::systick::prelude::*;
    use selvedge_port_rtic::{Event, Limits, Mutex};

    systick_monotonic!(Mono, 1_000);
    selvedge_port_rtic::monotonic!(Mono, periodic);

    static BUS: Mutex<u32> = Mutex::new(0);
    static HELD: Event = Event::new();
    static TASK_HAS_SEEN: Event = Event::new();

    #[shared]
    struct Shared {}

    #[local]
    struct Local {}

    #[init]
    fn init(cx: init::Context) -> (Shared, Local) {
        Mono::start(cx.core.SYST, rtic_board::CLOCK);
        holds::spawn().expect("the first");
        has_no_time::spawn().expect("the first");
        (Shared {}, Local {})
    }

    /// Idle may block: the tasks go on.
    #[idle]
    fn idle(_: idle::Context) -> ! {
        TASK_HAS_SEEN.wait();
        HELD.wait();
        match BUS.lock_timeout(Duration::from_millis(5)) {
            Ok(_) => semihosting::println!("the bus is free"),
            Err(_) => semihosting::println!("idle gives up"),
        }
        match BUS.lock_timeout(Duration::from_secs(60)) {
            Ok(bus) => semihosting::println!("idle has it, after {}", *bus),
            Err(_) => semihosting::println!("idle gives up again"),
        }
        semihosting::process::exit(0);
    }

    /// Talks to something slow, twice.
    #[task(priority = 1)]
    async fn holds(_: holds::Context) {
        for _ in 0..2 {
            let mut bus = BUS.lock_async().await;
            HELD.set();
            Mono::delay(50.millis()).await;
            *bus += 1;
            drop(bus);
            TASK_HAS_SEEN.wait_async().await;
        }
    }

    #[task(priority = 1)]
    async fn has_no_time(_: has_no_time::Context) {
        HELD.wait_async().await;
        HELD.clear();
        match Mono::timeout(Duration::from_millis(5), BUS.lock_async()).await {
            Ok(_) => semihosting::println!("the bus is free"),
            Err(_) => semihosting::println!("the task gives up"),
        }
        match Mono::timeout(Duration::from_secs(60), BUS.lock_async()).await {
            Ok(bus) => semihosting::println!("the task has it, after {}", *bus),
            Err(_) => semihosting::println!("the task gives up again"),
        }
        TASK_HAS_SEEN.set();
    }
}
