//! Reading order: 3. Ten deadlines and one task that sleeps until the next of them.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::time::Duration;

use firmware_freertos::{board, program, say};
use selvedge_core::port::Clock;
use selvedge_core::timer::{Fixed, Timers};
use selvedge_port_freertos::{FreeRtos, sleep};

program!(example);

fn example() {
    let mut timers = Timers::new(Fixed::<u64, 10>::new());
    let start = FreeRtos::now();
    for n in 1..=10 {
        let milliseconds = n * 35 % 80;
        timers.insert(milliseconds, n).expect("room for ten");
    }
    let late = timers.insert(90, 11).map_err(|full| full.0);
    say!("an eleventh finds no room: {late:?}");

    let mut before = 0;
    while let Some(deadline) = timers.next_deadline() {
        let now = FreeRtos::until(start, FreeRtos::now());
        sleep(Duration::from_millis(deadline).saturating_sub(now));
        let now = FreeRtos::until(start, FreeRtos::now()).as_millis() as u64;
        while let Some(expired) = timers.pop_expired(now) {
            assert!(
                now >= deadline && deadline >= before,
                "out of order, or early"
            );
            say!("timer {} at {deadline} ms", expired.value);
            before = deadline;
        }
    }
    say!("that was all");
    board::exit(0);
}
