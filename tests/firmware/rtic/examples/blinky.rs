//! First: two tasks and a queue. One decides, one blinks; the queue holds two decisions, and who is faster waits.
#![no_std]
#![no_main]

#[rtic::app(device = rtic_board, dispatchers = [SWI0], peripherals = false)]
mod app {
    use rtic_monotonics::systick::prelude::*;
    use selvedge_core::queue::FifoQueue;
    use selvedge_port_rtic::Rtic;

    systick_monotonic!(Mono, 1_000);
    selvedge_port_rtic::monotonic!(Mono, periodic);

    static BLINKS: FifoQueue<Rtic, bool, 2> = FifoQueue::new();

    #[shared]
    struct Shared {}

    #[local]
    struct Local {}

    #[init]
    fn init(cx: init::Context) -> (Shared, Local) {
        Mono::start(cx.core.SYST, rtic_board::CLOCK);
        decides::spawn().expect("the first");
        blinks::spawn().expect("the first");
        (Shared {}, Local {})
    }

    #[task(priority = 1)]
    async fn decides(_: decides::Context) {
        for n in 0..6 {
            Mono::delay(5.millis()).await;
            BLINKS
                .put_async(n % 2 == 0)
                .await
                .expect("nobody has shut it down");
        }
        // What is in it comes out before the other side hears of this.
        BLINKS.shutdown(false);
    }

    #[task(priority = 1)]
    async fn blinks(_: blinks::Context) {
        while let Ok(on) = BLINKS.get_async().await {
            semihosting::println!("{}", if on { "on" } else { "off" });
        }
        semihosting::process::exit(0);
    }
}
