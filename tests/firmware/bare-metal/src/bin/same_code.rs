//! The program of `tests/firmware/same-code`: all its tasks in `main`. For boards with one Cortex-M.
#![no_std]
#![no_main]

// Its critical section.
use cortex_m as _;
use cortex_m_rt::entry;
use same_code::{Plant, block_on};
use selvedge_port_bare_metal::{BareMetal, Event};

static PLANT: Plant<BareMetal> = Plant::new();
static BELL: Event = Event::new();

#[entry]
fn main() -> ! {
    block_on(
        &BELL,
        PLANT
            .all(|totals| semihosting::println!("{} samples, {} in all", totals.count, totals.sum)),
    );
    semihosting::process::exit(0);
}
