//! Events at their time, and in which order they come (row D-E01).

use std::time::{Duration, Instant};

use selvedge::sched::Scheduler;

fn print(begin: Instant, due: u64, text: &str) {
    assert!(begin.elapsed() >= Duration::from_millis(due), "too early");
    println!("after {due:2} ms: {text}");
}

fn main() {
    let plan = Scheduler::new();
    let begin = Instant::now();
    let at = move |ms| begin + Duration::from_millis(ms); // seconds, in a program with more patience

    // Relative: this much from now.
    plan.enter(Duration::from_millis(60), 1, move || {
        print(begin, 60, "the default");
    });
    // Absolute. At one time, the lower priority comes first.
    let name = String::from("Ada");
    plan.enterabs(at(40), 2, move || {
        print(begin, 40, &format!("second, for {name}"));
    });
    plan.enterabs(at(40), 1, move || print(begin, 40, "first"));
    // At one time and with one priority, who came first comes first.
    plan.enterabs(at(40), 2, move || print(begin, 40, "third"));
    // In the past: at once, the earlier one first.
    let long_ago = begin.checked_sub(Duration::from_millis(1)).unwrap_or(begin);
    plan.enterabs(begin, 1, move || print(begin, 0, "late"));
    plan.enterabs(long_ago, 2, move || print(begin, 0, "later still"));
    // Cancelled; and an action that enters another.
    let never = plan.enter(Duration::from_millis(50), 1, || println!("never printed"));
    plan.enterabs_with(at(20), 1, move |plan| {
        plan.cancel(never).expect("it has not run");
        plan.enterabs(at(30), 1, move || print(begin, 30, "one more"));
    });

    println!(
        "{} events, the first of priority {}",
        plan.len(),
        plan.queue()[0].priority
    );
    plan.run();
    println!("nothing left: {}", plan.empty());
}
