//! Events, conditions and barriers.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use selvedge::concurrent::futures::block_on;
use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::spawn;
use selvedge::multiprocessing::synchronize::{
    Barrier, Condition, Event, LockGuard, OwnerDied, WaitError,
};

use crate::death::death;
use crate::{Dice, alone, rounds, tasks, us, word};

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
            scope.spawn(|| tasks::wait(|| event.wait_async()));
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

fn waits_for_events((one, other, ready): (Event, Event, Sender)) {
    ready.send(&()).expect("the parent lives");
    let wait = |event: &Event| {
        loop {
            tasks::wait(|| event.wait_async());
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| wait(&one));
        wait(&other);
    });
}

/// Tasks that wait, and die, take no wake-up along that is for others.
#[test]
fn event_tasks() {
    let _alone = alone("event_tasks");
    let mut dice = Dice::new();
    let (one, other) = (
        Event::new().expect("there is room"),
        Event::new().expect("there is room"),
    );
    for _ in 0..rounds() {
        let (ready, sender) = one_way().expect("there is room");
        let call = (one.clone(), other.clone(), sender);
        let victim = spawn(waits_for_events, call).expect("it starts");
        ready.recv::<()>().expect("it is there");
        thread::scope(|scope| {
            scope.spawn(|| tasks::wait(|| one.wait_async()));
            scope.spawn(|| one.wait());
            scope.spawn(|| tasks::wait(|| other.wait_async()));
            thread::sleep(us(dice.below(500)));
            let times = dice.below(3);
            death(&victim, &mut dice, || {
                for _ in 0..times {
                    other.set();
                    other.clear();
                }
                one.set();
            });
            assert!(victim.join().is_err());
            other.set();
        });
        one.clear();
        other.clear();
    }
}

fn wait<'a>(
    condition: &'a Condition,
    guard: LockGuard<'a>,
    as_task: bool,
) -> Result<LockGuard<'a>, WaitError<'a>> {
    match as_task {
        true => block_on(condition.wait_async(guard)),
        false => condition.wait(guard),
    }
}

fn waits((condition, memory, ready, as_task): (Condition, SharedMemory, Sender, bool)) {
    let guard = condition.acquire();
    let guard = guard.unwrap_or_else(OwnerDied::into_guard);
    ready.send(&()).expect("the parent lives");
    match wait(&condition, guard, as_task) {
        Ok(_guard) | Err(WaitError::TimedOut(_guard)) => word(&memory, 0).store(1, SeqCst),
        Err(_) => word(&memory, 0).store(1, SeqCst),
    }
    thread::sleep(Duration::from_secs(1000));
}

/// A notification for one that dies before it has gone on goes to another one who waited; one that it has taken does not.
#[test]
fn condition() {
    let _alone = alone("condition");
    notified(false);
}

/// The same if they are tasks, and some of the others are.
#[test]
fn condition_tasks() {
    let _alone = alone("condition_tasks");
    notified(true);
}

fn notified(as_tasks: bool) {
    let mut dice = Dice::new();
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let condition = Condition::new().expect("there is room");
    let mut taken = 0;
    for round in 0..rounds() {
        word(&memory, 0).store(0, SeqCst);
        let (ready, sender) = one_way().expect("there is room");
        let shared = memory.try_clone().expect("there is room");
        let call = (condition.clone(), shared, sender, as_tasks);
        let victim = spawn(waits, call).expect("it starts");
        ready.recv::<()>().expect("it is there");
        let (began, returned, died) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
        let waits = |as_task| {
            let guard = condition.acquire().expect("nobody has died yet");
            began.fetch_add(1, SeqCst);
            match wait(&condition, guard, as_task) {
                Ok(_) => {}
                Err(WaitError::OwnerDied(_)) => _ = died.fetch_add(1, SeqCst),
                Err(error) => panic!("{error}"),
            }
            returned.fetch_add(1, SeqCst);
        };
        thread::scope(|scope| {
            for n in 0..2 {
                let waits = &waits;
                scope.spawn(move || waits(as_tasks && (n == 0 || round % 2 == 0)));
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

fn meet(barrier: &Barrier, as_task: bool) -> bool {
    match as_task {
        true => tasks::wait(|| barrier.wait_async()).is_ok(),
        false => barrier.wait().is_ok(),
    }
}

fn meets((barrier, ready, as_task): (Barrier, Sender, bool)) {
    ready.send(&()).expect("the parent lives");
    while meet(&barrier, as_task) {}
    thread::sleep(Duration::from_secs(1000));
}

/// The death of a party breaks the barrier, for those who wait and for those who come.
#[test]
fn barrier() {
    let _alone = alone("barrier");
    parties(false);
}

/// The same if parties are tasks.
#[test]
fn barrier_tasks() {
    let _alone = alone("barrier_tasks");
    parties(true);
}

fn parties(as_tasks: bool) {
    let mut dice = Dice::new();
    let barrier = Barrier::new(3).expect("there is room");
    let pair = Barrier::new(2).expect("there is room");
    for _ in 0..rounds() {
        let start = |barrier: &Barrier| {
            let (ready, sender) = one_way().expect("there is room");
            let call = (barrier.clone(), sender, as_tasks);
            let victim = spawn(meets, call).expect("it starts");
            ready.recv::<()>().expect("it is there");
            victim
        };
        let victim = start(&barrier);
        thread::scope(|scope| {
            for n in 0..2 {
                let barrier = &barrier;
                scope.spawn(move || while meet(barrier, as_tasks && n == 0) {});
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
        assert!(!meet(&pair, as_tasks), "the other one is dead");
        pair.reset();
    }
}
