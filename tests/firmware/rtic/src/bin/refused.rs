//! A call that waits where it would wait for ever: each way ends in a panic that says so. The way is picked at build time, by the environment variable `WAY`, as each ends the program.
#![no_std]
#![no_main]

#[rtic::app(device = rtic_board, dispatchers = [SWI0], peripherals = false)]
mod app {
    use rtic_monotonics::systick::prelude::*;
    use selvedge_port_rtic::Event;

    systick_monotonic!(Mono, 1_000);
    selvedge_port_rtic::monotonic!(Mono, periodic);

    static NEVER: Event = Event::new();
    const WAY: Option<&str> = option_env!("WAY");

    #[shared]
    struct Shared {
        resource: u32,
    }

    #[local]
    struct Local {}

    #[init]
    fn init(cx: init::Context) -> (Shared, Local) {
        Mono::start(cx.core.SYST, rtic_board::CLOCK);
        if WAY == Some("masked") {
            NEVER.wait();
        }
        (Shared { resource: 0 }, Local {})
    }

    #[idle(shared = [resource])]
    fn idle(mut cx: idle::Context) -> ! {
        match WAY {
            Some("handler") => rtic_board::start_timer(),
            Some("executor") => software::spawn().expect("the first"),
            Some("lock") => cx.shared.resource.lock(|_| NEVER.wait()),
            _ => {
                semihosting::println!("WAY is handler, executor, lock or masked");
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
