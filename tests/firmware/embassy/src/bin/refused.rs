//! A call that waits where it would wait for ever: each way ends in a panic that says so. The way is a number, given by the variable `WAY`, as each ends the program.
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
    match board::way() {
        1 => board::on_tick(|| NEVER.wait()),
        2 => board::start_low().spawn(blocks().expect("the first")),
        7 => {
            // Thread mode holds it, and gets no further while the executor above it blocks.
            may_block_in(board::Irq::Swi0 as u16);
            core::mem::forget(HELD.lock());
            board::start_low().spawn(blocks_for_it().expect("the first"));
        }
        3 => critical_section::with(|_| NEVER.wait()),
        _ => {
            semihosting::println!("WAY is 1 (handler), 2 (executor), 3 (masked) or 7 (held)");
            semihosting::process::exit(0);
        }
    }
    loop {
        cortex_m::asm::wfi();
    }
}
