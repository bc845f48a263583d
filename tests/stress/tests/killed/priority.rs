//! Locks that lend priority.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::synchronize::PriorityLock;
use selvedge::multiprocessing::{Process, spawn};
use selvedge::threading::PriorityLockError;

use crate::death::death;
use crate::{Dice, alone, change_both, rounds, us};

/// Takes the lock by one of its forms, changes two words that are to be equal, and lets it go; whether the one before died with it.
fn turn(lock: &PriorityLock, memory: &SharedMemory, form: u32) -> bool {
    let acquired = loop {
        let acquired = match form % 4 {
            // One that gives up leaves nothing.
            0 => lock.acquire_timeout(us(50)),
            1 => lock.acquire_timeout(Duration::MAX),
            2 => match lock.try_acquire() {
                Some(acquired) => acquired,
                None => {
                    thread::yield_now();
                    continue;
                }
            },
            _ => lock.acquire(),
        };
        if !matches!(acquired, Err(PriorityLockError::TimedOut)) {
            break acquired;
        }
    };
    let (guard, died) = match acquired {
        Ok(guard) => (guard, false),
        Err(PriorityLockError::OwnerDied(guard)) => (guard, true),
        Err(error) => panic!("{error}"),
    };
    change_both(memory, died, || {});
    drop(guard);
    died
}

fn turns((lock, memory, ready): (PriorityLock, SharedMemory, Sender)) {
    ready.send(&()).expect("the parent lives");
    drop(ready);
    thread::scope(|scope| {
        let turns = |first| {
            for form in first.. {
                turn(&lock, &memory, form);
            }
        };
        scope.spawn(move || turns(2));
        turns(0);
    });
}

/// The death of a holder is told once, whether anybody waited or not, and no change is half done without that; nobody waits for ever.
#[test]
fn priority_lock() {
    let _alone = alone("priority_lock");
    let mut dice = Dice::new();
    let lock = PriorityLock::new().expect("there is room");
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let mut told = 0;
    for round in 0..rounds() {
        let victims: Vec<Process> = (0..=dice.below(2))
            .map(|_| {
                let (ready, sender) = one_way().expect("there is room");
                let memory = memory.try_clone().expect("there is room");
                let victim = spawn(turns, (lock.clone(), memory, sender)).expect("it starts");
                ready.recv::<()>().expect("it is there");
                victim
            })
            .collect();
        let over = AtomicBool::new(false);
        let now = thread::scope(|scope| {
            let living = [0, 2].map(|first| {
                let (lock, memory, over) = (&lock, &memory, &over);
                scope.spawn(move || {
                    let mut told = 0;
                    for form in first.. {
                        if over.load(Relaxed) {
                            break;
                        }
                        told += u64::from(turn(lock, memory, form));
                    }
                    told
                })
            });
            for victim in &victims {
                death(victim, &mut dice, || ());
            }
            for victim in &victims {
                assert!(victim.join().is_err());
            }
            over.store(true, Relaxed);
            let told = living.map(|living| living.join().expect("it is in order"));
            // Nobody holds it now, but one that is dead.
            told.into_iter().sum::<u64>() + u64::from(turn(&lock, &memory, 3))
        });
        assert!(!turn(&lock, &memory, round as u32), "told once");
        // Each of a victim's two threads may have had it: one that is about to die may be given it by the kernel.
        assert!(now <= 2 * victims.len() as u64, "round {round}: {now}");
        told += now;
    }
    println!("{told} holders died in {} rounds", rounds());
}
