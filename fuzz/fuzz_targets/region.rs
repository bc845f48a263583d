//! Locks, queues and their like in memory where somebody writes anything, before they are placed and while they are used: errors, and no more memory than was asked for.
#![no_main]

use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use selvedge::multiprocessing::queues::{PlainQueue, Queue};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::synchronize::{
    Barrier, Condition, Event, Lock, PlaceError, PriorityLock, RLock, Region, Semaphore,
};

const ROOM: usize = 16 * 1024;
const MOMENT: Duration = Duration::from_micros(50);

#[derive(Arbitrary, Debug)]
struct Input {
    /// What is there before: from the beginning of the memory, and behind the table.
    head: Vec<u8>,
    behind: Vec<u8>,
    place: u16,
    /// Where, and what: damage from outside, while the objects are used.
    damage: Vec<(u16, u64)>,
}

struct All {
    lock: Lock,
    rlock: RLock,
    semaphore: Semaphore,
    event: Event,
    barrier: Barrier,
    condition: Condition,
    queue: Queue<String>,
    values: PlainQueue<u64>,
}

fn placed(region: &Region) -> Result<All, PlaceError> {
    let mut end = Region::HEAD;
    let mut next = |space: usize| {
        end += space;
        end - space
    };
    Ok(All {
        queue: Queue::placed(region, next(Queue::<String>::SPACE + 512), 5, 512)?,
        values: Queue::placed(region, next(PlainQueue::<u64>::SPACE + 64), 0, 64)?,
        lock: Lock::placed(region, next(Lock::SPACE))?,
        rlock: RLock::placed(region, next(RLock::SPACE))?,
        event: Event::placed(region, next(Event::SPACE))?,
        semaphore: Semaphore::placed(region, next(Semaphore::SPACE), 3)?,
        barrier: Barrier::placed(region, next(Barrier::SPACE), 2)?,
        condition: Condition::placed(region, next(Condition::SPACE))?,
    })
}

/// Everything that does not wait for others, or not for long.
fn ask(all: &All) {
    let soon = || Instant::now() + MOMENT;
    let _ = all.queue.try_put("more".into());
    assert!(all.queue.try_put("x".repeat(600)).is_err());
    if let Ok(text) = all.queue.try_get() {
        assert!(text.len() <= 512);
    }
    let _ = all.queue.put_deadline("more".into(), soon());
    let _ = all.queue.get_deadline(soon());
    let _ = all.values.put_deadline(7, soon());
    let _ = (all.values.get_deadline(soon()), all.values.try_get());
    let _ = (all.queue.len(), all.queue.is_full(), all.queue.lost());
    let _ = (all.queue.unfinished_tasks(), all.queue.try_join());
    let guards = (
        all.lock.try_acquire(),
        all.lock.acquire_deadline(soon()).is_ok(),
    );
    drop(guards);
    let guards = (all.rlock.try_acquire(), all.rlock.try_acquire());
    drop(guards);
    all.event.set();
    let _ = all.event.wait_deadline(soon());
    all.event.clear();
    let _ = all.event.wait_deadline(soon());
    let _ = (
        all.semaphore.value(),
        all.barrier.waiting(),
        all.barrier.is_broken(),
    );
    let _ = (all.lock.is_locked(), all.condition.lock().is_locked());
}

fuzz_target!(|input: Input| {
    let Input {
        head,
        behind,
        place,
        damage,
    } = input;
    let memory = SharedMemory::anonymous(Region::HEAD + ROOM).expect("there is room");
    let write = |place: usize, bytes: &[u8]| {
        let _ = memory.write(place % memory.size(), bytes);
    };
    write(0, &head[..head.len().min(256)]);
    write(Region::HEAD + usize::from(place) % 1024, &behind);
    let Ok(region) = Region::new(&memory, 0, memory.size()) else {
        return;
    };
    if let Ok(lock) = PriorityLock::placed(&region, Region::HEAD + ROOM - 4096) {
        drop(lock.try_acquire());
    }
    let Ok(all) = placed(&region) else {
        return;
    };
    ask(&all);
    for (place, word) in damage.iter().take(20) {
        write(
            Region::HEAD + usize::from(*place) % 4096,
            &word.to_ne_bytes(),
        );
        ask(&all);
    }
});
