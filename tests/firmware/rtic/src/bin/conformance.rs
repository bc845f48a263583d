//! The conformance suite in RTIC's idle, which is the one place that may block: rungs that need more tasks that block are skipped. Tasks of RTIC cannot be those, as the suite's wait for each other both
//! ways; what they can do is in `tasks.rs`.
#![no_std]
#![no_main]

use selvedge_conformance::{Counts, World, run_all};
use selvedge_port_rtic::Rtic;

struct Idle;

impl World for Idle {
    type Port = Rtic;

    fn run(&self, tasks: &[&(dyn Fn() + Sync)]) {
        for task in tasks {
            task();
        }
    }

    fn tasks(&self) -> usize {
        1
    }

    fn nap(&self) {
        cortex_m::asm::wfe();
    }

    fn yield_now(&self) {
        core::hint::spin_loop();
    }

    fn rounds(&self, rounds: u32) -> u32 {
        (rounds / 10).max(1)
    }

    fn begins(&self, ladder: &'static str, rung: &'static str) {
        semihosting::println!("{ladder}: {rung}");
    }

    fn skips(&self, ladder: &'static str, rung: &'static str) {
        semihosting::println!("{ladder}: {rung}: skipped, it needs more tasks that block");
    }
}

fn test() -> ! {
    let Counts { passed, skipped } = run_all(&Idle);
    semihosting::println!("RTIC: {passed} passed, {skipped} skipped (1 core)");
    semihosting::process::exit(i32::from(passed == 0));
}

#[rtic::app(device = rtic_board, peripherals = false)]
mod app {
    use rtic_monotonics::systick::prelude::*;

    systick_monotonic!(Mono, 1_000);
    selvedge_port_rtic::monotonic!(Mono, periodic);

    #[shared]
    struct Shared {}

    #[local]
    struct Local {}

    #[init]
    fn init(cx: init::Context) -> (Shared, Local) {
        Mono::start(cx.core.SYST, rtic_board::CLOCK);
        (Shared {}, Local {})
    }

    #[idle]
    fn idle(_: idle::Context) -> ! {
        super::test()
    }
}
