//! What FreeRTOS has beyond sleeping and waking: priorities, their inheritance, tasks that are started and joined, a pool, futures in a task, and how much stack a wait takes.
#![cfg_attr(target_os = "none", no_std, no_main)]

mod inheriting;
mod order;
mod slots;
mod stacks;

use firmware_freertos::{board, program, say, wind};

program!(test);

/// Each runs in the task of priority 2, less urgent than all that they start.
const ALL: [(&str, fn()); 12] = [
    ("order: semaphore", order::semaphore),
    ("order: lock", order::lock),
    ("order: condition, one at a time", order::condition),
    ("order: condition, all at once", order::all_at_once),
    ("order: queue", order::queue),
    ("order: select", order::select),
    (
        "inheriting: the holder is as urgent as who waits",
        inheriting::inherits,
    ),
    ("inheriting: forms", inheriting::forms),
    ("slots: spawned and joined", slots::spawned),
    ("slots: pool", slots::pool),
    ("slots: futures in a task", slots::futures),
    ("stacks", stacks::measured),
];

fn test() {
    let mut passed = 0;
    for (name, check) in ALL {
        say!("{name}");
        wind();
        check();
        passed += 1;
    }
    say!(
        "{}, tasks: {passed} passed, 0 skipped (1 core)",
        board::NAME
    );
    board::exit(0);
}
