//! Third: ten deadlines in one timer wheel, which `main` serves. It sleeps until the first of them.
#![no_std]
#![no_main]

mod board;

use cortex_m_rt::entry;
use embedded_hal::delay::DelayNs;
use selvedge_core::port::Clock;
use selvedge_core::timer::{Fixed, Timers};
use selvedge_port_bare_metal::{BareMetal, Delay};

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

#[entry]
fn main() -> ! {
    board::start(None);
    let mut timers = Timers::new(Fixed::<&str, 10>::new());
    let start = BareMetal::now().ticks();
    let keys = PLAN.map(|(span, what)| timers.insert(start + span, what).expect("room for ten"));
    assert!(timers.insert(start, "one too many").is_err());
    assert!(timers.cancel(keys[5]).is_some());
    assert!(timers.reset(keys[8], start + 4).is_some());

    while let Some(first) = timers.next_deadline() {
        let ahead = first.saturating_sub(BareMetal::now().ticks());
        Delay.delay_ms(ahead as u32);
        let now = BareMetal::now().ticks();
        assert!(first <= now, "too early");
        while let Some(due) = timers.pop_expired(now) {
            semihosting::println!("{}", due.value);
        }
    }
    semihosting::process::exit(0);
}
