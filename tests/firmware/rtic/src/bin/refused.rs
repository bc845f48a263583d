//! A call that waits where it would wait for ever: each way ends in a panic that says so. The way is a number, given by the variable `WAY`, as each ends the program.
#![no_std]
#![no_main]

#[rtic::app(device = rtic_board, dispatchers = [SWI0], peripherals = false)]
mod app {
    use rtic_monotonics::systick::prelude::*;
    use selvedge_port_rtic::Event;

    systick_monotonic!(Mono, 1_000);
    selvedge_port_rtic::monotonic!(Mono, periodic);

    static NEVER: Event = Event::new();

    #[shared]
    struct Shared {
        resource: u32,
    }

    #[local]
    struct Local {}

    #[init]
    fn init(cx: init::Context) -> (Shared, Local) {
        Mono::start(cx.core.SYST, rtic_board::CLOCK);
        if rtic_board::way() == 3 {
            NEVER.wait();
        }
        (Shared { resource: 0 }, Local {})
    }

    #[idle(shared = [resource])]
    fn idle(mut cx: idle::Context) -> ! {
        match rtic_board::way() {
            1 => rtic_board::start_timer(),
            2 => software::spawn().expect("the first"),
            6 => cx.shared.resource.lock(|_| NEVER.wait()),
            _ => {
                semihosting::println!("WAY is 1 (handler), 2 (executor), 3 (masked) or 6 (lock)");
                semihosting::process::exit(0);
            }
        }
        loop {
            cortex_m::asm::wfi();
        }
    }

    #[task(priority = 1, shared = [resource])]
    async fn software(mut cx: software::Context) {
        cx.shared.resource.lock(|resource| *resource += 1);
        NEVER.wait();
    }

    #[task(binds = TIMER0, priority = 2)]
    fn hardware(_: hardware::Context) {
        NEVER.wait();
    }
}
