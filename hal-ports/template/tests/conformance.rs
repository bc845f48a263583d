//! The conformance suite on the stub, with the one task that its system has: rungs that need two are skipped, and run in a copy.

use core::time::Duration;

use selvedge_conformance::World;
use selvedge_port_template::Template;

struct OneTask;

impl World for OneTask {
    type Port = Template;

    // Starts a task for each, and waits for all.
    fn run(&self, tasks: &[&(dyn Fn() + Sync)]) {
        for task in tasks {
            task();
        }
    }

    // As many as the system has room for, or 8.
    fn tasks(&self) -> usize {
        1
    }

    // One tick of sleep.
    fn nap(&self) {
        core::hint::spin_loop();
    }

    // The scheduler's yield.
    fn yield_now(&self) {
        core::hint::spin_loop();
    }

    fn moment(&self) -> Duration {
        Duration::from_millis(2)
    }

    // Winds up the watchdog of the board.
    fn begins(&self, ladder: &'static str, rung: &'static str) {
        println!("{ladder}: {rung}");
    }
}

#[test]
fn the_suite_passes_as_far_as_one_task_can_go() {
    let counts = selvedge_conformance::run_all(&OneTask);
    println!("{counts:?}");
    assert_ne!(counts.passed, 0);
}
