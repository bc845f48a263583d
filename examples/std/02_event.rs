//! An event: many wait until something has happened, once for all.

use std::time::Duration;

use selvedge::threading::{Event, spawn};

static DOORS_OPEN: Event = Event::new();

fn main() {
    let guests: Vec<_> = ["Ada", "Grace", "Edsger"]
        .into_iter()
        .map(|name| {
            spawn(move || {
                DOORS_OPEN.wait();
                format!("{name} is in")
            })
        })
        .collect();

    // A wait with a time limit says whether the event came.
    match DOORS_OPEN.wait_timeout(Duration::from_millis(20)) {
        Ok(()) => println!("already open"),
        Err(timed_out) => println!("still closed: {timed_out}"),
    }

    println!("opening the doors");
    DOORS_OPEN.set(); // everybody who waits, and everybody who comes later
    for guest in guests {
        println!("{}", guest.join().unwrap());
    }
    DOORS_OPEN.clear(); // whoever comes now waits again
    println!("open: {}", DOORS_OPEN.is_set());
}
