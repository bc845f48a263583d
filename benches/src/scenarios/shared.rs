//! Processes with each other.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use selvedge::multiprocessing::connection::{Connection, pipe};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::spawn;

use crate::contender::Role;
use crate::contender::shared::{Hands, SharedBytes, SharedLock, SharedSemaphore, Starts, Wire};
use crate::row::{Plan, Sample};
use crate::scenarios::{numbers, repeat};

/// An operation is a process that was started and waited for.
pub(crate) fn start<S: Starts>(plan: &Plan) -> Sample {
    let start = Instant::now();
    for number in 0..plan.ops {
        let next = S::next(number);
        assert!(next == number + 1 || next == 0 && matches!(S::ROLE, Role::Reference(_)));
    }
    Sample::new(plan.ops, start.elapsed())
}

/// An operation is a message of so many bytes that goes to another process and comes back.
pub(crate) fn trip<W: Wire>(plan: &Plan, size: usize) -> Sample {
    fn echo<W: Wire>((far, messages, size): (W::Far, u64, usize)) {
        W::echo(far, messages, size);
    }
    let message = message(size);
    let mut back = vec![0; size];
    let (mut near, far) = W::pair();
    let child = spawn(echo::<W>, (far, plan.ops + 1, size)).expect("it starts");
    // By then it is there.
    near.trip(&message, &mut back);
    let time = repeat(plan.ops, || near.trip(&message, &mut back));
    assert!(back == message, "what goes there comes back");
    child.join().expect("it ends");
    Sample::new(plan.ops, time)
}

/// An operation is memory of so many bytes that goes to another process and comes back.
pub(crate) fn hand_over<H: Hands>(plan: &Plan, size: usize) -> Sample {
    fn echo<H: Hands>((far, times): (H::Far, u64)) {
        H::echo(far, times);
    }
    let message = message(size);
    let (mut near, far) = H::pair(&message);
    let child = spawn(echo::<H>, (far, plan.ops + 1)).expect("it starts");
    // By then it is there.
    near.trip();
    let time = repeat(plan.ops, || near.trip());
    assert!(near.has(&message), "what goes there comes back");
    child.join().expect("it ends");
    Sample::new(plan.ops, time)
}

/// Pseudo-random, so many bytes.
fn message(size: usize) -> Vec<u8> {
    let words = numbers().take(size.min(4096) / 8);
    let part: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    part.repeat(size / part.len())
}

fn tick(memory: &SharedMemory) {
    let word = memory.atomic::<AtomicU64>(0).expect("it is inside");
    // Not in one step: two at once lose some.
    word.store(word.load(Relaxed) + 1, Relaxed);
}

/// One process acquires and releases.
pub(crate) fn uncontended<L: SharedLock>(plan: &Plan) -> Sample {
    let lock = L::new();
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let time = repeat(plan.ops, || lock.with(|| tick(&memory)));
    assert_eq!(memory.get::<u64>(0).expect("it is inside"), plan.ops);
    Sample::new(plan.ops, time)
}

/// Two processes that want the lock all the time.
pub(crate) fn contended<L: SharedLock>(plan: &Plan) -> Sample {
    fn takes<L: SharedLock>((lock, memory, there, count): (L, SharedMemory, Connection, u64)) {
        there.send(&()).expect("it goes");
        there.recv::<()>().expect("it comes");
        repeat(count, || lock.with(|| tick(&memory)));
        there.send(&()).expect("it goes");
    }
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let (here, there) = pipe().expect("there is room");
    let (other_here, other_there) = pipe().expect("there is room");
    let lock = L::new();
    let shared = || memory.try_clone().expect("there is room");
    // Both in processes of their own, for the lock goes to one of them only by being sent.
    let (lock, sent) = both(lock);
    let first = spawn(takes::<L>, (lock, shared(), there, plan.ops)).expect("it starts");
    let second = spawn(takes::<L>, (sent, shared(), other_there, plan.ops)).expect("it starts");
    let all = [here, other_here];
    let wait = || {
        for end in &all {
            end.recv::<()>().expect("it comes");
        }
    };
    wait();
    let start = Instant::now();
    for end in &all {
        end.send(&()).expect("it goes");
    }
    wait();
    let time = start.elapsed();
    first.join().expect("it ends");
    second.join().expect("it ends");
    assert_eq!(memory.get::<u64>(0).expect("it is inside"), 2 * plan.ops);
    Sample::new(2 * plan.ops, time)
}

/// A second handle, as another process would get it.
fn both<T: crate::contender::shared::Travels>(value: T) -> (T, T) {
    let (one, other) = pipe().expect("there is room");
    one.send(&value).expect("it goes");
    (value, other.recv().expect("it comes"))
}

/// An operation is once there and back by two semaphores.
pub(crate) fn pass<S: SharedSemaphore>(plan: &Plan) -> Sample {
    fn answers<S: SharedSemaphore>((ping, pong, count): (S, S, u64)) {
        for _ in 0..count {
            ping.acquire();
            pong.release();
        }
    }
    let ((ping, far_ping), (pong, far_pong)) = (both(S::new()), both(S::new()));
    let call = (far_ping, far_pong, plan.ops + 1);
    let child = spawn(answers::<S>, call).expect("it starts");
    let once = || {
        ping.release();
        pong.acquire();
    };
    // By then it is there.
    once();
    let time = repeat(plan.ops, once);
    child.join().expect("it ends");
    Sample::new(plan.ops, time)
}

/// An operation is memory of this size, made, touched and done away with.
pub(crate) fn memory<M: SharedBytes>(plan: &Plan, size: usize) -> Sample {
    Sample::new(plan.ops, repeat(plan.ops, || M::use_up(size)))
}
