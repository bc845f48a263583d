//! A condition: wait until something is true of the data under a lock (rows T-E03, T-E04).

use std::collections::VecDeque;

use selvedge::threading::{Condition, Mutex, spawn};

/// A buffer without limit, and the condition "there is something in it".
static BUFFER: Condition<Mutex<VecDeque<u32>>> = Condition::new(Mutex::new(VecDeque::new()));

fn produce(item: u32) {
    let mut buffer = BUFFER.acquire();
    buffer.push_back(item);
    buffer.notify(1);
}

/// The loop written out: look, and wait while there is nothing.
fn consume_with_loop() -> u32 {
    let mut buffer = BUFFER.acquire();
    loop {
        if let Some(item) = buffer.pop_front() {
            return item;
        }
        buffer.wait(); // releases the lock meanwhile
    }
}

/// The same with the loop inside.
fn consume_with_wait_for() -> u32 {
    let mut buffer = BUFFER.acquire();
    buffer.wait_for(|buffer| !buffer.is_empty());
    buffer.pop_front().expect("waited for")
}

fn main() {
    let one = spawn(|| (0..50).map(|_| consume_with_loop()).sum::<u32>());
    let two = spawn(|| (0..50).map(|_| consume_with_wait_for()).sum::<u32>());
    (1..=100).for_each(produce);

    let sum = one.join().unwrap() + two.join().unwrap();
    println!("the sum of what two consumers took: {sum}");
    println!("left in the buffer: {}", BUFFER.acquire().len());
}
