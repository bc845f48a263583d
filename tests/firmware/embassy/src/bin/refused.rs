//! A call that waits where it would wait for ever: each way ends in a panic that says so. The way is picked at build time, by the environment variable `WAY`, as each ends the program.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use selvedge_port_embassy::{Event, Mutex, may_block_in};

static NEVER: Event = Event::new();

#[embassy_executor::task]
async fn blocks() {
    NEVER.wait();
}

static HELD: Mutex<()> = Mutex::new(());

#[embassy_executor::task]
async fn blocks_for_it() {
    drop(HELD.lock());
}

#[entry]
fn main() -> ! {
    board::start();
    match option_env!("WAY") {
        Some("handler") => board::on_tick(|| NEVER.wait()),
        Some("executor") => board::start_low().spawn(blocks().expect("the first")),
        Some("held") => {
            // Thread mode holds it, and gets no further while the executor above it blocks.
            may_block_in(board::Irq::Swi0 as u16);
            core::mem::forget(HELD.lock());
            board::start_low().spawn(blocks_for_it().expect("the first"));
        }
        Some("masked") => critical_section::with(|_| NEVER.wait()),
        _ => {
            semihosting::println!("WAY is handler, executor, held or masked");
            semihosting::process::exit(0);
        }
    }
    loop {
        cortex_m::asm::wfi();
    }
}
