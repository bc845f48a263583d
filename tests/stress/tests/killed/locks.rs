//! Locks and semaphores.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::synchronize::{Lock, Permit, RLock, Semaphore};
use selvedge::multiprocessing::{Process, spawn};

use crate::death::death;
use crate::{Dice, alone, change_both, rounds, tasks};

/// Takes the lock, changes two words that are to be equal, and lets it go; whether the one before died with it.
fn turn(lock: &Lock, memory: &SharedMemory, as_task: bool) -> bool {
    let acquired = match as_task {
        true => tasks::wait(|| lock.acquire_async()),
        false => lock.acquire(),
    };
    let (guard, died) = match acquired {
        Ok(guard) => (guard, false),
        Err(died) => (died.into_guard(), true),
    };
    change_both(memory, died, || {});
    drop(guard);
    died
}

fn turns((lock, memory, ready, as_task): (Lock, SharedMemory, Sender, bool)) {
    ready.send(&()).expect("the parent lives");
    drop(ready);
    let turns = || {
        loop {
            turn(&lock, &memory, as_task);
        }
    };
    // Two tasks are served by one thread, which dies as well.
    thread::scope(|scope| {
        if as_task {
            scope.spawn(turns);
        }
        turns();
    });
}

/// The death of a holder is told once, and no change is half done without that.
#[test]
fn lock() {
    let _alone = alone("lock");
    holders(false);
}

/// The same among tasks.
#[test]
fn lock_tasks() {
    let _alone = alone("lock_tasks");
    holders(true);
}

fn holders(as_tasks: bool) {
    let mut dice = Dice::new();
    let lock = Lock::new().expect("there is room");
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let mut told = 0;
    for round in 0..rounds() {
        let victims: Vec<Process> = (0..=dice.below(2))
            .map(|_| {
                let (ready, sender) = one_way().expect("there is room");
                let memory = memory.try_clone().expect("there is room");
                let call = (lock.clone(), memory, sender, as_tasks);
                let victim = spawn(turns, call).expect("it starts");
                ready.recv::<()>().expect("it is there");
                victim
            })
            .collect();
        let over = AtomicBool::new(false);
        let before = told;
        told += thread::scope(|scope| {
            let live = |as_task| {
                let mut told = 0;
                while !over.load(Relaxed) {
                    told += u64::from(turn(&lock, &memory, as_task));
                }
                // Nobody holds it now, but one that is dead.
                told + u64::from(turn(&lock, &memory, as_task))
            };
            // Beside tasks there is a thread.
            let living: Vec<_> = (0..=u32::from(as_tasks))
                .map(|n| scope.spawn(move || live(n == 1)))
                .collect();
            for victim in &victims {
                death(victim, &mut dice, || ());
            }
            for victim in &victims {
                assert!(victim.join().is_err());
            }
            over.store(true, Relaxed);
            let living = living.into_iter();
            let told = living.map(|living| living.join().expect("it is in order"));
            told.sum::<u64>()
        });
        let again = turn(&lock, &memory, as_tasks);
        assert!(!again && !lock.is_locked(), "told once");
        assert!(told - before <= victims.len() as u64, "round {round}");
    }
    println!("{told} holders died in {} rounds", rounds());
}

fn take(seats: &Semaphore, as_task: bool) -> Permit<'_> {
    match as_task {
        true => tasks::wait(|| seats.acquire_async()),
        false => seats.acquire(),
    }
}

fn take_and_give((seats, ready, as_task): (Semaphore, Sender, bool)) {
    ready.send(&()).expect("the parent lives");
    drop(ready);
    thread::scope(|scope| {
        let both = || {
            loop {
                let one = take(&seats, as_task);
                let two = seats.try_acquire();
                drop(one);
                drop(two);
            }
        };
        scope.spawn(both);
        both();
    });
}

/// The permits that the dead had come back, exactly so many.
#[test]
fn semaphore() {
    let _alone = alone("semaphore");
    permits(false);
}

/// The same among tasks.
#[test]
fn semaphore_tasks() {
    let _alone = alone("semaphore_tasks");
    permits(true);
}

fn permits(as_tasks: bool) {
    let mut dice = Dice::new();
    let seats = Semaphore::new(3).expect("there is room");
    for round in 0..rounds() {
        let victims: Vec<Process> = (0..=dice.below(2))
            .map(|_| {
                let (ready, sender) = one_way().expect("there is room");
                let call = (seats.clone(), sender, as_tasks);
                let victim = spawn(take_and_give, call).expect("it starts");
                ready.recv::<()>().expect("it is there");
                victim
            })
            .collect();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let live = |as_task| {
                while !over.load(Relaxed) {
                    drop(take(&seats, as_task));
                }
            };
            for n in 0..=u32::from(as_tasks) {
                scope.spawn(move || live(n == 1));
            }
            for victim in &victims {
                death(victim, &mut dice, || ());
            }
            for victim in &victims {
                assert!(victim.join().is_err());
            }
            over.store(true, Relaxed);
        });
        let all = [0; 3].map(|_| take(&seats, as_tasks));
        assert!(
            seats.try_acquire().is_none(),
            "one too many in round {round}"
        );
        drop(all);
        assert_eq!(seats.value(), 3, "round {round}");
    }
}

/// As [`turn`], with several levels.
fn turn_again(lock: &RLock, memory: &SharedMemory) -> bool {
    let (outer, died) = match lock.acquire() {
        Ok(guard) => (guard, false),
        Err(died) => (died.into_guard(), true),
    };
    let again = || lock.acquire().expect("this thread has it");
    let inner = again();
    change_both(memory, died, || {
        drop(outer);
        drop((again(), again()));
    });
    assert!(lock.is_mine());
    drop(inner);
    assert!(!lock.is_mine());
    died
}

fn turns_again((lock, memory, ready): (RLock, SharedMemory, Sender)) {
    ready.send(&()).expect("the parent lives");
    drop(ready);
    loop {
        turn_again(&lock, &memory);
    }
}

/// The same for the one that its holder may take again: no thread takes itself for the holder that has died.
#[test]
fn rlock() {
    let _alone = alone("rlock");
    let mut dice = Dice::new();
    let lock = RLock::new().expect("there is room");
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let mut told = 0;
    for round in 0..rounds() {
        let (ready, sender) = one_way().expect("there is room");
        let shared = memory.try_clone().expect("there is room");
        let victim = spawn(turns_again, (lock.clone(), shared, sender)).expect("it starts");
        ready.recv::<()>().expect("it is there");
        let over = AtomicBool::new(false);
        let now = thread::scope(|scope| {
            let living = [(); 2].map(|()| {
                scope.spawn(|| {
                    let mut told = 0;
                    while !over.load(Relaxed) {
                        told += u64::from(turn_again(&lock, &memory));
                    }
                    told
                })
            });
            death(&victim, &mut dice, || ());
            assert!(victim.join().is_err());
            over.store(true, Relaxed);
            let told = living.map(|living| living.join().expect("it is in order"));
            told.into_iter().sum::<u64>() + u64::from(turn_again(&lock, &memory))
        });
        assert!(now <= 1 && !turn_again(&lock, &memory), "round {round}");
        told += now;
    }
    println!("{told} holders died in {} rounds", rounds());
}
