//! Shared primitives over memory in which another process has written anything: every call that has a limit comes back, with whatever it says, and nothing panics or is touched outside of the memory.
//!
//! Not tried are the words that say "somebody who lives is at it": whoever may write them can as well be at it for ever. `fuzz/fuzz_targets/segment.rs` does the same with inputs that find their way.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use selvedge::multiprocessing::connection::pipe;
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::synchronize::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, Semaphore, WaitError,
};
use serde::Serialize;
use subprocess_support::alone;

/// What a call waits at most.
const MOMENT: Duration = Duration::from_micros(200);

/// How often each object is damaged.
fn rounds() -> u64 {
    let more = std::env::var("SELVEDGE_STRESS").ok();
    more.map_or(400, |text| text.parse().expect("a number"))
}

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 11) % end
    }
}

/// What a process gets that an object is given to: the memory, where what all objects in it share begins and how long that is with them, and where the object lies.
type Place = (SharedMemory, usize, usize, usize);

fn place_of<T: Serialize>(object: &T) -> Place {
    let (one, other) = pipe().unwrap();
    one.send(object).unwrap();
    // A condition has its lock behind it.
    other.recv().unwrap_or_else(|_| {
        one.send(object).unwrap();
        let [place, _lock] = other.recv::<[Place; 2]>().unwrap();
        place
    })
}

/// Some words of an object of so many bytes, and of what lies before all objects.
fn damage(memory: &SharedMemory, base: usize, object: Range<usize>, dice: &mut Dice) {
    for _ in 0..=dice.below(6) {
        let place = match dice.below(4) {
            // Rows of processes, and who is there.
            0 => base as u64 + 8 + dice.below((object.start - base) as u64 - 16),
            _ => object.start as u64 + dice.below(object.len() as u64),
        };
        let place = place as usize & !3;
        let old: u32 = memory.get(place).unwrap();
        let new = match dice.below(8) {
            0 => 0,
            1 => u32::MAX,
            2 => old.wrapping_add(1),
            3 => old ^ 1 << dice.below(32),
            4 => old | 0xC000_0000,
            5 => std::process::id(),
            6 => (dice.next() as u32) >> dice.below(32),
            _ => dice.next() as u32,
        };
        memory.set(place, &new).unwrap();
    }
}

/// Damages an object again and again, and uses it each time. `size` are the bytes of it that are damaged, from `skip` on.
fn torture<T: Serialize>(
    name: &str,
    make: impl Fn() -> T,
    (skip, size): (usize, usize),
    turn: impl Fn(&T, u64),
) {
    let _alone = alone();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let object = make();
    // Its row is taken, and its records begun.
    turn(&object, 0);
    let (memory, base, _, offset) = place_of(&object);
    let mut before = vec![0; memory.size()];
    memory.read(0, &mut before).unwrap();
    for round in 0..rounds() {
        let bytes = offset + skip..offset + skip + size;
        damage(&memory, base, bytes, &mut dice);
        let calls: Vec<_> = (0..6).map(|_| dice.below(64)).collect();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            for call in &calls {
                turn(&object, *call);
            }
        }));
        assert!(outcome.is_ok(), "{name}, round {round}, calls {calls:?}");
        memory.write(0, &before).unwrap();
    }
}

#[test]
fn locks() {
    torture(
        "lock",
        || Lock::new().unwrap(),
        (0, 4),
        |lock, call| match call % 5 {
            0 => drop(lock.try_acquire()),
            1 => drop(lock.acquire_timeout(MOMENT)),
            2 => std::mem::forget(lock.acquire_timeout(MOMENT)),
            3 => drop(lock.release()),
            _ => _ = lock.is_locked(),
        },
    );
}

#[test]
fn rlocks() {
    torture(
        "rlock",
        || RLock::new().unwrap(),
        (0, 12),
        |lock, call| match call % 4 {
            0 => drop(lock.try_acquire()),
            1 => drop(lock.acquire_timeout(MOMENT)),
            2 => {
                let outer = lock.acquire_timeout(MOMENT);
                drop(lock.try_acquire());
                drop(outer);
            }
            _ => _ = lock.is_mine(),
        },
    );
}

#[test]
fn semaphores() {
    // The records of the first process, which is this one, are its own.
    for part in [(0, 16), (16 + 64, 1000)] {
        torture(
            "semaphore",
            || Semaphore::new(3).unwrap(),
            part,
            |seats, call| match call % 6 {
                0 => drop(seats.try_acquire()),
                1 => drop(seats.acquire_timeout(MOMENT)),
                2 => {
                    if let Some(permit) = seats.try_acquire() {
                        permit.keep();
                    }
                }
                3 => drop(seats.release(call as u32 / 6)),
                4 => drop(seats.release(u32::MAX >> (call / 6))),
                _ => _ = seats.value(),
            },
        );
    }
    torture(
        "bounded",
        || BoundedSemaphore::new(2).unwrap(),
        (0, 16),
        |seats, call| match call % 3 {
            0 => drop(seats.try_acquire()),
            1 => drop(seats.release(1)),
            _ => _ = seats.value(),
        },
    );
}

#[test]
fn events() {
    torture(
        "event",
        || Event::new().unwrap(),
        (0, 4),
        |event, call| match call % 4 {
            0 => event.set(),
            1 => event.clear(),
            2 => _ = event.is_set(),
            _ => _ = event.wait_timeout(MOMENT),
        },
    );
}

#[test]
fn conditions() {
    torture(
        "condition",
        || Condition::new().unwrap(),
        (0, 64 * 12),
        |condition, call| {
            let Ok(guard) = condition.lock().acquire_timeout(MOMENT) else {
                return;
            };
            match call % 4 {
                0 => _ = condition.notify(&guard, call as usize / 4),
                1 => condition.notify_all(&guard),
                _ => match condition.wait_timeout(guard, MOMENT) {
                    Ok(guard) | Err(WaitError::TimedOut(guard)) => drop(guard),
                    Err(_) => {}
                },
            }
        },
    );
}

#[test]
fn barriers() {
    // Behind the word of its own lock, and that of the cycle.
    for part in [(0, 4), (8, 500)] {
        torture(
            "barrier",
            || Barrier::new(2).unwrap(),
            part,
            |barrier, call| match call % 6 {
                0 => _ = barrier.is_broken(),
                1 => _ = barrier.waiting(),
                2 => barrier.abort(),
                3 => barrier.reset(),
                4 => _ = barrier.parties(),
                _ => _ = barrier.wait_timeout(MOMENT),
            },
        );
    }
}
