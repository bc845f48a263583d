//! `multiprocessing::synchronize` (rows M-97 to M-113): also when somebody is killed.
//!
//! # Safety
//!
//! One call of libc's with a number and a reference to a struct of another.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "a thread that is to run as late as can be")]

mod subprocess_support;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::multiprocessing::connection::{Connection, Sender, one_way, pipe};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::synchronize::{
    AcquireTimeoutError, Barrier, BoundedSemaphore, Condition, Event, Lock, NotHeld, RLock,
    Semaphore, WaitError,
};
use selvedge::multiprocessing::{Process, spawn};
use subprocess_support::{alone, eventually, ms};

const LONG: Duration = Duration::from_secs(100);

fn hold((lock, ready): (Lock, Sender)) {
    let _guard = lock.acquire().unwrap();
    ready.send(&()).unwrap();
    thread::sleep(LONG);
}

fn holder(lock: &Lock) -> Process {
    let (ready, sender) = one_way().unwrap();
    let child = spawn(hold, (lock.clone(), sender)).unwrap();
    ready.recv::<()>().unwrap();
    child
}

/// Rows M-97, M-98, M-103: one at a time, all forms, any of them may release.
#[test]
fn m97_forms() {
    let _alone = alone();
    let lock = Lock::new().unwrap();
    assert_eq!(lock.release(), Err(NotHeld));
    let guard = lock.acquire().unwrap();
    assert!(lock.is_locked());
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(lock.try_acquire().is_none());
            let start = Instant::now();
            assert!(matches!(
                lock.acquire_timeout(ms(5)),
                Err(AcquireTimeoutError::TimedOut)
            ));
            assert!(start.elapsed() >= ms(5));
            assert!(matches!(
                lock.acquire_deadline(start),
                Err(AcquireTimeoutError::TimedOut)
            ));
        });
    });
    drop(guard);
    assert!(!lock.is_locked());
    std::mem::forget(lock.try_acquire().unwrap().unwrap());
    let child = spawn(|lock: Lock| lock.release().is_ok(), lock.clone()).unwrap();
    assert!(child.join().unwrap());
    drop(lock.acquire_timeout(Duration::MAX).unwrap());
}

/// Processes and threads, in two steps each: none is lost.
#[test]
fn exclusion() {
    fn count((lock, memory, rounds): (Lock, SharedMemory, u32)) {
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let counter = memory.atomic::<AtomicU64>(0).unwrap();
                    for _ in 0..rounds {
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
    let lock = Lock::new().unwrap();
    let memory = SharedMemory::anonymous(8).unwrap();
    let call = || (lock.clone(), memory.try_clone().unwrap(), 5_000);
    let children = [0; 3].map(|_| spawn(count, call()).unwrap());
    count(call());
    for child in children {
        child.join().unwrap();
    }
    assert_eq!(memory.get::<u64>(0).unwrap(), 4 * 2 * 5_000);
}

/// Row M-105: a holder is killed; who comes later is told, once, and so is who waits already.
#[test]
fn m105_the_holder_is_killed() {
    let _alone = alone();
    let lock = Lock::new().unwrap();
    let child = holder(&lock);
    assert!(lock.is_locked() && lock.try_acquire().is_none());
    child.kill().unwrap();
    assert!(child.join().is_err());
    let died = lock.try_acquire().unwrap().unwrap_err();
    assert!(lock.is_locked());
    drop(died.into_guard());
    drop(lock.acquire().unwrap());
    for _ in 0..5 {
        let child = holder(&lock);
        thread::scope(|scope| {
            let told: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| lock.acquire().is_err()))
                .collect();
            thread::sleep(ms(5));
            child.kill().unwrap();
            let told = told
                .into_iter()
                .filter_map(|it| it.join().unwrap().then_some(()));
            assert_eq!(told.count(), 1);
        });
        assert!(child.join().is_err());
        drop(lock.acquire().unwrap());
    }
}

/// Who is killed while it waits, with or without the wake-up in its hands, keeps nobody from the lock.
#[test]
fn waiters_are_killed() {
    fn churn((lock, ready): (Lock, Sender)) {
        ready.send(&()).unwrap();
        loop {
            drop(lock.acquire());
        }
    }
    let _alone = alone();
    let lock = Lock::new().unwrap();
    for round in 0..15 {
        let (ready, sender) = one_way().unwrap();
        let children = [0, 1, 2].map(|_| {
            let child: Process = spawn(churn, (lock.clone(), clone(&sender))).unwrap();
            ready.recv::<()>().unwrap();
            child
        });
        let mut taken = 0;
        for (n, child) in children.iter().enumerate() {
            for _ in 0..20 * (n + round % 3) {
                drop(lock.acquire());
                taken += 1;
            }
            child.kill().unwrap();
        }
        for child in &children {
            assert!(child.join().is_err());
        }
        // The last who died may have held it.
        drop(lock.acquire());
        drop(lock.acquire().unwrap());
        assert!(round % 3 == 0 || taken > 0);
    }
}

/// The rest of a process that was killed asleep may stand in the kernel's queues when others have seen its end already: a wake-up that comes to it is nobody's.
#[test]
fn the_dead_take_no_wake_ups() {
    /// Waits, with another lock, by which its end is seen. It is slow to die.
    fn first((lock, other, ready): (Lock, Lock, Sender)) {
        let param = libc::sched_param { sched_priority: 0 };
        // SAFETY: the calling thread, and a struct that lives.
        unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const param) };
        let _held = other.acquire();
        ready.send(&()).unwrap();
        drop(lock.acquire());
    }
    fn second((lock, ready): (Lock, Sender)) {
        ready.send(&()).unwrap();
        drop(lock.acquire());
    }
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let _alone = alone();
    let processors = thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..10 {
        let (lock, other) = (Lock::new().unwrap(), Lock::new().unwrap());
        let guard = lock.acquire().unwrap();
        let (ready, sender) = one_way().unwrap();
        let call = (lock.clone(), other.clone(), clone(&sender));
        let first = spawn(first, call).unwrap();
        ready.recv::<()>().unwrap();
        falls_asleep(&first);
        let second = spawn(second, (lock.clone(), sender)).unwrap();
        ready.recv::<()>().unwrap();
        falls_asleep(&second);
        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let stops = Stop(&stop);
            for _ in 0..processors {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            first.kill().unwrap();
            while other.try_acquire().is_none() {
                std::hint::spin_loop();
            }
            drop(guard);
            second.join().unwrap();
            drop(stops);
        });
        assert!(first.join().is_err());
    }
}

/// Waits until a process sleeps, as it does when it waits for something else, too: no more than likely.
fn falls_asleep(process: &Process) {
    let stat = format!("/proc/{}/stat", process.pid().unwrap());
    let sleeps = || {
        let stat = std::fs::read_to_string(&stat).unwrap();
        stat.rsplit(')').next().unwrap().trim().starts_with('S')
    };
    eventually(sleeps);
    thread::sleep(ms(2));
    eventually(sleeps);
}

fn clone(sender: &Sender) -> Sender {
    let (one, other) = pipe().unwrap();
    one.send(sender).unwrap();
    other.recv().unwrap()
}

/// Row M-109: an event is seen by all, also if it is cleared at once; who dies waiting disturbs nobody.
#[test]
fn m109_events() {
    fn wait((event, there): (Event, Connection)) {
        there.send(&event.is_set()).unwrap();
        event.wait();
        there.send(&true).unwrap();
    }
    let _alone = alone();
    let event = Event::new().unwrap();
    assert!(event.wait_timeout(ms(3)).is_err());
    assert!(event.wait_deadline(Instant::now()).is_err());
    let waiting = |n: usize| -> Vec<_> {
        (0..n)
            .map(|_| {
                let (here, there) = pipe().unwrap();
                let child = spawn(wait, (event.clone(), there)).unwrap();
                assert!(!here.recv::<bool>().unwrap());
                (here, child)
            })
            .collect()
    };
    let children = waiting(3);
    thread::sleep(ms(20));
    children[0].1.kill().unwrap();
    assert!(children[0].1.join().is_err());
    event.set();
    event.clear();
    let mut freed = 0;
    for (here, child) in &children[1..] {
        // One that had not begun to wait by then has missed it.
        if here.recv_timeout::<bool>(ms(2_000)).is_ok() {
            freed += 1;
        } else {
            event.set();
            here.recv::<bool>().unwrap();
            event.clear();
        }
        child.join().unwrap();
    }
    println!("{freed} of 2 were waiting");
    event.set();
    event.set();
    event.wait();
    event.wait_timeout(Duration::MAX).unwrap();
    let after = spawn(|event: Event| event.is_set(), event.clone()).unwrap();
    assert!(after.join().unwrap());
}

/// Many objects cost no descriptors, and go again.
#[test]
fn many_objects() {
    let _alone = alone();
    let before = subprocess_support::open_fds().len();
    let locks: Vec<_> = (0..500).map(|_| Lock::new().unwrap()).collect();
    assert!(subprocess_support::open_fds().len() <= before + 2);
    let guards: Vec<_> = locks.iter().map(|lock| lock.acquire().unwrap()).collect();
    assert!(locks.iter().all(Lock::is_locked));
    drop(guards);
    drop(locks);
    let again: Vec<_> = (0..500).map(|_| Lock::new().unwrap()).collect();
    assert!(again.iter().all(|lock| !lock.is_locked()));
    drop(again);
    eventually(|| subprocess_support::open_fds().len() <= before);
}

/// Row M-99.
#[test]
fn m99_rlock() {
    let _alone = alone();
    let lock = RLock::new().unwrap();
    let guards = [0; 3].map(|_| lock.acquire().unwrap());
    thread::scope(|scope| {
        scope.spawn(|| {
            assert!(!lock.is_mine() && lock.try_acquire().is_none());
            assert!(lock.acquire_timeout(ms(2)).is_err());
        });
    });
    let child = spawn(|lock: RLock| lock.try_acquire().is_none(), lock.clone()).unwrap();
    assert!(child.join().unwrap());
    drop(guards);
    let child = spawn(
        |lock: RLock| {
            let outer = lock.acquire().unwrap();
            std::mem::forget(lock.acquire().unwrap());
            drop(outer);
        },
        lock.clone(),
    )
    .unwrap();
    child.join().unwrap();
    let died = lock.acquire().unwrap_err();
    assert!(lock.is_mine());
    drop(died.into_guard());
    assert!(!lock.is_mine());
    drop(lock.acquire_timeout(Duration::MAX).unwrap());
}

/// Rows M-100 to M-102.
#[test]
fn m100_semaphores() {
    let _alone = alone();
    let seats = Semaphore::new(2).unwrap();
    let (one, other) = (seats.acquire(), seats.try_acquire().unwrap());
    assert!(seats.try_acquire().is_none());
    let start = Instant::now();
    assert!(seats.acquire_timeout(ms(4)).is_err());
    assert!(start.elapsed() >= ms(4));
    assert!(seats.acquire_deadline(start).is_err());
    thread::scope(|scope| {
        scope.spawn(|| seats.acquire().keep());
        thread::sleep(ms(3));
        drop(one);
    });
    drop(other);
    assert_eq!(seats.value(), 1);
    seats.release(5).unwrap();
    assert_eq!(seats.value(), 6);
    assert!(seats.release(u32::MAX).is_err());
    assert!(seats.release(i32::MAX as u32).is_err());
    let bounded = BoundedSemaphore::new(1).unwrap();
    assert!(bounded.release(1).is_err());
    bounded.acquire().keep();
    bounded.release(1).unwrap();
    assert!(bounded.release(1).is_err());
    assert_eq!(bounded.value(), 1);
}

/// What the dead held comes back, exactly, whenever they die; also to who waits already.
#[test]
fn permits_come_back() {
    fn churn((seats, ready): (Semaphore, Sender)) {
        ready.send(&()).unwrap();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let one = seats.acquire();
                        let two = seats.try_acquire();
                        drop(one);
                        drop(two);
                    }
                });
            }
        });
    }
    let _alone = alone();
    let seats = Semaphore::new(3).unwrap();
    for round in 0..25_u64 {
        let (ready, sender) = one_way().unwrap();
        let children = [0, 1].map(|_| {
            let child: Process = spawn(churn, (seats.clone(), clone(&sender))).unwrap();
            ready.recv::<()>().unwrap();
            child
        });
        for child in &children {
            for _ in 0..round {
                drop(seats.acquire());
            }
            child.kill().unwrap();
        }
        for child in &children {
            assert!(child.join().is_err());
        }
        let all = [0; 3].map(|_| seats.acquire_timeout(LONG).unwrap());
        assert!(
            seats.try_acquire().is_none(),
            "round {round}: a permit too many"
        );
        drop(all);
        assert_eq!(seats.value(), 3, "round {round}");
    }
    let child = spawn(
        |seats: Semaphore| {
            seats.acquire().keep();
            seats.acquire().keep();
            seats.acquire().keep();
            thread::sleep(LONG);
        },
        seats.clone(),
    )
    .unwrap();
    eventually(|| seats.value() == 0);
    thread::scope(|scope| {
        let waiting = [0; 3].map(|_| scope.spawn(|| seats.acquire().keep()));
        thread::sleep(ms(5));
        child.kill().unwrap();
        for it in waiting {
            it.join().unwrap();
        }
    });
    assert_eq!(seats.value(), 0);
    assert!(child.join().is_err());
}

fn wait_for((condition, ready): (Condition, Sender)) -> bool {
    let guard = condition.acquire().unwrap();
    ready.send(&()).unwrap();
    condition.wait(guard).is_ok()
}

/// Rows M-106 to M-108: oldest first, exactly so many, and none for the dead.
#[test]
fn m108_conditions() {
    let _alone = alone();
    let condition = Condition::new().unwrap();
    let guard = condition.acquire().unwrap();
    assert!(!condition.notify_one(&guard));
    let start = Instant::now();
    let Err(WaitError::TimedOut(guard)) = condition.wait_timeout(guard, ms(3)) else {
        panic!("nobody notified");
    };
    assert!(start.elapsed() >= ms(3));
    drop(guard);
    let waiting = || {
        let (ready, sender) = one_way().unwrap();
        let child = spawn(wait_for, (condition.clone(), sender)).unwrap();
        ready.recv::<()>().unwrap();
        child
    };
    for round in 0..6 {
        let children = [waiting(), waiting(), waiting(), waiting()];
        // They wait, or hold the lock on the way there.
        drop(condition.acquire().unwrap());
        children[0].kill().unwrap();
        assert!(children[0].join().is_err());
        let guard = condition.acquire().unwrap();
        assert!(condition.notify_one(&guard));
        drop(guard);
        assert!(children[1].join().unwrap());
        thread::sleep(ms(round));
        assert!(children[2].is_alive() && children[3].is_alive());
        let guard = condition.acquire().unwrap();
        assert_eq!(condition.notify(&guard, 5), 2);
        assert_eq!(condition.notify(&guard, 5), 0);
        drop(guard);
        assert!(children[2].join().unwrap() && children[3].join().unwrap());
    }
}

/// A notification does not die with the one it was for.
#[test]
fn notifications_survive() {
    let _alone = alone();
    let condition = Condition::new().unwrap();
    for _ in 0..10 {
        let start = || {
            let (ready, sender) = one_way().unwrap();
            let child = spawn(wait_for, (condition.clone(), sender)).unwrap();
            ready.recv::<()>().unwrap();
            child
        };
        let (first, second) = (start(), start());
        // The first is stopped, so that it cannot go on when it is notified; then it is killed.
        let guard = condition.acquire().unwrap();
        signal(&first, "STOP");
        assert!(condition.notify_one(&guard));
        drop(guard);
        first.kill().unwrap();
        assert!(first.join().is_err());
        assert!(second.join().unwrap());
    }
}

fn signal(process: &Process<bool>, name: &str) {
    let pid = process.pid().unwrap();
    let sent = std::process::Command::new("sh")
        .arg("-c")
        .arg(format!("kill -{name} {pid}"))
        .status();
    assert!(sent.unwrap().success());
    eventually(|| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        name != "STOP"
            || stat
                .rsplit(')')
                .next()
                .is_some_and(|rest| rest.trim().starts_with('T'))
    });
}

/// Row M-110.
#[test]
fn m110_barriers() {
    fn meet((barrier, rounds): (Barrier, u32)) -> u32 {
        (0..rounds)
            .map(|_| u32::from(barrier.wait().unwrap() == 0))
            .sum()
    }
    let _alone = alone();
    let barrier = Barrier::new(3).unwrap();
    let children = [0; 2].map(|_| spawn(meet, (barrier.clone(), 300)).unwrap());
    let mut first = meet((barrier.clone(), 300));
    for child in children {
        first += child.join().unwrap();
    }
    assert_eq!(first, 300);
    // They have ended, as parties may not.
    assert!(barrier.wait().is_err());
    assert!(barrier.is_broken());
    barrier.reset();
    assert!(!barrier.is_broken());
    let start = Instant::now();
    assert!(barrier.wait_timeout(ms(3)).is_err());
    assert!(start.elapsed() >= ms(3) && barrier.is_broken());
    barrier.reset();
    thread::scope(|scope| {
        let waiting = [0; 2].map(|_| scope.spawn(|| barrier.wait()));
        eventually(|| barrier.waiting() == 2);
        barrier.abort();
        for it in waiting {
            assert!(it.join().unwrap().is_err());
        }
        assert!(barrier.wait().is_err());
        barrier.reset();
        let waiting = [0; 2].map(|_| scope.spawn(|| barrier.wait()));
        eventually(|| barrier.waiting() == 2);
        barrier.reset();
        for it in waiting {
            assert!(it.join().unwrap().is_err());
        }
        assert!(!barrier.is_broken());
    });
    // A party that is killed while it waits.
    let child = spawn(|barrier: Barrier| barrier.wait().is_ok(), barrier.clone()).unwrap();
    eventually(|| barrier.waiting() == 1);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| barrier.wait());
        eventually(|| barrier.waiting() == 2);
        child.kill().unwrap();
        assert!(waiting.join().unwrap().is_err());
    });
    assert!(child.join().is_err());
}
