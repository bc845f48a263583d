//! Second: a sensor pipeline. A hardware task measures and puts into a queue from one to one; a software task of higher priority takes the mean of eight, and tells by an event; one of lower priority waits for that.
//! The ends of the queue are local resources.
#![no_std]
#![no_main]

#[rtic::app(device = rtic_board, dispatchers = [SWI0, SWI1], peripherals = false)]
mod app {
    use rtic_monotonics::systick::prelude::*;
    use selvedge_core::queue::{Consumer, Producer, Spsc};
    use selvedge_port_rtic::{Event, Mutex, Rtic};

    systick_monotonic!(Mono, 1_000);
    selvedge_port_rtic::monotonic!(Mono, periodic);

    static MEAN: Mutex<u32> = Mutex::new(0);
    static FRESH: Event = Event::new();
    static SEEN: Event = Event::new();

    #[shared]
    struct Shared {}

    #[local]
    struct Local {
        sensor: Producer<'static, Rtic, u32, 64>,
        value: u32,
        samples: Consumer<'static, Rtic, u32, 64>,
    }

    #[init]
    fn init(cx: init::Context) -> (Shared, Local) {
        static SAMPLES: Spsc<Rtic, u32, 64> = Spsc::new();
        Mono::start(cx.core.SYST, rtic_board::CLOCK);
        let (sensor, samples) = SAMPLES.try_split().expect("for the first time");
        averages::spawn().expect("the first");
        shows::spawn().expect("the first");
        rtic_board::start_timer();
        let value = 0;
        (
            Shared {},
            Local {
                sensor,
                value,
                samples,
            },
        )
    }

    /// Never waits.
    #[task(binds = TIMER0, priority = 3, local = [sensor, value])]
    fn measures(cx: measures::Context) {
        rtic_board::next_period();
        if cx.local.sensor.try_put(*cx.local.value % 32).is_ok() {
            *cx.local.value += 1;
        }
    }

    #[task(priority = 2, local = [samples])]
    async fn averages(cx: averages::Context) {
        loop {
            let mut sum = 0;
            for _ in 0..8 {
                sum += cx
                    .local
                    .samples
                    .get_async()
                    .await
                    .expect("the other end stays");
            }
            *MEAN.lock_async().await = sum / 8;
            FRESH.set();
            // Not the next before this one was looked at.
            SEEN.wait_async().await;
            SEEN.clear();
        }
    }

    #[task(priority = 1)]
    async fn shows(_: shows::Context) {
        for _ in 0..4 {
            FRESH.wait_async().await;
            FRESH.clear();
            semihosting::println!("mean {}", *MEAN.lock_async().await);
            SEEN.set();
        }
        semihosting::process::exit(0);
    }
}
