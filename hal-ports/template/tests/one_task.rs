//! The stub's system has one task; so has this test. Every alias in a `static`, every time limit by the stub's own clock.

use core::time::Duration;

use selvedge_core::error::TimedOut;
use selvedge_core::port::Clock;
use selvedge_port_template::{
    Barrier, BoundedSemaphore, Condvar, Event, Lock, Mutex, RLock, RwLock, Semaphore, Template,
};

static LOCK: Lock = Lock::new();
static MUTEX: Mutex<u32> = Mutex::new(1);
static RLOCK: RLock = RLock::new(());
static RWLOCK: RwLock<u32> = RwLock::new(1);
static CONDVAR: Condvar = Condvar::new();
static SEMAPHORE: Semaphore = Semaphore::new(1);
static BOUNDED: BoundedSemaphore = BoundedSemaphore::new(1);
static EVENT: Event = Event::new();
static BARRIER: Barrier = Barrier::new(1);

const SPAN: Duration = Duration::from_millis(2);

/// Runs `wait`, which must end by running out of time, and not before.
fn runs_out<T: core::fmt::Debug>(wait: impl FnOnce() -> Result<T, TimedOut>) {
    let start = Template::now();
    assert_eq!(wait().err(), Some(TimedOut));
    assert!(Template::until(start, Template::now()) >= SPAN);
}

// One test, because tests run in threads of their own, which would be tasks.
#[test]
fn every_alias_works_for_one_task() {
    {
        let _held = LOCK.acquire();
        assert!(LOCK.try_acquire().is_none());
        runs_out(|| LOCK.acquire_timeout(SPAN).map(drop));
    }
    assert!(!LOCK.locked());

    {
        let mut value = MUTEX.lock();
        *value += 1;
        runs_out(|| CONDVAR.wait_timeout(&mut value, SPAN));
        assert_eq!(*value, 2);
    }
    assert_eq!(MUTEX.try_lock().map(|value| *value), Some(2));

    {
        let _outer = RLOCK.acquire();
        let _inner = RLOCK.acquire();
        assert_eq!(RLOCK.level(), 2);
    }
    assert_eq!(RLOCK.level(), 0);

    {
        let one = RWLOCK.read();
        let two = RWLOCK.read();
        assert_eq!(*one + *two, 2);
        runs_out(|| RWLOCK.write_timeout(SPAN).map(drop));
    }
    *RWLOCK.write() = 2;

    {
        let _permit = SEMAPHORE.acquire();
        runs_out(|| SEMAPHORE.acquire_timeout(SPAN).map(drop));
        let _permit = BOUNDED.acquire();
        runs_out(|| BOUNDED.acquire_timeout(SPAN).map(drop));
    }
    assert_eq!(SEMAPHORE.value(), 1);

    runs_out(|| EVENT.wait_timeout(SPAN));
    EVENT.set();
    EVENT.wait();

    assert_eq!(BARRIER.wait(), Ok(0));
}
