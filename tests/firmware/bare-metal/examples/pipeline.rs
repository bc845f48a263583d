//! Second: a sensor pipeline. An interrupt handler measures and puts into a queue from one to one; a task takes the mean of eight, and tells by an event; an asynchronous task waits for that.
#![no_std]
#![no_main]

mod board;

use core::pin::pin;

use cortex_m_rt::entry;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::queue::{Consumer, Producer, Spsc};
use selvedge_port_bare_metal::{BareMetal, Event, Mutex};

static SAMPLES: Spsc<BareMetal, u32, 16> = Spsc::new();
/// The handler's end.
static SENSOR: Mutex<Option<Producer<'static, BareMetal, u32, 16>>> = Mutex::new(None);
static LOST: AtomicU32 = AtomicU32::new(0);

static MEAN: Mutex<u32> = Mutex::new(0);
static FRESH: Event = Event::new();
static SEEN: Event = Event::new();

/// Runs in each millisecond's interrupt, which never waits.
fn measures() {
    static VALUE: AtomicU32 = AtomicU32::new(0);
    if let Some(mut sensor) = SENSOR.try_lock()
        && let Some(sensor) = &mut *sensor
    {
        let value = VALUE.fetch_add(1, Ordering::Relaxed) % 32;
        if sensor.try_put(value).is_err() {
            LOST.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn averages(mut samples: Consumer<'static, BareMetal, u32, 16>) {
    for _ in 0..4 {
        let mut sum = 0;
        for _ in 0..8 {
            sum += samples
                .get_async()
                .await
                .expect("the handler keeps its end");
        }
        *MEAN.lock_async().await = sum / 8;
        FRESH.set();
        // Not the next before this one was looked at.
        SEEN.wait_async().await;
        SEEN.clear();
    }
}

async fn shows() {
    for _ in 0..4 {
        FRESH.wait_async().await;
        FRESH.clear();
        semihosting::println!("mean {}", *MEAN.lock_async().await);
        SEEN.set();
    }
}

#[entry]
fn main() -> ! {
    let (producer, consumer) = SAMPLES.try_split().expect("for the first time");
    *SENSOR.lock() = Some(producer);
    board::start(Some(measures));
    board::run_all([pin!(averages(consumer)), pin!(shows())]);
    semihosting::println!("{} lost", LOST.load(Ordering::Relaxed));
    semihosting::process::exit(0);
}
