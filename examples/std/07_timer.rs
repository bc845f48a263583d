//! A timer: something to do later, unless it is cancelled before (row T-E06).

use std::time::{Duration, Instant};

use selvedge::threading::{CancelOutcome, Timer};

fn main() {
    let alarm = Timer::new(Duration::from_secs(3600), || println!("never printed"));
    alarm.start().unwrap();
    match alarm.cancel() {
        CancelOutcome::Cancelled => println!("the alarm is off"),
        other => println!("too late: {other:?}"),
    }

    let begin = Instant::now();
    let delay = Duration::from_millis(30); // seconds, in a program with more patience
    let greeting = Timer::new(delay, || println!("hello, world"));
    greeting.start().unwrap();
    greeting.join().unwrap();
    assert!(begin.elapsed() >= delay);
    println!("not before its time");
}
