//! Third: ten deadlines in one timer wheel, which one task serves. It sleeps until the first of them, and everybody else may put in more.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embassy_time::{Instant, Timer};
use selvedge_core::timer::{Fixed, Timers};

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

#[embassy_executor::task]
async fn serves() {
    let mut timers = Timers::new(Fixed::<&str, 10>::new());
    let start = Instant::now().as_ticks();
    let keys = PLAN.map(|(span, what)| timers.insert(start + span, what).expect("room for ten"));
    assert!(timers.insert(start, "one too many").is_err());
    assert!(timers.cancel(keys[5]).is_some());
    assert!(timers.reset(keys[8], start + 4).is_some());

    while let Some(first) = timers.next_deadline() {
        Timer::at(Instant::from_ticks(first)).await;
        let now = Instant::now().as_ticks();
        assert!(first <= now, "too early");
        while let Some(due) = timers.pop_expired(now) {
            semihosting::println!("{}", due.value);
        }
    }
    semihosting::process::exit(0);
}

#[entry]
fn main() -> ! {
    board::start();
    board::thread_executor(|spawner| spawner.spawn(serves().expect("the first")))
}
