//! The mutex that lends priorities.

use core::time::Duration;

use firmware_freertos::kernel::{self, Handle};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::error::TimedOut;
use selvedge_port_freertos::{InheritingMutex, Mutex};

static MUTEX: InheritingMutex<u32> = InheritingMutex::new(0);
static STEP: AtomicU32 = AtomicU32::new(0);

/// Holds it until it is told to go on.
fn holds() {
    loop {
        kernel::take();
        let mut value = MUTEX.lock();
        *value += 1;
        kernel::take();
        *value += 1;
    }
}

/// Wants it, patiently or not.
fn wants() {
    loop {
        kernel::take();
        if STEP.load(Ordering::Relaxed) == 0 {
            let value = MUTEX.lock();
            assert_eq!(*value % 2, 0, "it was held");
        } else {
            let value = MUTEX.lock_timeout(Duration::from_millis(3));
            assert_eq!(value.err(), Some(TimedOut));
        }
        STEP.fetch_add(10, Ordering::Relaxed);
    }
}

fn tasks() -> [Handle; 2] {
    static TASKS: Mutex<Option<[Handle; 2]>> = Mutex::new(None);
    *TASKS
        .lock()
        .get_or_insert_with(|| [kernel::create(6, holds, 3), kernel::create(7, wants, 5)])
}

pub(crate) fn inherits() {
    let [holder, wanter] = tasks();
    for _ in 0..100 {
        STEP.store(0, Ordering::Relaxed);
        kernel::give(holder);
        assert_eq!(kernel::priority(holder), 3);
        kernel::give(wanter);
        assert_eq!(STEP.load(Ordering::Relaxed), 0, "both had it");
        assert_eq!(kernel::priority(holder), 5, "it did not inherit");
        kernel::give(holder);
        assert_eq!(
            kernel::priority(holder),
            3,
            "it did not give back what it inherited"
        );
        assert_eq!(
            STEP.load(Ordering::Relaxed),
            10,
            "the more urgent one did not get it"
        );
    }
}

pub(crate) fn forms() {
    let [holder, wanter] = tasks();
    assert!(MUTEX.try_lock().is_some());
    kernel::give(holder);
    assert!(MUTEX.try_lock().is_none());
    assert_eq!(
        MUTEX.lock_timeout(Duration::from_millis(2)).err(),
        Some(TimedOut)
    );
    assert_eq!(MUTEX.lock_timeout(Duration::ZERO).err(), Some(TimedOut));
    // Who gives up takes its priority back.
    STEP.store(1, Ordering::Relaxed);
    kernel::give(wanter);
    assert_eq!(kernel::priority(holder), 5, "it did not inherit");
    while STEP.load(Ordering::Relaxed) == 1 {
        kernel::nap();
    }
    assert_eq!(kernel::priority(holder), 3, "it kept what it inherited");
    kernel::give(holder);
    assert_eq!(*MUTEX.lock(), 202);
}
