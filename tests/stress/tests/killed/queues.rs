//! Queues.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::queues::{Abandoned, GetError, Queue, TryGetError};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::spawn;

use crate::death::death;
use crate::{Dice, alone, rounds, tasks, us, word};

type Items = Queue<(u32, Vec<u8>)>;

/// The item of this number, of another length each time.
fn item(number: u32) -> (u32, Vec<u8>) {
    let len = number * 7 % 90;
    (
        number,
        (0..len).map(|place| (place + number) as u8).collect(),
    )
}

fn narrow() -> Items {
    Queue::with_bytes(6, 400).expect("there is room")
}

fn put(queue: &Items, number: u32, as_task: bool) {
    let put = match as_task {
        true => tasks::wait(|| queue.put_async(item(number))),
        false => queue.put(item(number)),
    };
    put.expect("it is open");
}

fn get(queue: &Items, as_task: bool) -> Result<(u32, Vec<u8>), GetError> {
    match as_task {
        true => tasks::wait(|| queue.get_async()),
        false => queue.get(),
    }
}

fn puts((queue, ready, as_task): (Items, Sender, bool)) {
    ready.send(&()).expect("the parent lives");
    for number in 0.. {
        put(&queue, number, as_task);
    }
}

/// What comes from one that is killed is whole and in order, and a loss is told, also to those who sleep.
#[test]
fn putter() {
    let _alone = alone("putter");
    putters(false);
}

/// The same if both are tasks.
#[test]
fn putter_tasks() {
    let _alone = alone("putter_tasks");
    putters(true);
}

fn putters(as_tasks: bool) {
    let mut dice = Dice::new();
    let queue = narrow();
    let mut lost = 0;
    for round in 0..rounds() {
        let (ready, sender) = one_way().expect("there is room");
        let victim = spawn(puts, (queue.clone(), sender, as_tasks)).expect("it starts");
        ready.recv::<()>().expect("it is there");
        let told = thread::scope(|scope| {
            let getter = scope.spawn(|| {
                let (mut next, mut told) = (0, 0);
                loop {
                    match get(&queue, as_tasks) {
                        Ok((u32::MAX, _)) => return told,
                        Ok(got) => {
                            assert!(got == item(next), "round {round}: {} for {next}", got.0);
                            next += 1;
                        }
                        Err(GetError::Lost) => told += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
            });
            thread::sleep(us(dice.below(500)));
            death(&victim, &mut dice, || ());
            assert!(victim.join().is_err());
            if dice.below(2) == 0 {
                // It is told without anybody else who puts.
                thread::sleep(us(300));
            }
            queue.put((u32::MAX, Vec::new())).expect("it is open");
            getter.join().expect("it is in order")
        });
        assert!(told <= 1 && queue.is_empty(), "round {round}");
        lost += told;
        assert_eq!(queue.lost(), lost);
    }
    println!("{lost} items were lost in {} rounds", rounds());
}

fn gets((queue, memory, ready, as_task): (Items, SharedMemory, Sender, bool)) {
    ready.send(&()).expect("the parent lives");
    loop {
        let (number, bytes) = get(&queue, as_task).expect("it is open");
        assert!((number, bytes) == item(number));
        word(&memory, 0).store(number + 1, SeqCst);
    }
}

/// One that is killed takes along what it had in its hands and nothing else, and those who wait for room go on.
#[test]
fn getter() {
    let _alone = alone("getter");
    getters(false);
}

/// The same if both are tasks.
#[test]
fn getter_tasks() {
    let _alone = alone("getter_tasks");
    getters(true);
}

fn getters(as_tasks: bool) {
    let mut dice = Dice::new();
    let queue = narrow();
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let mut lost = 0;
    for round in 0..rounds() {
        word(&memory, 0).store(0, SeqCst);
        let (ready, sender) = one_way().expect("there is room");
        let shared = memory.try_clone().expect("there is room");
        let call = (queue.clone(), shared, sender, as_tasks);
        let victim = spawn(gets, call).expect("it starts");
        ready.recv::<()>().expect("it is there");
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let putter = scope.spawn(|| {
                let mut next = 0;
                while !over.load(SeqCst) {
                    put(&queue, next, as_tasks);
                    next += 1;
                }
                next
            });
            thread::sleep(us(dice.below(500)));
            death(&victim, &mut dice, || ());
            assert!(victim.join().is_err());
            let mut next = word(&memory, 0).load(SeqCst);
            let (mut told, mut missing) = (0, 0);
            over.store(true, SeqCst);
            loop {
                match queue.try_get() {
                    Ok(got) => {
                        missing += got.0 - next;
                        assert!(got == item(got.0));
                        next = got.0 + 1;
                    }
                    Err(TryGetError::Failed(GetError::Lost)) => told += 1,
                    Err(TryGetError::Failed(error)) => panic!("{error}"),
                    Err(TryGetError::Empty) if putter.is_finished() && queue.is_empty() => break,
                    Err(TryGetError::Empty) => thread::yield_now(),
                }
            }
            missing += putter.join().expect("it is in order") - next;
            // It may have died with an item that it had got, and not said so.
            assert!(
                told <= missing && missing <= 1,
                "round {round}: {told}, {missing}"
            );
            lost += told;
        });
        assert_eq!(queue.lost(), lost);
    }
    println!("{lost} items were lost in {} rounds", rounds());
}

fn works((queue, ready): (Items, Sender)) {
    ready.send(&()).expect("the parent lives");
    loop {
        queue.get().expect("it is open");
        queue.task_done().expect("there is one");
    }
}

/// Who waits for all tasks is told of what will never be done, and waits for nothing else.
#[test]
fn worker() {
    let _alone = alone("worker");
    let mut dice = Dice::new();
    let queue = narrow();
    let mut abandoned = 0;
    for round in 0..rounds() {
        let (ready, sender) = one_way().expect("there is room");
        let victim = spawn(works, (queue.clone(), sender)).expect("it starts");
        ready.recv::<()>().expect("it is there");
        let over = AtomicBool::new(false);
        let told = thread::scope(|scope| {
            let living = scope.spawn(|| {
                loop {
                    match queue.get() {
                        Ok((u32::MAX, _)) => break queue.task_done().expect("there is one"),
                        Ok(_) => queue.task_done().expect("there is one"),
                        Err(GetError::Lost) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
            let putter = scope.spawn(|| {
                for number in 0.. {
                    if over.load(SeqCst) {
                        queue.put((u32::MAX, Vec::new())).expect("it is open");
                        return;
                    }
                    queue.put(item(number)).expect("it is open");
                }
            });
            death(&victim, &mut dice, || ());
            assert!(victim.join().is_err());
            over.store(true, SeqCst);
            putter.join().expect("it is in order");
            let mut told = 0;
            while let Err(Abandoned(tasks)) = queue.join() {
                told += tasks;
            }
            living.join().expect("it is in order");
            told
        });
        assert!(told <= 1, "round {round}: {told}");
        assert_eq!(queue.unfinished_tasks(), 0);
        assert!(queue.is_empty());
        abandoned += told;
    }
    println!("{abandoned} tasks were abandoned in {} rounds", rounds());
}
