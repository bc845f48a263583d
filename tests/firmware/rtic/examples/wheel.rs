//! Third: ten deadlines in one timer wheel, which one task serves. It sleeps until the first of them.
#![no_std]
#![no_main]

#[rtic::app(device = rtic_board, dispatchers = [SWI0], peripherals = false)]
mod app {
    use rtic_monotonics::systick::prelude::*;
    use selvedge_core::timer::{Fixed, Timers};

    systick_monotonic!(Mono, 1_000);
    selvedge_port_rtic::monotonic!(Mono, periodic);

    /// What is due after how many milliseconds.
    const PLAN: [(u64, &str); 10] = [
        (9, "the tide turns"),
        (2, "tea is ready"),
        (5, "look at the oven"),
        (1, "eggs are done"),
        (5, "and turn the bread"),
        (30, "never, as it is cancelled"),
        (12, "post"),
        (7, "water the plants"),
        (20, "earlier, as it is set anew"),
        (3, "call back"),
    ];

    #[shared]
    struct Shared {}

    #[local]
    struct Local {}

    #[init]
    fn init(cx: init::Context) -> (Shared, Local) {
        Mono::start(cx.core.SYST, rtic_board::CLOCK);
        serves::spawn().expect("the first");
        (Shared {}, Local {})
    }

    fn now() -> u64 {
        Mono::now().as_ticks().into()
    }

    #[task(priority = 1)]
    async fn serves(_: serves::Context) {
        let mut timers = Timers::new(Fixed::<&str, 10>::new());
        let start = now();
        let keys =
            PLAN.map(|(span, what)| timers.insert(start + span, what).expect("room for ten"));
        assert!(timers.insert(start, "one too many").is_err());
        assert!(timers.cancel(keys[5]).is_some());
        assert!(timers.reset(keys[8], start + 4).is_some());

        while let Some(first) = timers.next_deadline() {
            let left = first.saturating_sub(now());
            Mono::delay((left as u32).millis()).await;
            while let Some(due) = timers.pop_expired(now()) {
                semihosting::println!("{}", due.value);
            }
        }
        semihosting::process::exit(0);
    }
}
