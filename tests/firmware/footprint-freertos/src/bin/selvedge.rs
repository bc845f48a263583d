//! With this library.
#![no_std]
#![no_main]

use core::ffi::c_void;
use core::hint::black_box;

use cortex_m as _;
use cortex_m_rt::entry;
use footprint::Rows;
use footprint_freertos::start;
use selvedge_core::queue::FifoQueue;
use selvedge_port_freertos::{Event, FreeRtos, Mutex, Semaphore};

static NUMBER: Mutex<u32> = Mutex::new(0);
static READY: Event = Event::new();
static WORDS: FifoQueue<FreeRtos, u32, 4> = FifoQueue::new();
static PERMITS: Semaphore = Semaphore::new(0);
/// Those that somebody waits for.
static READY_FOR: Event = Event::new();
static WORDS_FOR: FifoQueue<FreeRtos, u32, 4> = FifoQueue::new();
static PERMITS_FOR: Semaphore = Semaphore::new(0);

extern "C" fn waits_for_event(_: *mut c_void) -> ! {
    loop {
        READY_FOR.wait();
        READY_FOR.clear();
    }
}

extern "C" fn waits_for_word(_: *mut c_void) -> ! {
    loop {
        assert!(WORDS_FOR.get().is_ok());
    }
}

extern "C" fn waits_for_permit(_: *mut c_void) -> ! {
    loop {
        PERMITS_FOR.acquire().keep();
    }
}

extern "C" fn measures(_: *mut c_void) -> ! {
    let mut rows = Rows::start();
    let number = size_of_val(&NUMBER);
    rows.row("lock", number, 0, || {
        *black_box(&NUMBER).lock() += 1;
    });
    let held = NUMBER.lock();
    rows.row("lock-held", number, 0, || {
        assert!(black_box(&NUMBER).try_lock().is_none());
    });
    drop(held);
    let ready = size_of_val(&READY);
    rows.row("event", ready, 0, || {
        black_box(&READY).set();
        black_box(&READY).clear();
    });
    rows.row("event-one-waiter", ready, 0, || READY_FOR.set());
    let words = size_of_val(&WORDS);
    rows.row("queue", words, 0, || {
        assert!(black_box(&WORDS).try_put(7).is_ok());
        assert!(black_box(&WORDS).try_get().is_ok());
    });
    rows.row("queue-one-waiter", words, 0, || {
        assert!(WORDS_FOR.try_put(7).is_ok());
    });
    let permits = size_of_val(&PERMITS);
    rows.row("semaphore", permits, 0, || {
        black_box(&PERMITS).release(1);
        black_box(&PERMITS).acquire().keep();
    });
    rows.row("semaphore-one-waiter", permits, 0, || {
        PERMITS_FOR.release(1)
    });
    rows.finish()
}

#[entry]
fn main() -> ! {
    start(
        measures,
        [waits_for_event, waits_for_word, waits_for_permit],
    )
}
