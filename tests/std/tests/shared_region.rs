//! `multiprocessing::synchronize::Region`: locks and their like in memory of the user's, for programs that know nothing of each other but its name.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::thread;
use std::time::Duration;

use selvedge::concurrent::futures::block_on;
use selvedge::multiprocessing::queues::{GetError, PlainQueue, Queue, Serialized};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::spawn;
use selvedge::multiprocessing::synchronize::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, PlaceError, RLock, Region, Semaphore,
};
use subprocess_support::{alone, ms};

const ROOM: usize = 64 * 1024;
const LONG: Duration = Duration::from_secs(100);

fn memory() -> SharedMemory {
    SharedMemory::create(64 + Region::HEAD + ROOM).unwrap()
}

fn region(memory: &SharedMemory) -> Region {
    Region::new(memory, 64, Region::HEAD + ROOM).unwrap()
}

/// All of them, one behind the other.
struct All {
    lock: Lock,
    rlock: RLock,
    semaphore: Semaphore,
    bounded: BoundedSemaphore,
    event: Event,
    condition: Condition,
    barrier: Barrier,
    queue: Queue<String>,
    values: PlainQueue<u64>,
}

impl All {
    fn placed(region: &Region) -> Result<Self, PlaceError> {
        let mut end = Region::HEAD;
        let mut next = |space: usize| {
            end += space;
            end - space
        };
        Ok(Self {
            lock: Lock::placed(region, next(Lock::SPACE))?,
            rlock: RLock::placed(region, next(RLock::SPACE))?,
            semaphore: Semaphore::placed(region, next(Semaphore::SPACE), 3)?,
            bounded: BoundedSemaphore::placed(region, next(Semaphore::SPACE), 1)?,
            event: Event::placed(region, next(Event::SPACE))?,
            condition: Condition::placed(region, next(Condition::SPACE))?,
            barrier: Barrier::placed(region, next(Barrier::SPACE), 2)?,
            queue: Queue::placed(region, next(Queue::<String>::SPACE + 1024), 5, 1024)?,
            values: Queue::placed(region, next(PlainQueue::<u64>::SPACE + 64), 0, 64)?,
        })
    }
}

/// Another program finds them by the name of the memory.
#[test]
fn by_name() {
    fn other(name: String) {
        let memory = SharedMemory::attach(&name).unwrap();
        let all = All::placed(&region(&memory)).unwrap();
        assert!(all.lock.try_acquire().is_none());
        assert!(all.rlock.try_acquire().is_none());
        assert_eq!(all.semaphore.value(), 2);
        assert!(all.bounded.release(1).is_err());
        all.event.wait();
        all.queue
            .put(format!("{} {name}", all.values.get().unwrap()))
            .unwrap();
        all.barrier.wait().unwrap();
        let guard = all.condition.acquire().unwrap();
        all.condition.notify_all(&guard);
    }
    let _alone = alone();
    let memory = memory();
    let name = memory.name().unwrap().to_owned();
    let all = All::placed(&region(&memory)).unwrap();
    let guards = (all.lock.acquire().unwrap(), all.rlock.acquire().unwrap());
    all.semaphore.acquire().keep();
    let child = spawn(other, name.clone()).unwrap();
    all.event.set();
    all.values.put(7).unwrap();
    assert_eq!(all.queue.get().unwrap(), format!("7 {name}"));
    let guard = all.condition.acquire().unwrap();
    block_on(all.barrier.wait_async()).unwrap();
    drop(block_on(all.condition.wait_async(guard)).unwrap());
    child.join().unwrap();
    drop(guards);
    assert_eq!(all.semaphore.value(), 2);
    all.semaphore.release(1).unwrap();
}

/// Each process comes and goes; the objects stay as they are, and the dead are known to be dead.
#[test]
fn one_after_another() {
    fn takes((name, dies): (String, bool)) -> bool {
        let memory = SharedMemory::attach(&name).unwrap();
        let all = All::placed(&region(&memory)).unwrap();
        let guard = all.lock.acquire();
        let told = guard.is_err();
        all.semaphore.acquire().keep();
        std::mem::forget(guard);
        all.values.put(1).unwrap();
        if dies {
            std::process::abort();
        }
        all.lock.release().unwrap();
        told
    }
    let _alone = alone();
    let memory = memory();
    let name = memory.name().unwrap().to_owned();
    for round in 0..4 {
        let child = spawn(takes, (name.clone(), round % 2 == 0)).unwrap();
        match child.join() {
            Ok(told) => assert!(told, "the one before died with it"),
            Err(_) => assert!(round % 2 == 0),
        }
    }
    let all = All::placed(&region(&memory)).unwrap();
    assert_eq!(all.values.len(), 4);
    drop(all.lock.acquire().unwrap());
    // All of their permits have come back.
    let permits = [(); 3].map(|()| all.semaphore.acquire());
    assert!(all.semaphore.try_acquire().is_none());
    drop(permits);
}

/// Many come at the same time, and find one object.
#[test]
fn at_once() {
    fn counts(name: String) -> u64 {
        let memory = SharedMemory::attach(&name).unwrap();
        let region = region(&memory);
        let barrier = Barrier::placed(&region, Region::HEAD + 8192, 3).unwrap();
        barrier.wait().unwrap();
        let place = Region::HEAD;
        let semaphore = Semaphore::placed(&region, place, 1).unwrap();
        let mut count = 0;
        for _ in 0..100 {
            let permit = semaphore.acquire();
            let now = memory.get::<u64>(0).unwrap();
            memory.set(0, &(now + 1)).unwrap();
            drop(permit);
            count += 1;
        }
        barrier.wait().unwrap();
        count
    }
    let _alone = alone();
    let memory = memory();
    let name = memory.name().unwrap().to_owned();
    let children = [(); 3].map(|()| spawn(counts, name.clone()).unwrap());
    let all: u64 = children.map(|child| child.join().unwrap()).iter().sum();
    assert_eq!(memory.get::<u64>(0).unwrap(), all);
}

/// What is not as it should be.
#[test]
fn errors() {
    let _alone = alone();
    let memory = memory();
    for (offset, len) in [
        (63, Region::HEAD),
        (64, Region::HEAD - 64),
        (64, Region::HEAD + ROOM + 1),
        (usize::MAX - 63, Region::HEAD),
    ] {
        let region = Region::new(&memory, offset, len);
        assert!(matches!(region, Err(PlaceError::OutOfBounds(_))));
    }
    let region = region(&memory);
    for place in [
        0,
        64,
        Region::HEAD + 1,
        Region::HEAD + ROOM,
        usize::MAX - 63,
    ] {
        let lock = Lock::placed(&region, place);
        assert!(matches!(lock, Err(PlaceError::OutOfBounds(_))), "{place}");
        let queue = Queue::<u8, Serialized>::placed(&region, place, 1, 64);
        assert!(matches!(queue, Err(PlaceError::OutOfBounds(_))), "{place}");
    }
    let place = Region::HEAD;
    let semaphore = Semaphore::placed(&region, place, 2).unwrap();
    assert!(matches!(
        Lock::placed(&region, place),
        Err(PlaceError::Occupied)
    ));
    assert!(matches!(
        Semaphore::placed(&region, place, 3),
        Err(PlaceError::Occupied)
    ));
    assert!(matches!(
        BoundedSemaphore::placed(&region, place, 2),
        Err(PlaceError::Occupied)
    ));
    let again = Semaphore::placed(&region, place, 2).unwrap();
    let permit = again.acquire();
    assert_eq!(semaphore.value(), 1);
    drop(permit);
    let other = Region::new(&memory, 64, Region::HEAD + ROOM - 64);
    assert!(matches!(other, Err(PlaceError::Occupied)));
    let text = SharedMemory::anonymous(Region::HEAD).unwrap();
    text.write(0, b"something else").unwrap();
    let other = Region::new(&text, 0, Region::HEAD);
    assert!(matches!(other, Err(PlaceError::Occupied)));
}

/// Objects in regions are arguments, too; and stay when the region and the memory are dropped.
#[test]
fn arguments() {
    let _alone = alone();
    let memory = memory();
    let all = All::placed(&region(&memory)).unwrap();
    drop(memory);
    let child = spawn(
        |(lock, queue): (Lock, Queue<String>)| {
            let _guard = lock.acquire().unwrap();
            queue.put("there".into()).unwrap();
            thread::sleep(LONG);
        },
        (all.lock.clone(), all.queue.clone()),
    )
    .unwrap();
    assert_eq!(all.queue.get().unwrap(), "there");
    assert!(all.lock.try_acquire().is_none());
    child.kill().unwrap();
    assert!(all.lock.acquire().is_err());
    assert!(child.join().is_err());
}

/// Nonsense of any kind, before and while the objects are used: errors, or waiting, and nothing else.
#[test]
fn nonsense() {
    let _alone = alone();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % end
    };
    let mut used = 0;
    for round in 0..60 {
        let memory = SharedMemory::anonymous(64 + Region::HEAD + ROOM).unwrap();
        let region = region(&memory);
        let Ok(all) = All::placed(&region) else {
            panic!("there are zeros");
        };
        for _ in 0..40 {
            // Not in the table of processes, most of the time, as that says who is dead.
            let begin = if round % 4 == 0 {
                64
            } else {
                64 + Region::HEAD
            };
            let place = begin + random(12 * 1024);
            let byte = [random(256) as u8; 9];
            memory.write(place, &byte[..1 + random(8)]).unwrap();
            used += u64::from(ask(&all));
        }
        let _ = All::placed(&region);
    }
    assert!(used > 0);
}

fn ask(all: &All) -> bool {
    let now = std::time::Instant::now();
    drop(all.lock.try_acquire());
    let guards = (
        all.rlock.try_acquire(),
        all.rlock.acquire_deadline(now).is_ok(),
    );
    drop(guards);
    drop(all.semaphore.try_acquire());
    let _ = (
        all.semaphore.value(),
        all.barrier.waiting(),
        all.event.is_set(),
    );
    all.event.set();
    let _ = all.event.wait_timeout(ms(1));
    let _ = all.queue.try_put("more".into());
    let _ = all.values.put_deadline(7, now);
    let _ = (
        all.queue.len(),
        all.queue.is_full(),
        all.queue.unfinished_tasks(),
    );
    let got = all.queue.try_get();
    let _ = all.values.get_deadline(now);
    matches!(
        got,
        Ok(_)
            | Err(selvedge::multiprocessing::queues::TryGetError::Failed(
                GetError::Damaged
            ))
    )
}
