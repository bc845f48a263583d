//! Events, conditions and barriers.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::spawn;
use selvedge::multiprocessing::synchronize::{Barrier, Condition, Event, OwnerDied, WaitError};

use crate::death::death;
use crate::{Dice, alone, rounds, us, word};

fn wait_until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        thread::sleep(us(100));
    }
}

fn sets((event, memory, ready): (Event, SharedMemory, Sender)) {
    ready.send(&()).expect("the parent lives");
    while word(&memory, 0).load(SeqCst) == 0 {
        std::hint::spin_loop();
    }
    event.set();
    thread::sleep(Duration::from_secs(1000));
}

/// Who sets an event and dies has set it for all who wait, or not at all.
#[test]
fn event() {
    let _alone = alone("event");
    let mut dice = Dice::new();
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let event = Event::new().expect("there is room");
    let mut set = 0;
    for _ in 0..rounds() {
        event.clear();
        word(&memory, 0).store(0, SeqCst);
        let (ready, sender) = one_way().expect("there is room");
        let shared = memory.try_clone().expect("there is room");
        let victim = spawn(sets, (event.clone(), shared, sender)).expect("it starts");
        ready.recv::<()>().expect("it is there");
        thread::scope(|scope| {
            scope.spawn(|| event.wait());
            // Asleep by then, mostly.
            thread::sleep(us(500));
            death(&victim, &mut dice, || word(&memory, 0).store(1, SeqCst));
            assert!(victim.join().is_err());
            if event.is_set() {
                set += 1;
            } else {
                event.set();
            }
        });
    }
    println!("{set} of {} have set it", rounds());
}

fn waits((condition, memory, ready): (Condition, SharedMemory, Sender)) {
    let guard = condition.acquire();
    let guard = guard.unwrap_or_else(OwnerDied::into_guard);
    ready.send(&()).expect("the parent lives");
    match condition.wait(guard) {
        Ok(_guard) | Err(WaitError::TimedOut(_guard)) => word(&memory, 0).store(1, SeqCst),
        Err(_) => word(&memory, 0).store(1, SeqCst),
    }
    thread::sleep(Duration::from_secs(1000));
}

/// A notification for one that dies before it has gone on goes to another one who waited; one that it has taken does not.
#[test]
fn condition() {
    let _alone = alone("condition");
    let mut dice = Dice::new();
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let condition = Condition::new().expect("there is room");
    let mut taken = 0;
    for round in 0..rounds() {
        word(&memory, 0).store(0, SeqCst);
        let (ready, sender) = one_way().expect("there is room");
        let shared = memory.try_clone().expect("there is room");
        let victim = spawn(waits, (condition.clone(), shared, sender)).expect("it starts");
        ready.recv::<()>().expect("it is there");
        let (began, returned, died) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let guard = condition.acquire().expect("nobody has died yet");
                    began.fetch_add(1, SeqCst);
                    match condition.wait(guard) {
                        Ok(_) => {}
                        Err(WaitError::OwnerDied(_)) => _ = died.fetch_add(1, SeqCst),
                        Err(error) => panic!("{error}"),
                    }
                    returned.fetch_add(1, SeqCst);
                });
            }
            wait_until(|| began.load(SeqCst) == 2);
            // With the lock, so all three wait; it is the oldest.
            let guard = condition.acquire().expect("nobody has died yet");
            if dice.below(2) == 0 {
                assert_eq!(condition.notify(&guard, 2), 2);
                drop(guard);
                death(&victim, &mut dice, || ());
            } else {
                death(&victim, &mut dice, || {
                    assert_eq!(condition.notify(&guard, 2), 2);
                    drop(guard);
                });
            }
            assert!(victim.join().is_err());
            // A death with the lock is known to whoever takes it next.
            drop(condition.acquire().map_err(|_| died.fetch_add(1, SeqCst)));
            let gone_on = word(&memory, 0).load(SeqCst);
            wait_until(|| returned.load(SeqCst) + gone_on + died.load(SeqCst) >= 2);
            thread::sleep(us(200));
            let all = returned.load(SeqCst) + gone_on;
            assert!(all <= 2, "round {round}: two were notified, {all} went on");
            taken += gone_on;
            wait_until(|| {
                let guard = condition.acquire().unwrap_or_else(OwnerDied::into_guard);
                condition.notify_all(&guard);
                returned.load(SeqCst) == 2
            });
        });
    }
    println!("{taken} of {} have gone on", rounds());
}

fn meets((barrier, ready): (Barrier, Sender)) {
    ready.send(&()).expect("the parent lives");
    while barrier.wait().is_ok() {}
    thread::sleep(Duration::from_secs(1000));
}

/// The death of a party breaks the barrier, for those who wait and for those who come.
#[test]
fn barrier() {
    let _alone = alone("barrier");
    let mut dice = Dice::new();
    let barrier = Barrier::new(3).expect("there is room");
    let pair = Barrier::new(2).expect("there is room");
    for _ in 0..rounds() {
        let start = |barrier: &Barrier| {
            let (ready, sender) = one_way().expect("there is room");
            let victim = spawn(meets, (barrier.clone(), sender)).expect("it starts");
            ready.recv::<()>().expect("it is there");
            victim
        };
        let victim = start(&barrier);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| while barrier.wait().is_ok() {});
            }
            // So that it has been there.
            wait_until(|| barrier.waiting() == 3 || dice.below(10) == 0);
            death(&victim, &mut dice, || ());
            assert!(victim.join().is_err());
            // It may have died before it came for the first time. The others may not have come yet.
            wait_until(|| barrier.is_broken() || barrier.waiting() == 2);
            if barrier.waiting() == 2 {
                thread::sleep(us(20_000));
                barrier.abort();
            }
        });
        assert!(barrier.is_broken());
        barrier.reset();
        let victim = start(&pair);
        wait_until(|| pair.waiting() == 1);
        death(&victim, &mut dice, || ());
        assert!(victim.join().is_err());
        assert!(pair.wait().is_err(), "the other one is dead");
        pair.reset();
    }
}
