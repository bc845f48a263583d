//! First: two tasks and a queue. One decides, every five milliseconds, as a handler tells it; one blinks. The queue holds two decisions, and who is faster waits.
#![no_std]
#![no_main]

mod board;

use core::pin::pin;

use cortex_m_rt::entry;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::queue::FifoQueue;
use selvedge_port_bare_metal::{BareMetal, Semaphore};

static BLINKS: FifoQueue<BareMetal, bool, 2> = FifoQueue::new();
static DUE: Semaphore = Semaphore::new(0);

/// Runs in each millisecond's interrupt, which never waits.
fn ticks() {
    static MILLISECONDS: AtomicU32 = AtomicU32::new(0);
    if MILLISECONDS.fetch_add(1, Ordering::Relaxed) % 5 == 4 {
        DUE.release(1);
    }
}

async fn decides() {
    for n in 0..6 {
        DUE.acquire_async().await.keep();
        BLINKS
            .put_async(n % 2 == 0)
            .await
            .expect("nobody has shut it down");
    }
    // What is in it comes out before the other side hears of this.
    BLINKS.shutdown(false);
}

async fn blinks() {
    while let Ok(on) = BLINKS.get_async().await {
        semihosting::println!("{}", if on { "on" } else { "off" });
    }
}

#[entry]
fn main() -> ! {
    board::start(Some(ticks));
    board::run_all([pin!(decides()), pin!(blinks())]);
    semihosting::process::exit(0);
}
