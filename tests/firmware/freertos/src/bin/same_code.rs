//! The program of `tests/firmware/same-code`: its tasks in three tasks of different priorities.
#![cfg_attr(target_os = "none", no_std, no_main)]

use firmware_freertos::{board, program, say};
use same_code::Plant;
use selvedge_port_freertos::{Executor, FreeRtos, TaskSlot};

program!(test);

static PLANT: Plant<FreeRtos> = Plant::new();
static EXECUTORS: [Executor; 3] = [const { Executor::new() }; 3];

static SAMPLES: TaskSlot<(), (), 2048> = TaskSlot::new(c"samples", 3);
static ADDS: TaskSlot<(), (), 2048> = TaskSlot::new(c"adds", 1);

fn test() {
    let samples = SAMPLES.spawn(|()| EXECUTORS[0].block_on(PLANT.samples()), ());
    let adds = ADDS.spawn(|()| EXECUTORS[1].block_on(PLANT.adds()), ());
    EXECUTORS[2]
        .block_on(PLANT.reports(|totals| say!("{} samples, {} in all", totals.count, totals.sum)));
    samples.expect("the slot is free").join();
    adds.expect("the slot is free").join();
    board::exit(0);
}
