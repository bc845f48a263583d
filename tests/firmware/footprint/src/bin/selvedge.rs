//! With this library.
#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use footprint::{Rows, one_waiter, size_of_future};
use selvedge_core::queue::FifoQueue;
use selvedge_port_bare_metal::{BareMetal, Event, Mutex, Semaphore};

static NUMBER: Mutex<u32> = Mutex::new(0);
static READY: Event = Event::new();
static WORDS: FifoQueue<BareMetal, u32, 4> = FifoQueue::new();
static PERMITS: Semaphore = Semaphore::new(0);

#[entry]
fn main() -> ! {
    let mut rows = Rows::start();
    let wait = size_of_future(NUMBER.lock_async());
    let number = size_of_val(&NUMBER);
    rows.row("lock", number, wait, || {
        *black_box(&NUMBER).lock() += 1;
    });
    let held = NUMBER.lock();
    rows.row("lock-held", number, wait, || {
        assert!(black_box(&NUMBER).try_lock().is_none());
    });
    drop(held);
    let wait = size_of_future(READY.wait_async());
    let ready = size_of_val(&READY);
    rows.row("event", ready, wait, || {
        black_box(&READY).set();
        black_box(&READY).clear();
    });
    rows.row("event-one-waiter", ready, wait, || {
        one_waiter(READY.wait_async(), || READY.set());
        READY.clear();
    });
    let wait = size_of_future(WORDS.get_async());
    let words = size_of_val(&WORDS);
    rows.row("queue", words, wait, || {
        assert!(black_box(&WORDS).try_put(7).is_ok());
        assert!(black_box(&WORDS).try_get().is_ok());
    });
    rows.row("queue-one-waiter", words, wait, || {
        let got = one_waiter(WORDS.get_async(), || assert!(WORDS.try_put(7).is_ok()));
        assert!(got.is_ok());
    });
    let wait = size_of_future(PERMITS.acquire_async());
    let permits = size_of_val(&PERMITS);
    rows.row("semaphore", permits, wait, || {
        black_box(&PERMITS).release(1);
        black_box(&PERMITS).acquire().keep();
    });
    rows.row("semaphore-one-waiter", permits, wait, || {
        one_waiter(PERMITS.acquire_async(), || PERMITS.release(1)).keep();
    });
    rows.finish()
}
