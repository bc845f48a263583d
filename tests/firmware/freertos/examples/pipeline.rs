//! Reading order: 2. From an interrupt to a future: the handler puts samples into a queue for one producer and one consumer, a task takes the mean of each four and raises an event, and an asynchronous task
//! that waits for the event sounds the alarm.
#![cfg_attr(target_os = "none", no_std, no_main)]

use firmware_freertos::{board, kernel, program, say};
use selvedge_core::queue::{Consumer, Producer, Spsc};
use selvedge_port_freertos::{Event, Executor, FreeRtos, Mutex, TaskSlot};

program!(example);

static SAMPLES: Spsc<FreeRtos, u32, 8> = Spsc::new();
/// The handler's end.
static SENSOR: Mutex<Option<Sensor>> = Mutex::new(None);
/// A mean was above the limit.
static HOT: Event = Event::new();

struct Sensor {
    samples: Producer<'static, FreeRtos, u32, 8>,
    next: u32,
}

/// In each tick: 20, 21, 22 and so on up to 40.
fn interrupt() {
    let Some(mut sensor) = SENSOR.try_lock() else {
        return;
    };
    if let Some(Sensor { samples, next }) = &mut *sensor
        && *next <= 40
    {
        // A full queue: the sample comes again with the next tick.
        if samples.try_put(*next).is_ok() {
            *next += 1;
        }
    } else {
        // The other end hears of it.
        *sensor = None;
    }
}

static MEAN: TaskSlot<Consumer<'static, FreeRtos, u32, 8>, u32, 2048> = TaskSlot::new(c"mean", 3);

fn mean(mut samples: Consumer<'static, FreeRtos, u32, 8>) -> u32 {
    let (mut sum, mut count, mut means) = (0, 0, 0);
    while let Ok(sample) = samples.get() {
        sum += sample;
        count += 1;
        if count == 4 {
            say!("mean {}", sum / 4);
            if sum / 4 > 30 {
                HOT.set();
            }
            (sum, count, means) = (0, 0, means + 1);
        }
    }
    means
}

async fn alarm() {
    HOT.wait_async().await;
    say!("too hot");
}

static ALARM: TaskSlot<(), (), 2048> = TaskSlot::new(c"alarm", 4);
static EXECUTOR: Executor = Executor::new();

fn example() {
    let (samples, consumer) = SAMPLES.try_split().expect("nobody has the ends");
    let alarm = ALARM.spawn(|()| EXECUTOR.block_on(alarm()), ());
    let mean = MEAN.spawn(mean, consumer);
    *SENSOR.lock() = Some(Sensor { samples, next: 20 });
    kernel::set_tick_hook(interrupt);
    alarm.expect("the slot is free").join();
    say!("{} means", mean.expect("the slot is free").join());
    board::exit(0);
}
