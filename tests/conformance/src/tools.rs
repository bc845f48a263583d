//! What rungs are written with.

use core::array;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll};

use selvedge_core::atomics::{AtomicU32, Ordering};

use crate::World;
use crate::probe::Probe;

/// The most tasks that are ever run at a time.
pub const MOST_TASKS: usize = 8;

/// A number that tasks share. Sequentially consistent: the suite tests the primitives' ordering by plain data, not by these.
#[derive(Debug)]
pub struct Count(AtomicU32);

impl Count {
    /// Zero.
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Adds one and says how much it was before.
    pub fn up(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    /// Takes one away.
    pub fn down(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    /// Adds.
    pub fn add(&self, n: u32) {
        self.0.fetch_add(n, Ordering::SeqCst);
    }

    /// Adds `n` if the number is `expected` still.
    pub fn add_if(&self, expected: u32, n: u32) -> bool {
        self.0
            .compare_exchange(expected, expected + n, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    /// Says.
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// Sets.
    pub fn set(&self, n: u32) {
        self.0.store(n, Ordering::SeqCst);
    }

    /// Adds one in two steps, without any ordering: concurrent calls lose some, so it counts right only under a lock that works.
    pub fn up_unprotected(&self) {
        let n = self.0.load(Ordering::Relaxed);
        core::hint::spin_loop();
        self.0.store(n + 1, Ordering::Relaxed);
    }
}

impl Default for Count {
    fn default() -> Self {
        Self::new()
    }
}

/// How many tasks a crowd has here.
pub fn crowd_size<W: World>(world: &W) -> usize {
    world.tasks().min(MOST_TASKS)
}

/// Runs `task` as often as the world has tasks, side by side; each gets its number.
pub fn crowd<W: World>(world: &W, task: impl Fn(usize) + Sync) {
    let task = &task;
    let tasks: [_; MOST_TASKS] = array::from_fn(|i| move || task(i));
    let tasks = tasks.each_ref().map(|task| -> &(dyn Fn() + Sync) { task });
    world.run(&tasks[..crowd_size(world)]);
}

/// Runs two tasks side by side.
pub fn pair<W: World>(world: &W, one: impl Fn() + Sync, other: impl Fn() + Sync) {
    world.run(&[&one, &other]);
}

/// Waits until something holds that must come to hold.
pub fn until<W: World>(world: &W, mut holds: impl FnMut() -> bool) {
    while !holds() {
        world.nap();
    }
}

/// Gives others time to do what they must *not* do. That they did not do it shows nothing; that they did would.
pub fn give_time<W: World>(world: &W) {
    for _ in 0..5 {
        world.nap();
    }
}

/// Drives a future, giving way while it is not woken.
pub fn block_on<W: World, F: Future>(world: &W, future: F) -> F::Output {
    let probe = Probe::new();
    let waker = probe.waker();
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        let wakes = probe.wakes();
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        let mut turns = 0_u32;
        while probe.wakes() == wakes {
            turns += 1;
            if turns < 100 {
                world.yield_now();
            } else {
                world.nap();
            }
        }
    }
}

/// Numbers that look random, the same in each run: xorshift.
#[derive(Debug)]
pub struct Dice(u32);

impl Dice {
    /// Another sequence for each `seed`.
    pub fn new(seed: usize) -> Self {
        Self(0x9E37_79B9 ^ (seed as u32).wrapping_mul(0x85EB_CA6B) | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % sides
    }
}
