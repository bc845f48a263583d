//! `multiprocessing::queues` (rows M-78 to M-96): also when somebody is killed.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::thread;
use std::time::{Duration, Instant};

use selvedge::concurrent::futures::block_on;
use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::queues::{
    Abandoned, GetError, GetTimeoutError, JoinTimeoutError, PlainQueue, PutError, PutTimeoutError,
    Queue, TooManyTasksDone, TryGetError, TryPutError,
};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::synchronize::Event;
use selvedge::multiprocessing::{Process, spawn};
use subprocess_support::{alone, eventually, ms};

const LONG: Duration = Duration::from_secs(100);

/// Rows M-80, M-82 to M-85: all forms, in one process; what is in it is known exactly.
#[test]
fn m80_forms() {
    let _alone = alone();
    let queue = Queue::<String>::new(2).unwrap();
    assert_eq!(queue.maxsize(), Some(2));
    assert!(queue.is_empty() && !queue.is_full());
    queue.put("one".into()).unwrap();
    queue.put_timeout("two".into(), LONG).unwrap();
    assert!(queue.len() == 2 && queue.is_full());
    let full = queue.try_put("three".into()).unwrap_err();
    assert!(matches!(&full, TryPutError::Full(item) if item == "three"));
    assert_eq!(full.into_inner(), "three");
    let start = Instant::now();
    let late = queue.put_timeout("three".into(), ms(5)).unwrap_err();
    assert!(start.elapsed() >= ms(5));
    assert!(matches!(&late, PutTimeoutError::TimedOut(item) if item == "three"));
    assert!(queue.put_deadline(late.into_inner(), start).is_err());
    assert_eq!(queue.get().unwrap(), "one");
    queue.put_deadline("three".into(), start + LONG).unwrap();
    assert_eq!(queue.try_get().unwrap(), "two");
    block_on(queue.put_async("four".into())).unwrap();
    assert_eq!(queue.get_timeout(Duration::MAX).unwrap(), "three");
    assert_eq!(block_on(queue.get_async()).unwrap(), "four");
    assert!(matches!(queue.try_get(), Err(TryGetError::Empty)));
    let start = Instant::now();
    let late = queue.get_timeout(ms(5));
    assert!(matches!(late, Err(GetTimeoutError::TimedOut)));
    assert!(start.elapsed() >= ms(5));
    assert!(queue.get_deadline(start).is_err());
    assert!(queue.is_empty() && queue.lost() == 0);
}

/// Row M-78: no limit but the bytes; and items that do not fit at all come back.
#[test]
fn bytes_are_limited() {
    let _alone = alone();
    let queue = Queue::<Vec<u8>>::with_bytes(0, 64).unwrap();
    assert_eq!(queue.maxsize(), None);
    // A byte for its length, as serde has it, and eight as the queue has it.
    queue.put(vec![7; 55]).unwrap();
    assert!(queue.is_full());
    assert!(matches!(queue.try_put(vec![]), Err(TryPutError::Full(_))));
    assert_eq!(queue.get().unwrap(), [7; 55]);
    match queue.put(vec![8; 56]) {
        Err(PutError::TooLarge(item, 57)) => assert_eq!(item, [8; 56]),
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        queue.put_timeout(vec![8; 100], LONG),
        Err(PutTimeoutError::Refused(PutError::TooLarge(..)))
    ));
    for n in 0..4 {
        queue.put(vec![n; n.into()]).unwrap();
    }
    assert!(queue.is_full() && queue.len() == 4);
    for n in 0..4 {
        assert_eq!(queue.get().unwrap(), vec![n; n.into()]);
    }
    assert!(Queue::<u8>::with_bytes(0, usize::MAX).is_err());
}

/// Around and around, in all lengths.
#[test]
fn around_the_end() {
    let _alone = alone();
    let queue = Queue::<Vec<u8>>::with_bytes(0, 1000).unwrap();
    let item = |n: usize| -> Vec<u8> { (0..n * 7 % 300).map(|i| (i + n) as u8).collect() };
    let (mut put, mut got) = (0, 0);
    while got < 5_000 {
        while queue.try_put(item(put)).is_ok() {
            put += 1;
        }
        assert_eq!(queue.len(), put - got);
        for _ in 0..=put % 3 {
            if let Ok(next) = queue.try_get() {
                assert_eq!(next, item(got));
                got += 1;
            }
        }
    }
}

/// Row M-81: what cannot be serialized comes back at once, and so do descriptors.
#[test]
fn m81_what_cannot_travel() {
    let _alone = alone();
    let queue = Queue::<SharedMemory>::new(1).unwrap();
    let memory = SharedMemory::anonymous(8).unwrap();
    memory.set(0, &7_u8).unwrap();
    let Err(PutError::Pack(memory, _)) = queue.put(memory) else {
        panic!("it has a descriptor");
    };
    assert_eq!(memory.get::<u8>(0).unwrap(), 7);
    assert!(queue.is_empty());
}

/// Row M-82: what does not fit the type is lost, alone.
#[test]
fn m82_other_types() {
    let _alone = alone();
    let queue = Queue::<Vec<u8>>::new(0).unwrap();
    let child = spawn(
        |queue: Queue<(u8, bool)>| {
            assert!(matches!(queue.get(), Err(GetError::Unpack(_))));
            assert!(queue.get().unwrap() == (1, true));
            matches!(queue.get(), Err(GetError::Unpack(_)))
        },
        // The same bytes, taken for those of another type.
        reinterpret(&queue),
    )
    .unwrap();
    queue.put(vec![2; 5]).unwrap();
    queue.put(vec![1]).unwrap();
    queue.put(vec![1, 2, 3]).unwrap();
    assert!(child.join().unwrap());
    assert_eq!(queue.lost(), 0);
}

fn reinterpret(queue: &Queue<Vec<u8>>) -> Queue<(u8, bool)> {
    let (receiver, sender) = one_way().unwrap();
    sender.send(queue).unwrap();
    receiver.recv().unwrap()
}

/// Row M-87: closed for all; what is in it can be taken, and who waits is told.
#[test]
fn m87_close() {
    let _alone = alone();
    let queue = Queue::<u32>::new(1).unwrap();
    let others = Queue::<u32>::new(1).unwrap();
    queue.put(1).unwrap();
    let child = spawn(
        |(full, empty): (Queue<u32>, Queue<u32>)| {
            thread::scope(|scope| {
                let putter = scope.spawn(|| matches!(full.put(2), Err(PutError::Closed(2))));
                let getter = scope.spawn(|| matches!(empty.get(), Err(GetError::Closed)));
                (putter.join().unwrap(), getter.join().unwrap())
            })
        },
        (queue.clone(), others.clone()),
    )
    .unwrap();
    thread::sleep(ms(20));
    queue.close();
    others.close();
    assert_eq!(child.join().unwrap(), (true, true));
    queue.close();
    assert!(queue.is_closed());
    assert!(matches!(
        queue.try_put(3),
        Err(TryPutError::Refused(PutError::Closed(3)))
    ));
    assert_eq!(queue.get().unwrap(), 1);
    assert!(matches!(queue.get(), Err(GetError::Closed)));
    assert!(matches!(
        queue.try_get(),
        Err(TryGetError::Failed(GetError::Closed))
    ));
}

/// Row M-86: several put and several take; nothing is lost or doubled, and what one puts keeps its order.
#[test]
fn m86_many() {
    const EACH: u32 = 2_000;
    fn puts((queue, name): (Queue<(u32, u32, Vec<u8>)>, u32)) {
        thread::scope(|scope| {
            for thread in 0..2 {
                let queue = &queue;
                scope.spawn(move || {
                    for n in 0..EACH {
                        let rest = vec![n as u8; (n % 50) as usize];
                        queue.put((name * 2 + thread, n, rest)).unwrap();
                    }
                });
            }
        });
    }
    fn takes(queue: Queue<(u32, u32, Vec<u8>)>) -> Vec<(u32, u32)> {
        let mut all = Vec::new();
        loop {
            match queue.get() {
                Ok((name, n, rest)) => {
                    assert_eq!(rest, vec![n as u8; (n % 50) as usize]);
                    all.push((name, n));
                }
                Err(GetError::Closed) => return all,
                Err(error) => panic!("{error}"),
            }
        }
    }
    let _alone = alone();
    // Narrow, so that both sides sleep.
    let queue = Queue::with_bytes(20, 600).unwrap();
    let putters = [0, 1].map(|name| spawn(puts, (queue.clone(), name)).unwrap());
    let takers = [(); 2].map(|()| spawn(takes, queue.clone()).unwrap());
    let here = thread::scope(|scope| {
        let here = scope.spawn(|| takes(queue.clone()));
        for putter in putters {
            putter.join().unwrap();
        }
        queue.close();
        here.join().unwrap()
    });
    let mut all = vec![here];
    all.extend(takers.map(|taker| taker.join().unwrap()));
    for taken in &all {
        for name in 0..4 {
            let of_one: Vec<_> = taken.iter().filter(|(from, _)| *from == name).collect();
            assert!(of_one.is_sorted());
        }
    }
    let mut all = all.concat();
    all.sort_unstable();
    let expected = (0..4).flat_map(|name| (0..EACH).map(move |n| (name, n)));
    assert!(all.into_iter().eq(expected));
    assert_eq!(queue.lost(), 0);
}

/// Row M-95: tasks.
#[test]
fn m95_tasks() {
    let _alone = alone();
    let queue = Queue::<u32>::new(0).unwrap();
    queue.join().unwrap();
    assert_eq!(queue.task_done(), Err(TooManyTasksDone));
    for n in 0..10 {
        queue.put(n).unwrap();
    }
    assert_eq!(queue.unfinished_tasks(), 10);
    assert_eq!(queue.try_join(), Err(JoinTimeoutError::TimedOut));
    let start = Instant::now();
    assert_eq!(queue.join_timeout(ms(5)), Err(JoinTimeoutError::TimedOut));
    assert!(start.elapsed() >= ms(5));
    let children = [(); 2].map(|()| {
        let work = |queue: Queue<u32>| {
            for _ in 0..5 {
                queue.get().unwrap();
                queue.task_done().unwrap();
            }
        };
        spawn(work, queue.clone()).unwrap()
    });
    thread::scope(|scope| {
        scope.spawn(|| block_on(queue.join_async()).unwrap());
        queue.join().unwrap();
    });
    assert_eq!(queue.unfinished_tasks(), 0);
    assert_eq!(queue.task_done(), Err(TooManyTasksDone));
    for child in children {
        child.join().unwrap();
    }
    // Those who did them are gone in good order.
    queue.put(1).unwrap();
    assert_eq!(queue.try_join(), Err(JoinTimeoutError::TimedOut));
    queue.get().unwrap();
    queue.task_done().unwrap();
    queue.join_deadline(start + LONG).unwrap();
}

/// Tasks of the dead: told once, and not waited for.
#[test]
fn tasks_of_the_dead() {
    fn takes((queue, taken): (Queue<u32>, Event)) {
        for _ in 0..3 {
            queue.get().unwrap();
        }
        queue.task_done().unwrap();
        taken.set();
        thread::sleep(LONG);
    }
    let _alone = alone();
    let queue = Queue::<u32>::new(0).unwrap();
    for round in 0..5 {
        for n in 0..4 {
            queue.put(n).unwrap();
        }
        let taken = Event::new().unwrap();
        let child = spawn(takes, (queue.clone(), taken.clone())).unwrap();
        taken.wait();
        assert_eq!(queue.unfinished_tasks(), 3);
        thread::scope(|scope| {
            let joiner = scope.spawn(|| queue.join());
            if round % 2 == 0 {
                thread::sleep(ms(5));
            }
            child.kill().unwrap();
            assert_eq!(joiner.join().unwrap(), Err(Abandoned(2)));
        });
        assert!(child.join().is_err());
        assert_eq!(queue.get().unwrap(), 3);
        queue.task_done().unwrap();
        queue.join().unwrap();
        assert_eq!(queue.lost(), 0, "they were got");
    }
}

/// Row M-92: whoever is killed, the others go on, and what is lost is counted.
#[test]
fn m92_killed() {
    fn puts((queue, ready): (Queue<u32>, Sender)) {
        ready.send(&()).unwrap();
        for n in 0.. {
            queue.put(n).unwrap();
        }
    }
    let _alone = alone();
    let queue = Queue::<u32>::new(3).unwrap();
    for _ in 0..10 {
        let (ready, sender) = one_way().unwrap();
        let child: Process = spawn(puts, (queue.clone(), sender)).unwrap();
        ready.recv::<()>().unwrap();
        for n in 0..100 {
            assert_eq!(queue.get().unwrap(), n);
        }
        child.kill().unwrap();
        assert!(child.join().is_err());
        let mut n = 100;
        let before = queue.lost();
        let mut told = 0;
        loop {
            match queue.try_get() {
                Ok(item) => {
                    assert_eq!(item, n, "in order, and none is missing");
                    n += 1;
                }
                Err(TryGetError::Failed(GetError::Lost)) => told += 1,
                Err(TryGetError::Empty) => break,
                Err(error) => panic!("{error}"),
            }
        }
        assert!(told <= 1 && queue.lost() == before + told);
        queue.put(7).unwrap();
        assert_eq!(queue.get().unwrap(), 7);
    }
}

/// Values as they are.
#[test]
fn plain() {
    let _alone = alone();
    let queue = PlainQueue::<[u64; 8]>::plain(3).unwrap();
    let child = spawn(
        |queue: PlainQueue<[u64; 8]>| (0..1000).map(|_| queue.get().unwrap()[7]).sum::<u64>(),
        queue.clone(),
    )
    .unwrap();
    for n in 0..1000 {
        queue.put([n; 8]).unwrap();
    }
    assert_eq!(child.join().unwrap(), 999 * 500);
    assert!(queue.is_empty());
    for n in 0..3 {
        queue.try_put([n; 8]).unwrap();
    }
    assert!(queue.is_full() && queue.try_put([3; 8]).is_err());
    eventually(|| format!("{queue:?}").contains("len: 3"));
}
