//! The raw locks under `lock_api` 0.5: what generic code of the ecosystem gets.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use lock_api::{
    ArcMutexGuard, MappedMutexGuard, MappedReentrantMutexGuard, MappedRwLockReadGuard,
    MappedRwLockWriteGuard, MutexGuard, ReentrantMutexGuard, RwLockReadGuard, RwLockWriteGuard,
};
use selvedge::port::{Native, Parking};
use selvedge_conformance::host::Watchdog;
use selvedge_core::port::{Identity, TimedPort};
use selvedge_core::raw::{PortThreadId, RawCondition, RawLock, RawRwLock};

type Mutex<P, T> = lock_api::Mutex<RawLock<P>, T>;
type RwLock<P, T> = lock_api::RwLock<RawRwLock<P>, T>;
type Reentrant<P, T> = lock_api::ReentrantMutex<RawLock<P>, PortThreadId<P>, T>;
type Condvar<P> = lock_api::Condvar<RawCondition<P>>;

static IN_A_STATIC: Mutex<Native, u32> = Mutex::new(1);
static SHARED_IN_A_STATIC: RwLock<Native, u32> = RwLock::new(1);

const MOMENT: Duration = Duration::from_millis(20);

/// Runs each generic test on both ports, under a watchdog.
macro_rules! on_both {
    ($($test:ident)*) => {$(
        mod $test {
            #[test]
            fn native() {
                let _watchdog = super::Watchdog::new(stringify!($test));
                super::$test::<super::Native>();
            }
            #[test]
            fn parking() {
                let _watchdog = super::Watchdog::new(stringify!($test));
                super::$test::<super::Parking>();
            }
        }
    )*};
}

on_both! { counts mapped arc_guard timed fair shared timed_shared reentrant condvar condvar_timed }

#[test]
fn statics() {
    *IN_A_STATIC.lock() += 1;
    *SHARED_IN_A_STATIC.write() += 1;
    assert_eq!(*IN_A_STATIC.lock() + *SHARED_IN_A_STATIC.read(), 4);
}

fn counts<P: TimedPort>() {
    let mutex = Mutex::<P, u32>::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5_000 {
                    *mutex.lock() += 1;
                }
            });
        }
    });
    assert!(!mutex.is_locked());
    assert_eq!(mutex.into_inner(), 20_000);
}

fn mapped<P: TimedPort>() {
    let mutex = Mutex::<P, (u32, u32)>::new((1, 2));
    let mut part: MappedMutexGuard<'_, _, u32> = MutexGuard::map(mutex.lock(), |pair| &mut pair.1);
    *part = 5;
    assert!(mutex.try_lock().is_none());
    drop(part);
    assert_eq!(*mutex.lock(), (1, 5));

    let lock = RwLock::<P, (u32, u32)>::new((1, 2));
    let part: MappedRwLockReadGuard<'_, _, u32> = RwLockReadGuard::map(lock.read(), |pair| &pair.0);
    assert_eq!(*part, 1);
    assert!(lock.try_write().is_none());
    drop(part);
    let mut part: MappedRwLockWriteGuard<'_, _, u32> =
        RwLockWriteGuard::map(lock.write(), |pair| &mut pair.0);
    *part = 7;
    drop(part);
    assert_eq!(*lock.read(), (7, 2));
}

/// Guards that own their lock, and go to another thread with it.
fn arc_guard<P: TimedPort>() {
    let mutex = Arc::new(Mutex::<P, u32>::new(0));
    let mut guard: ArcMutexGuard<_, u32> = Mutex::lock_arc(&mutex);
    *guard = 1;
    thread::spawn(move || *guard += 1).join().unwrap();
    assert_eq!(*mutex.lock(), 2);
}

fn timed<P: TimedPort<Instant = Instant>>() {
    let mutex = Mutex::<P, u32>::new(0);
    assert!(mutex.try_lock_for(Duration::ZERO).is_some());
    assert!(mutex.try_lock_for(Duration::MAX).is_some());
    let guard = mutex.lock();
    let start = Instant::now();
    assert!(mutex.try_lock_for(MOMENT).is_none());
    assert!(start.elapsed() >= MOMENT);
    assert!(mutex.try_lock_until(start).is_none());
    drop(guard);
    assert!(mutex.try_lock_until(start).is_some());
}

fn fair<P: TimedPort>() {
    let mutex = Mutex::<P, u32>::new(0);
    MutexGuard::unlock_fair(mutex.lock());
    assert!(!mutex.is_locked());
    let mut guard = mutex.lock();
    MutexGuard::bump(&mut guard);
    *guard = 1;
    drop(guard);
    assert_eq!(mutex.into_inner(), 1);
}

fn shared<P: TimedPort>() {
    let lock = RwLock::<P, u32>::new(0);
    let (one, two) = (lock.read(), lock.read());
    assert!(lock.is_locked() && !lock.is_locked_exclusive());
    assert!(lock.try_write().is_none());
    drop((one, two));
    let mut writer = lock.write();
    *writer = 1;
    assert!(lock.is_locked_exclusive());
    let reader = RwLockWriteGuard::downgrade(writer);
    assert_eq!(*reader, 1);
    assert!(lock.try_read().is_some());
    drop(reader);
    assert!(lock.try_write().is_some());
}

fn timed_shared<P: TimedPort<Instant = Instant>>() {
    let lock = RwLock::<P, u32>::new(0);
    let reader = lock.read();
    let start = Instant::now();
    assert!(lock.try_write_for(MOMENT).is_none());
    assert!(start.elapsed() >= MOMENT);
    assert!(lock.try_read_for(Duration::MAX).is_some());
    assert!(lock.try_write_until(start).is_none());
    drop(reader);
    let writer = lock.try_write_until(start);
    assert!(writer.is_some());
    assert!(lock.try_read_for(MOMENT).is_none());
    assert!(lock.try_read_until(start).is_none());
}

fn reentrant<P: TimedPort + Identity>() {
    let mutex = Reentrant::<P, (u32, u32)>::new((1, 2));
    let outer = mutex.lock();
    let inner = mutex.lock();
    let part: MappedReentrantMutexGuard<'_, _, _, u32> =
        ReentrantMutexGuard::map(inner, |pair| &pair.1);
    assert!(mutex.is_owned_by_current_thread());
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(mutex.try_lock().is_none());
            assert!(!mutex.is_owned_by_current_thread());
        });
    });
    assert_eq!(outer.0 + *part, 3);
    drop(outer);
    assert!(mutex.is_locked());
    drop(part);
    assert!(!mutex.is_locked());
}

fn condvar<P: TimedPort>() {
    let (mutex, condvar) = (Mutex::<P, u32>::new(0), Condvar::<P>::new());
    assert!(!condvar.notify_one());
    assert_eq!(condvar.notify_all(), 0);
    thread::scope(|scope| {
        for parity in [0, 1] {
            let (mutex, condvar) = (&mutex, &condvar);
            scope.spawn(move || {
                for _ in 0..500 {
                    let mut n = mutex.lock();
                    condvar.wait_while(&mut n, |n| *n % 2 != parity);
                    *n += 1;
                    condvar.notify_one();
                }
            });
        }
    });
    assert_eq!(mutex.into_inner(), 1_000);
}

fn condvar_timed<P: TimedPort<Instant = Instant>>() {
    let (mutex, condvar) = (Mutex::<P, u32>::new(0), Condvar::<P>::new());
    let mut guard = mutex.lock();
    let start = Instant::now();
    assert!(condvar.wait_for(&mut guard, MOMENT).timed_out());
    assert!(start.elapsed() >= MOMENT);
    assert!(condvar.wait_until(&mut guard, start).timed_out());
    drop(guard);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = mutex.lock();
            while *n == 0 {
                assert!(!condvar.wait_for(&mut n, Duration::MAX).timed_out());
            }
        });
        scope.spawn(|| {
            *mutex.lock() = 1;
            while mutex.try_lock().is_none() {
                thread::yield_now();
            }
            condvar.notify_all();
        });
    });
}
