//! Locks that lend their holder the priority of those who wait: of threads, and of processes.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::synchronize::{PriorityLock, Region};
use selvedge::multiprocessing::{Process, spawn};
use selvedge::threading;
use selvedge::threading::PriorityLockError;
use subprocess_support::{alone, ms};

const LONG: Duration = Duration::from_secs(100);

/// The forms of the one for threads, and mutual exclusion.
#[test]
fn of_threads() {
    static LOCK: threading::PriorityLock = threading::PriorityLock::new();
    let _alone = alone();
    let guard = LOCK.acquire().unwrap();
    assert!(matches!(LOCK.acquire(), Err(PriorityLockError::Own)));
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(LOCK.try_acquire().is_none() && LOCK.is_locked());
            let start = Instant::now();
            let late = LOCK.acquire_timeout(ms(5));
            assert!(matches!(late, Err(PriorityLockError::TimedOut)));
            assert!(start.elapsed() >= ms(5));
            let late = LOCK.acquire_deadline(start);
            assert!(matches!(late, Err(PriorityLockError::TimedOut)));
        });
    });
    drop(guard);
    let count = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    let _guard = LOCK.acquire_timeout(LONG).unwrap();
                    let n = count.load(Ordering::Relaxed);
                    std::hint::spin_loop();
                    count.store(n + 1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(count.into_inner(), 8_000);
    assert!(!LOCK.is_locked());
}

/// Asks until there is an answer.
fn patiently<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        thread::yield_now();
    }
}

/// A thread of a living process that ends with it.
#[test]
fn threads_that_end_with_a_shared_one() {
    let _alone = alone();
    let lock = PriorityLock::new().unwrap();
    for round in 0..4 {
        thread::scope(|scope| {
            scope.spawn(|| std::mem::forget(lock.acquire().unwrap()));
        });
        let acquired = match round % 2 {
            0 => lock.acquire(),
            _ => patiently(|| lock.try_acquire()),
        };
        let Err(PriorityLockError::OwnerDied(guard)) = acquired else {
            panic!("it ended with it");
        };
        assert!(lock.try_acquire().is_none());
        drop(guard);
        drop(lock.try_acquire().unwrap().unwrap());
    }
}

/// A thread that ends with it: the next one is told, whether it waited or not.
#[test]
fn threads_that_end() {
    let _alone = alone();
    let lock = threading::PriorityLock::new();
    for (waits, tries) in [(false, false), (true, false), (false, true), (true, true)] {
        let held = AtomicBool::new(false);
        thread::scope(|scope| {
            let ends = scope.spawn(|| {
                std::mem::forget(lock.acquire().unwrap());
                held.store(true, Ordering::SeqCst);
                thread::sleep(ms(if waits { 20 } else { 0 }));
            });
            while !held.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            if !waits {
                ends.join().unwrap();
            }
            if waits && tries {
                // It gives up, or is told.
                let late = lock.acquire_timeout(ms(1));
                if let Err(PriorityLockError::OwnerDied(_)) = late {
                    return;
                }
                assert!(matches!(late, Err(PriorityLockError::TimedOut)));
            }
            let acquired = match tries {
                true => patiently(|| lock.try_acquire()),
                false => lock.acquire(),
            };
            let Err(PriorityLockError::OwnerDied(guard)) = acquired else {
                panic!("it ended with it");
            };
            drop(guard);
            drop(lock.acquire().unwrap());
        });
    }
}

fn hold((lock, ready): (PriorityLock, Sender)) {
    let _guard = lock.acquire().unwrap();
    ready.send(&()).unwrap();
    thread::sleep(LONG);
}

fn holder(lock: &PriorityLock) -> Process {
    let (ready, sender) = one_way().unwrap();
    let child = spawn(hold, (lock.clone(), sender)).unwrap();
    ready.recv::<()>().unwrap();
    child
}

/// A process that is killed with it: one of those who wait is told; or who comes later.
#[test]
fn processes_that_are_killed() {
    let _alone = alone();
    let lock = PriorityLock::new().unwrap();
    for round in 0..6 {
        let child = holder(&lock);
        assert!(lock.try_acquire().is_none());
        let late = lock.acquire_timeout(ms(2));
        assert!(matches!(late, Err(PriorityLockError::TimedOut)));
        let told = thread::scope(|scope| {
            let waits: Vec<_> = (0..round % 3)
                .map(|_| scope.spawn(|| lock.acquire().is_err()))
                .collect();
            thread::sleep(ms(5));
            child.kill().unwrap();
            assert!(child.join().is_err());
            waits
                .into_iter()
                .filter_map(|it| it.join().unwrap().then_some(()))
                .count()
        });
        // Who never waits learns of it as well, though one that gave up has left a trace in the word.
        let later = if round < 3 {
            lock.acquire()
        } else {
            patiently(|| lock.try_acquire())
        };
        assert_eq!(told + usize::from(later.is_err()), 1, "round {round}");
        drop(later);
        drop(lock.acquire().unwrap());
        drop(lock.try_acquire().unwrap().unwrap());
    }
}

/// One at a time, in several processes and threads; also in a region.
#[test]
fn exclusion() {
    fn count((lock, memory): (PriorityLock, SharedMemory)) {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let counter = memory.atomic::<AtomicU64>(0).unwrap();
                    for _ in 0..1_000 {
                        let _guard = lock.acquire().unwrap();
                        let n = counter.load(Ordering::Relaxed);
                        std::hint::spin_loop();
                        counter.store(n + 1, Ordering::Relaxed);
                    }
                });
            }
        });
    }
    let _alone = alone();
    let memory = SharedMemory::anonymous(64 + Region::HEAD + PriorityLock::SPACE).unwrap();
    let region = Region::new(&memory, 64, memory.size() - 64).unwrap();
    let lock = PriorityLock::placed(&region, Region::HEAD).unwrap();
    let call = || (lock.clone(), memory.try_clone().unwrap());
    let children = [(); 2].map(|()| spawn(count, call()).unwrap());
    count(call());
    for child in children {
        child.join().unwrap();
    }
    assert_eq!(memory.get::<u64>(0).unwrap(), 6_000);
    assert!(matches!(
        (lock.acquire(), lock.acquire()),
        (Ok(_), Err(PriorityLockError::Own))
    ));
}
