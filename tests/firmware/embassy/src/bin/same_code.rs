//! The program of `tests/firmware/same-code`: its tasks in three executors.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use same_code::Plant;
use selvedge_port_embassy::Embassy;

static PLANT: Plant<Embassy> = Plant::new();

#[embassy_executor::task]
async fn samples() {
    PLANT.samples().await;
}

#[embassy_executor::task]
async fn adds() {
    PLANT.adds().await;
}

#[embassy_executor::task]
async fn reports() {
    PLANT
        .reports(|totals| semihosting::println!("{} samples, {} in all", totals.count, totals.sum))
        .await;
    semihosting::process::exit(0);
}

#[entry]
fn main() -> ! {
    board::start();
    board::start_high().spawn(samples().expect("the first"));
    board::start_low().spawn(adds().expect("the first"));
    board::thread_executor(|spawner| spawner.spawn(reports().expect("the first")))
}
