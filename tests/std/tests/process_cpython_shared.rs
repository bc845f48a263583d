//! What is left of CPython's `_test_multiprocessing.py` for shared primitives, values and memory; `process_cpython.rs` has the table.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::multiprocessing::connection::{Sender, one_way, pipe};
use selvedge::multiprocessing::shared_memory::{
    Item, OpenError, ShareableList, SharedMemory, SharedMemoryManager,
};
use selvedge::multiprocessing::sharedctypes::{Array, RawArray, RawValue, Value};
use selvedge::multiprocessing::synchronize::{Barrier, Condition, LockGuard, Semaphore, WaitError};
use selvedge::multiprocessing::{JoinError, Process, spawn};
use subprocess_support::{alone, block_on, eventually, ms, poll_once};

type Sleeper = (Condition, Semaphore, Semaphore, Option<Duration>);

/// Waits once, and says when it begins and when it is through.
fn sleep((condition, asleep, woken, limit): Sleeper) {
    let guard = condition.acquire().unwrap();
    asleep.release(1).unwrap();
    let outcome = match limit {
        Some(limit) => condition.wait_timeout(guard, limit),
        None => condition.wait(guard),
    };
    assert_eq!(outcome.is_err(), limit.is_some());
    woken.release(1).unwrap();
}

/// `test_notify`, `test_notify_n`, `test_notify_all`: sleepers in this process and in others; those whose time was up are not counted.
#[test]
fn m108_some_and_all() {
    let _alone = alone();
    let condition = Condition::new().unwrap();
    let (asleep, woken) = (Semaphore::new(0).unwrap(), Semaphore::new(0).unwrap());
    let call = |limit| (condition.clone(), asleep.clone(), woken.clone(), limit);
    for (first, second) in [(1, 5), (3, 3), (6, 0), (100, 0)] {
        thread::scope(|scope| {
            let children = [0; 3].map(|_| spawn(sleep, call(None)).unwrap());
            for _ in 0..3 {
                scope.spawn(|| sleep(call(None)));
            }
            // Two more, whose time is up.
            let late = spawn(sleep, call(Some(ms(5)))).unwrap();
            let thread = scope.spawn(|| sleep(call(Some(ms(5)))));
            for _ in 0..8 {
                asleep.acquire().keep();
            }
            late.join().unwrap();
            thread.join().unwrap();
            for _ in 0..2 {
                woken.acquire().keep();
            }
            for count in [first, second] {
                let guard = condition.acquire().unwrap();
                assert_eq!(condition.notify(&guard, count), count.min(6));
                drop(guard);
                for _ in 0..count.min(6) {
                    woken.acquire().keep();
                }
                thread::sleep(ms(2));
                assert_eq!(woken.value(), 0);
            }
            for child in children {
                child.join().unwrap();
            }
        });
    }
}

/// `test_waitfor`, `test_waitfor_timeout`, `test_wait_result`.
#[test]
fn m107_waiting_for_a_value() {
    fn wait((condition, state): (Condition, Value<u32>)) {
        let mut guard = condition.acquire().unwrap();
        state.set(0);
        condition.notify_all(&guard);
        guard = condition.wait_for(guard, |_| state.get() == 4).unwrap();
        assert_eq!(state.get(), 4);
        drop(guard);
    }
    let _alone = alone();
    let condition = Condition::new().unwrap();
    let state = Value::new(7_u32).unwrap();
    let child = spawn(wait, (condition.clone(), state.try_clone().unwrap())).unwrap();
    let guard = condition.acquire().unwrap();
    let limit = Duration::from_secs(100);
    let guard = condition.wait_for_timeout(guard, limit, |_| state.get() == 0);
    drop(guard.unwrap());
    for n in 1..=4 {
        thread::sleep(ms(2));
        let guard = condition.acquire().unwrap();
        state.set(n);
        condition.notify_one(&guard);
    }
    child.join().unwrap();
    // Nobody makes it true: the limit is kept over all turns, and it is asked once more.
    let asked = Cell::new(0);
    let never = |_: &LockGuard<'_>| {
        asked.set(asked.get() + 1);
        false
    };
    let (over, notified) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(SeqCst) {
                let guard = condition.acquire().unwrap();
                notified.fetch_add(u32::from(condition.notify_one(&guard)), SeqCst);
                drop(guard);
                thread::sleep(ms(1));
            }
        });
        let guard = condition.acquire().unwrap();
        let start = Instant::now();
        let outcome = condition.wait_for_deadline(guard, start + ms(30), never);
        assert!(start.elapsed() >= ms(30));
        over.store(true, SeqCst);
        let Err(WaitError::TimedOut(guard)) = outcome else {
            panic!("it is never true");
        };
        let notified = notified.load(SeqCst);
        assert!(asked.get() == notified + 1 || asked.get() == notified + 2);
        drop(guard);
    });
    // With no time it is asked once, and the lock is not released.
    asked.set(0);
    let guard = condition.acquire().unwrap();
    let Err(WaitError::TimedOut(guard)) = condition.wait_for_timeout(guard, Duration::ZERO, never)
    else {
        panic!("it is never true");
    };
    assert_eq!(asked.get(), 1);
    // What is true is not waited for, and the lock is had.
    let guard = condition.wait_for_timeout(guard, Duration::ZERO, |guard| {
        assert!(!condition.notify_one(guard) && condition.lock().is_locked());
        true
    });
    drop(guard.unwrap());
    // A panic releases it.
    let panics = catch_unwind(AssertUnwindSafe(|| {
        let guard = condition.acquire().unwrap();
        drop(condition.wait_for(guard, |_| panic!("asked")));
    }));
    assert!(panics.is_err() && condition.lock().try_acquire().is_some());
}

/// The same, as a task; and the death of a notifier with the lock is told before anything is asked again.
#[test]
fn m107_tasks_and_the_dead() {
    fn dies((condition, state): (Condition, Value<u32>)) {
        let guard = condition.acquire().unwrap();
        state.set(state.get() + 1);
        condition.notify_all(&guard);
        std::mem::forget(guard);
        std::process::abort();
    }
    let _alone = alone();
    let condition = Condition::new().unwrap();
    let state = Value::new(0_u32).unwrap();
    for round in 1..=4 {
        let asked = Cell::new(0);
        let guard = condition.acquire().unwrap();
        let is_there = |_: &LockGuard<'_>| {
            asked.set(asked.get() + 1);
            state.get() == round
        };
        let start = || spawn(dies, (condition.clone(), state.try_clone().unwrap())).unwrap();
        let (child, outcome);
        if round % 2 == 0 {
            child = start();
            outcome = condition.wait_for(guard, is_there);
        } else {
            let mut future = pin!(condition.wait_for_async(guard, is_there));
            assert!(poll_once(future.as_mut()).is_pending());
            child = start();
            outcome = block_on(future);
        }
        let Err(WaitError::OwnerDied(died)) = outcome else {
            panic!("its notifier has died with the lock");
        };
        assert_eq!(asked.get(), 1);
        let again = condition.wait_for(died.into_guard(), |_| state.get() == round);
        drop(again.unwrap());
        assert!(child.join().is_err());
    }
    let guard = condition.acquire().unwrap();
    let ready = block_on(condition.wait_for_async(guard, |_| state.get() == 4));
    drop(ready.unwrap());
}

/// `test_barrier`, `test_barrier_10`, `test_wait_return`, `test_single_thread`, `test_thousand`.
#[test]
fn m110_rounds() {
    fn meet((barrier, rounds, at): (Barrier, u32, Array<u32>)) -> (u32, u32) {
        let (mut first, mut sum) = (0, 0);
        for round in 0..rounds {
            let lock = at.lock();
            at.set(0, at.get(0).unwrap() + 1).unwrap();
            drop(lock);
            let place = barrier.wait().unwrap();
            // All five were here, and none is two rounds ahead.
            let count = at.get(0).unwrap();
            assert!(
                (5 * (round + 1)..=5 * (round + 2)).contains(&count),
                "{count} in {round}"
            );
            first += u32::from(place == 0);
            sum += place as u32;
        }
        (first, sum)
    }
    let _alone = alone();
    for rounds in [1, 10, 300] {
        let barrier = Barrier::new(5).unwrap();
        let at = Array::zeros(1).unwrap();
        let call = || (barrier.clone(), rounds, at.try_clone().unwrap());
        let children = [0; 2].map(|_| spawn(meet, call()).unwrap());
        let mut told: Vec<_> = thread::scope(|scope| {
            let threads = [0; 3].map(|_| scope.spawn(|| meet(call())));
            threads.map(|thread| thread.join().unwrap()).into()
        });
        told.extend(children.map(|child| child.join().unwrap()));
        assert_eq!(told.iter().map(|(first, _)| first).sum::<u32>(), rounds);
        assert_eq!(told.iter().map(|(_, sum)| sum).sum::<u32>(), 10 * rounds);
    }
    let alone = Barrier::new(1).unwrap();
    for _ in 0..1000 {
        assert_eq!(alone.wait(), Ok(0));
    }
    assert!(!alone.is_broken() && alone.waiting() == 0);
}

/// `test_abort`, `test_reset`, `test_abort_and_reset`, `test_timeout`: those who wait in other processes are told, too.
#[test]
fn m110_abort_and_reset() {
    fn wait(barrier: Barrier) -> bool {
        barrier.wait().is_ok()
    }
    let _alone = alone();
    let barrier = Barrier::new(3).unwrap();
    let waiting = || -> [Process<bool>; 2] {
        let children = [0; 2].map(|_| spawn(wait, barrier.clone()).unwrap());
        eventually(|| barrier.waiting() == 2);
        children
    };
    let told = |children: [Process<bool>; 2]| children.map(|child| child.join().unwrap());
    let children = waiting();
    barrier.abort();
    assert_eq!(told(children), [false, false]);
    assert!(barrier.is_broken() && barrier.waiting() == 0);
    assert!(barrier.wait().is_err());
    barrier.reset();
    assert!(!barrier.is_broken());
    let children = waiting();
    barrier.reset();
    assert_eq!(told(children), [false, false]);
    assert!(!barrier.is_broken());
    let children = waiting();
    // The third has no patience, but needs none.
    barrier.wait_timeout(Duration::ZERO).unwrap();
    assert_eq!(told(children), [true, true]);
    // Those who have met have ended, as parties may not.
    barrier.reset();
    let child = spawn(wait, barrier.clone()).unwrap();
    eventually(|| barrier.waiting() == 1);
    let start = Instant::now();
    assert!(barrier.wait_timeout(ms(10)).is_err());
    assert!(start.elapsed() >= ms(10) && barrier.is_broken());
    assert!(!child.join().unwrap());
}

/// `test_value`, `test_rawvalue`: all numbers, changed by a child (rows M-114, M-116, M-123).
#[test]
fn m114_all_types() {
    macro_rules! check {
        ($($kind:ty: $first:expr, $second:expr;)*) => {$({
            fn change((raw, value): (RawValue<$kind>, Value<$kind>)) -> bool {
                let were = raw.get() == $first && value.get() == $first;
                raw.set($second);
                value.set($second);
                were
            }
            let (raw, value) = (RawValue::new($first).unwrap(), Value::new($first).unwrap());
            let both = (raw.try_clone().unwrap(), value.try_clone().unwrap());
            assert!(spawn(change, both).unwrap().join().unwrap(), stringify!($kind));
            assert_eq!((raw.get(), value.get()), ($second, $second), stringify!($kind));
        })*};
    }
    let _alone = alone();
    check! {
        u8: b'c', 0;
        i8: i8::MIN, i8::MAX;
        u16: 7, u16::MAX;
        i16: -7, i16::MIN;
        u32: u32::MAX, 1;
        i32: 7, i32::MIN;
        u64: u64::MAX, 2;
        i64: i64::MIN, 4_294_967_296;
        f32: 3.25, f32::MIN_POSITIVE;
        f64: 3.75, -24.0;
    }
}

/// `test_array`, `test_rawarray`: running sums by a child, over the same numbers as here.
#[test]
fn m117_sieve() {
    fn add_up(array: RawArray<i32>) {
        for i in 1..array.len() {
            array
                .set(i, array.get(i).unwrap() + array.get(i - 1).unwrap())
                .unwrap();
        }
    }
    fn add_up_locked(array: Array<i32>) {
        let _lock = array.lock();
        add_up(array.get_obj().try_clone().unwrap());
    }
    let _alone = alone();
    let mut numbers = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];
    let raw = RawArray::from_slice(&numbers).unwrap();
    let array = Array::from_slice(&numbers).unwrap();
    array.write(4, &[1, 2]).unwrap();
    array.write(4, &[150, 233]).unwrap();
    for i in 1..numbers.len() {
        numbers[i] += numbers[i - 1];
    }
    spawn(add_up, raw.try_clone().unwrap())
        .unwrap()
        .join()
        .unwrap();
    spawn(add_up_locked, array.try_clone().unwrap())
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(
        (raw.to_vec(), array.to_vec()),
        (numbers.to_vec(), numbers.to_vec())
    );
}

/// `test_array_from_size`, `_TestHeap`: what was used before is zero again; many come and go in any order, also by several threads.
#[test]
fn m117_recycled_memory() {
    let _alone = alone();
    for _ in 0..3 {
        let array = Array::<i32>::zeros(10).unwrap();
        assert_eq!(array.to_vec(), [0; 10]);
        array.write(0, &[1; 10]).unwrap();
    }
    thread::scope(|scope| {
        for thread in 0..3_usize {
            scope.spawn(move || {
                let mut kept: Vec<Array<u64>> = Vec::new();
                for turn in 0..100 {
                    let len = turn * 37 % 500 + 1;
                    let array = Array::zeros(len).unwrap();
                    assert!(array.to_vec().iter().all(|n: &u64| *n == 0));
                    array.set(len - 1, (thread + 1) as u64).unwrap();
                    kept.push(array);
                    if kept.len() > 20 {
                        drop(kept.swap_remove(turn % 20));
                    }
                }
                let last = |array: &Array<u64>| array.get(array.len() - 1).unwrap();
                assert!(kept.iter().all(|array| last(array) == (thread + 1) as u64));
            });
        }
    });
}

/// `_TestSharedCTypes`: structs, arrays of them, text, with locks and without; copies are apart (rows M-118, M-120, M-121).
#[test]
fn m120_structs() {
    type Point = [f64; 2];
    type All = (Value<i32>, Value<Point>, Array<Point>, RawArray<u8>);
    fn double((x, point, points, text): All) {
        x.set(x.get() * 2);
        point.set(point.get().map(|n| n * 2.0));
        for i in 0..points.len() {
            let _lock = points.lock();
            points
                .set(i, points.get(i).unwrap().map(|n| n * 2.0))
                .unwrap();
        }
        let hello = [&text.to_vec()[..5], b"hello"].concat();
        text.write(0, &hello).unwrap();
    }
    let _alone = alone();
    let x = Value::new(7).unwrap();
    let point = Value::new([1.5, -2.0]).unwrap();
    let points = Array::from_slice(&[[1.0, 2.0], [3.0, 4.0]]).unwrap();
    let text = RawArray::from_slice(b"hello\0\0\0\0\0").unwrap();
    let copies = (points.get_obj().copy().unwrap(), text.copy().unwrap());
    let all = (
        x.try_clone().unwrap(),
        point.try_clone().unwrap(),
        points.try_clone().unwrap(),
        text.try_clone().unwrap(),
    );
    spawn(double, all).unwrap().join().unwrap();
    assert_eq!((x.get(), point.get()), (14, [3.0, -4.0]));
    assert_eq!(points.to_vec(), [[2.0, 4.0], [6.0, 8.0]]);
    assert_eq!(text.to_vec(), b"hellohello");
    assert_eq!(copies.0.to_vec(), [[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(copies.1.to_vec(), b"hello\0\0\0\0\0");
}

/// `test_shared_memory_across_processes`: by name, and by hand of one that has a name.
#[test]
fn h01_across_processes() {
    fn by_name((name, text): (String, Vec<u8>)) {
        SharedMemory::attach(&name)
            .unwrap()
            .write(0, &text)
            .unwrap();
    }
    fn by_hand((memory, text): (SharedMemory, Vec<u8>)) {
        assert_eq!(memory.name(), None);
        memory.write(0, &text).unwrap();
    }
    let _alone = alone();
    let memory = SharedMemory::create(512).unwrap();
    let name = memory.name().unwrap().to_owned();
    spawn(by_name, (name, b"howdy".to_vec()))
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(memory.get::<[u8; 5]>(0).unwrap(), *b"howdy");
    let call = (memory.try_clone().unwrap(), b"HoWdY".to_vec());
    spawn(by_hand, call).unwrap().join().unwrap();
    assert_eq!(memory.get::<[u8; 5]>(0).unwrap(), *b"HoWdY");
    // Children that had it and are gone have taken nothing away (row H-10).
    assert!(SharedMemory::attach(memory.name().unwrap()).is_ok());
}

/// `test_shared_memory_pickle_unpickle_dead_object`: what is given by hand needs no name.
#[test]
fn h08_without_its_name() {
    fn read(memory: SharedMemory) -> [u8; 3] {
        memory.get(0).unwrap()
    }
    let _alone = alone();
    let memory = SharedMemory::create(3).unwrap();
    memory.write(0, b"abc").unwrap();
    let name = memory.name().unwrap().to_owned();
    memory.unlink().unwrap();
    assert!(matches!(
        SharedMemory::attach(&name),
        Err(OpenError::NotFound)
    ));
    assert_eq!(
        spawn(read, memory.try_clone().unwrap())
            .unwrap()
            .join()
            .unwrap(),
        *b"abc"
    );
    let (here, there) = pipe().unwrap();
    here.send(&memory).unwrap();
    drop(memory);
    assert_eq!(read(there.recv().unwrap()), *b"abc");
}

/// `test_shared_memory_SharedMemoryServer_ignores_sigint`: what a manager keeps outlives the interrupt of a child that uses it.
#[test]
fn h13_interrupts() {
    fn hold((name, there): (String, Sender)) {
        let _memory = SharedMemory::attach(&name).unwrap();
        there.send(&()).unwrap();
        thread::sleep(Duration::from_secs(1000));
    }
    let _alone = alone();
    let manager = SharedMemoryManager::new();
    let name = manager.memory(8).unwrap().name().unwrap().to_owned();
    let (ready, there) = one_way().unwrap();
    let child = spawn(hold, (name.clone(), there)).unwrap();
    ready.recv::<()>().unwrap();
    child.interrupt().unwrap();
    assert!(matches!(child.join(), Err(JoinError::Exited(_))));
    assert_eq!(child.exitcode(), Some(-2));
    assert!(SharedMemory::attach(&name).is_ok());
    drop(manager);
    assert!(SharedMemory::attach(&name).is_err());
}

/// `test_shared_memory_ShareableList_pickling`, with one whose name is gone: it is the same list in the other process, and what travels does not grow with it (row H-22).
#[test]
fn h22_a_list_travels() {
    fn change(list: ShareableList) -> usize {
        list.set(-1, "shared").unwrap();
        list.len()
    }
    let _alone = alone();
    let list = ShareableList::new((0..10_i64).map(Item::Int)).unwrap();
    let shares = |list: &ShareableList| {
        let (one, other) = pipe().unwrap();
        one.send(list).unwrap();
        other.recv::<ShareableList>().unwrap()
    };
    let again = shares(&list);
    again.set(3, 1.5).unwrap();
    assert_eq!(list.get(3), Ok(Item::Float(1.5)));
    list.unlink().unwrap();
    assert_eq!(spawn(change, shares(&again)).unwrap().join().unwrap(), 10);
    assert_eq!(again.get(9), Ok(Item::from("shared")));
    let many = ShareableList::new((0..100_000_i64).map(Item::Int)).unwrap();
    let (one, other) = pipe().unwrap();
    let len = |list: &ShareableList| {
        one.send(list).unwrap();
        other.recv_bytes().unwrap().len()
    };
    assert_eq!(len(&many), len(&list));
}
