//! With `embassy-sync`.
#![no_std]
#![no_main]

use core::cell::RefCell;
use core::hint::black_box;

use cortex_m_rt::entry;
use embassy_sync::blocking_mutex;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex as Raw;
use embassy_sync::channel::Channel;
use embassy_sync::mutex::Mutex;
use embassy_sync::semaphore::{GreedySemaphore, Semaphore};
use embassy_sync::signal::Signal;
use footprint::{Rows, one_waiter, size_of_future};

static NUMBER: Mutex<Raw, u32> = Mutex::new(0);
/// One that cannot be waited for.
static BLOCKING: blocking_mutex::Mutex<Raw, RefCell<u32>> =
    blocking_mutex::Mutex::new(RefCell::new(0));
static READY: Signal<Raw, ()> = Signal::new();
static WORDS: Channel<Raw, u32, 4> = Channel::new();
static PERMITS: GreedySemaphore<Raw> = GreedySemaphore::new(0);

#[entry]
fn main() -> ! {
    let mut rows = Rows::start();
    let wait = size_of_future(NUMBER.lock());
    let number = size_of_val(&NUMBER);
    rows.row("lock", number, wait, || {
        match black_box(&NUMBER).try_lock() {
            Ok(mut number) => *number += 1,
            Err(_) => panic!("nobody has it"),
        }
    });
    rows.row("lock-blocking", size_of_val(&BLOCKING), 0, || {
        black_box(&BLOCKING).lock(|number| *number.borrow_mut() += 1);
    });
    let held = NUMBER.try_lock();
    rows.row("lock-held", number, wait, || {
        assert!(black_box(&NUMBER).try_lock().is_err());
    });
    drop(held);
    let wait = size_of_future(READY.wait());
    let ready = size_of_val(&READY);
    rows.row("event", ready, wait, || {
        black_box(&READY).signal(());
        black_box(&READY).reset();
    });
    rows.row("event-one-waiter", ready, wait, || {
        one_waiter(READY.wait(), || READY.signal(()));
    });
    let wait = size_of_future(WORDS.receive());
    let words = size_of_val(&WORDS);
    rows.row("queue", words, wait, || {
        assert!(black_box(&WORDS).try_send(7).is_ok());
        assert!(black_box(&WORDS).try_receive().is_ok());
    });
    rows.row("queue-one-waiter", words, wait, || {
        one_waiter(WORDS.receive(), || assert!(WORDS.try_send(7).is_ok()));
    });
    let wait = size_of_future(PERMITS.acquire(1));
    let permits = size_of_val(&PERMITS);
    rows.row("semaphore", permits, wait, || {
        black_box(&PERMITS).release(1);
        match black_box(&PERMITS).try_acquire(1) {
            Some(permit) => permit.disarm(),
            None => panic!("there is one"),
        };
    });
    rows.row("semaphore-one-waiter", permits, wait, || {
        match one_waiter(PERMITS.acquire(1), || PERMITS.release(1)) {
            Ok(permit) => permit.disarm(),
            Err(never) => match never {},
        };
    });
    rows.finish()
}
