//! Outcomes as `defmt` messages: what the feature `defmt` is for. A host reads them back with `defmt-print`.
#![no_std]
#![no_main]

use core::time::Duration;

use board as _;
use cortex_m_rt::entry;
use defmt_semihosting as _;
use selvedge_core::queue::FifoQueue;
use selvedge_port_embassy::{Barrier, BoundedSemaphore, Embassy, Event, Lock, RLock};

const MOMENT: Duration = Duration::from_millis(2);

#[entry]
fn main() -> ! {
    board::start();
    defmt::info!("event: {}", Event::new().wait_timeout(MOMENT));
    defmt::info!("lock: {}", Lock::new().release());
    defmt::info!("bounded semaphore: {}", BoundedSemaphore::new(1).release(1));
    defmt::info!("event: {}", Event::new().try_wait());

    let queue = FifoQueue::<Embassy, u16, 1>::new();
    defmt::info!("put: {}", queue.try_put(512));
    defmt::info!("put: {}", queue.try_put(513));
    queue.shutdown(false);
    defmt::info!("get: {}", queue.get());
    defmt::warn!("get: {}", queue.get());

    let barrier = Barrier::new(2);
    defmt::error!("barrier: {}", barrier.wait_timeout(MOMENT));
    defmt::error!("barrier: {}", barrier.wait());

    defmt::info!("reentrant lock: {}", RLock::new(()).release());
    // More than defmt's output, so that the reader can tell.
    semihosting::process::exit(42);
}
