//! How large things are, and that they can be made in constants: both are promised, and both matter on a microcontroller.

use core::mem::{align_of, size_of};

use selvedge_core::port::{Port, Spin};
use selvedge_core::raw::{
    RawBarrier, RawCondition, RawEvent, RawLock, RawRLock, RawRwLock, RawSemaphore,
};
use selvedge_core::{
    Barrier, BoundedSemaphore, Condition, Condvar, Event, Lock, LockGuard, Mutex, MutexGuard,
    NoAction, Permit, RLock, RLockGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore,
};

static LOCK: Lock<Spin> = Lock::new();
static MUTEX: Mutex<Spin, [u8; 3]> = Mutex::new([1, 2, 3]);
static RLOCK: RLock<Spin, u8> = RLock::new(1);
static RWLOCK: RwLock<Spin, u8> = RwLock::new(1);
static CONDVAR: Condvar<Spin> = Condvar::new();
static CONDITION: Condition<Mutex<Spin, u8>> = Condition::new(Mutex::new(1));
static SEMAPHORE: Semaphore<Spin> = Semaphore::new(2);
static BOUNDED: BoundedSemaphore<Spin> = BoundedSemaphore::new(2);
static EVENT: Event<Spin> = Event::new();
static BARRIER: Barrier<Spin> = Barrier::new(1);
static WITH_ACTION: Barrier<Spin, fn()> = Barrier::with_action(1, || {});

#[test]
fn statics_work() {
    assert!(LOCK.try_acquire().is_some());
    assert_eq!(*MUTEX.lock(), [1, 2, 3]);
    assert!(!RLOCK.locked());
    assert_eq!(*RWLOCK.read(), 1);
    assert_eq!(CONDVAR.notify_all(), 0);
    assert_eq!(**CONDITION.acquire(), 1);
    assert_eq!(SEMAPHORE.value() + BOUNDED.value(), 4);
    EVENT.set();
    EVENT.wait();
    assert_eq!(BARRIER.wait(), Ok(0));
    assert_eq!(WITH_ACTION.wait(), Ok(0));
}

/// Size and alignment.
fn shape<T>() -> (usize, usize) {
    (size_of::<T>(), align_of::<T>())
}

const POINTER: usize = size_of::<usize>();

fn sizes_on<P: Port>() {
    assert_eq!(shape::<Lock<P>>(), (4, 4));
    assert_eq!(shape::<Mutex<P, ()>>(), (4, 4));
    assert_eq!(shape::<Mutex<P, u32>>(), (8, 4));
    assert_eq!(shape::<Mutex<P, u8>>(), (8, 4));
    assert_eq!(shape::<Event<P>>(), (4, 4));
    assert_eq!(shape::<Condvar<P>>(), (4, 4));
    assert_eq!(shape::<Semaphore<P>>(), (8, 4));
    assert_eq!(shape::<BoundedSemaphore<P>>(), (12, 4));
    assert_eq!(shape::<Barrier<P>>(), (12, 4));
    assert_eq!(shape::<Barrier<P, NoAction>>(), (12, 4));
    assert_eq!(shape::<RwLock<P, ()>>(), (12, 4));
    assert_eq!(shape::<RwLock<P, u32>>(), (16, 4));
    // A lock, a level and an owner.
    assert_eq!(shape::<RLock<P>>(), (8 + POINTER, POINTER));
    assert_eq!(shape::<Condition<Mutex<P, ()>>>(), (8, 4));
    assert_eq!(shape::<Condition<Lock<P>>>(), (8, 4));

    assert_eq!(shape::<RawLock<P>>(), shape::<Lock<P>>());
    assert_eq!(shape::<RawEvent<P>>(), shape::<Event<P>>());
    assert_eq!(shape::<RawCondition<P>>(), shape::<Condvar<P>>());
    assert_eq!(shape::<RawSemaphore<P>>(), shape::<Semaphore<P>>());
    assert_eq!(shape::<RawBarrier<P>>(), shape::<Barrier<P>>());
    assert_eq!(shape::<RawRwLock<P>>(), shape::<RwLock<P, ()>>());
    assert_eq!(shape::<RawRLock<P>>(), shape::<RLock<P>>());

    // Guards are pointers, and options of them cost nothing.
    assert_eq!(size_of::<Option<LockGuard<'_, P>>>(), POINTER);
    assert_eq!(size_of::<Option<MutexGuard<'_, P, u64>>>(), POINTER);
    assert_eq!(size_of::<Option<RwLockReadGuard<'_, P, u64>>>(), POINTER);
    assert_eq!(size_of::<Option<RwLockWriteGuard<'_, P, u64>>>(), POINTER);
    assert_eq!(size_of::<Option<Permit<'_, P>>>(), POINTER);
}

#[test]
fn sizes() {
    sizes_on::<Spin>();
    sizes_on::<selvedge::port::Native>();
    sizes_on::<selvedge::port::Parking>();
    assert_eq!(
        size_of::<Option<RLockGuard<'_, selvedge::port::Native, u64>>>(),
        POINTER
    );
}

#[test]
fn results_are_small() {
    use selvedge_core::error::{BarrierError, NotHeld, TimedOut, WouldBlock};
    type Guard<'a> = MutexGuard<'a, Spin, u64>;
    assert_eq!(size_of::<Result<Guard<'_>, TimedOut>>(), POINTER);
    assert_eq!(size_of::<Result<(), NotHeld>>(), 1);
    assert_eq!(size_of::<Result<(), WouldBlock>>(), 1);
    assert_eq!(size_of::<Result<u32, BarrierError>>(), 8);
}

/// A future has its place in the list of waiters inside, and no more than that. On 64 bits; others are smaller.
#[test]
fn futures_are_bounded() {
    let lock = Lock::<Spin>::new();
    let semaphore = Semaphore::<Spin>::new(1);
    let event = Event::<Spin>::new();
    for size in [
        size_of_val(&lock.acquire_async()),
        size_of_val(&semaphore.acquire_async()),
        size_of_val(&event.wait_async()),
    ] {
        assert!(size <= 192, "{size}");
    }
}
