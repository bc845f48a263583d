//! The program of `tests/firmware/same-code` on a PC: its tasks in three threads.

use std::sync::Mutex;
use std::thread;

use same_code::{Plant, block_on};
use selvedge::port::Native;
use selvedge::threading::Event;
use selvedge_conformance::host::Watchdog;

static PLANT: Plant<Native> = Plant::new();
static BELLS: [Event; 3] = [const { Event::new() }; 3];

/// What it reports on every system.
const EXPECTED: &str = include_str!("../../firmware/same-code/expected.txt");

#[test]
fn a_pc_reports_what_a_board_does() {
    let _watchdog = Watchdog::new("the same code");
    let lines = Mutex::new(String::new());
    thread::scope(|scope| {
        scope.spawn(|| block_on(&BELLS[0], PLANT.samples()));
        scope.spawn(|| block_on(&BELLS[1], PLANT.adds()));
        scope.spawn(|| {
            let says = |totals: same_code::Totals| {
                let line = format!("{} samples, {} in all\n", totals.count, totals.sum);
                lines.lock().expect("nobody panics").push_str(&line);
            };
            block_on(&BELLS[2], PLANT.reports(says));
        });
    });
    assert_eq!(lines.into_inner().expect("nobody panics"), EXPECTED);
}
