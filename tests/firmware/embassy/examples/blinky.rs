//! First: two tasks and a queue. One decides, one blinks; the queue holds two decisions, and who is faster waits.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use embassy_time::Timer;
use selvedge_core::queue::FifoQueue;
use selvedge_port_embassy::Embassy;

static BLINKS: FifoQueue<Embassy, bool, 2> = FifoQueue::new();

#[embassy_executor::task]
async fn decides() {
    for n in 0..6 {
        Timer::after_millis(5).await;
        BLINKS
            .put_async(n % 2 == 0)
            .await
            .expect("nobody has shut it down");
    }
    // What is in it comes out before the other side hears of this.
    BLINKS.shutdown(false);
}

#[embassy_executor::task]
async fn blinks() {
    while let Ok(on) = BLINKS.get_async().await {
        semihosting::println!("{}", if on { "on" } else { "off" });
    }
    semihosting::process::exit(0);
}

#[entry]
fn main() -> ! {
    board::start();
    board::thread_executor(|spawner| {
        spawner.spawn(decides().expect("the first"));
        spawner.spawn(blinks().expect("the first"));
    })
}
