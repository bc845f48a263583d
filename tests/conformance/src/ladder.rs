//! Lists of rungs, and how to climb them.

use selvedge_core::port::{Identity, TimedPort};

use crate::World;

/// One test.
#[derive(Debug)]
pub struct Rung<W> {
    /// What it is called.
    pub name: &'static str,
    /// How many tasks it needs at least.
    pub tasks: usize,
    /// Panics if something is wrong.
    pub check: fn(&W),
}

/// The tests of one primitive, simple ones first.
#[derive(Debug)]
pub struct Ladder<W: 'static> {
    /// What it is called.
    pub name: &'static str,
    /// The tests.
    pub rungs: &'static [Rung<W>],
}

/// How many rungs there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: u32,
    /// Needed more tasks than the world has.
    pub skipped: u32,
}

impl core::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, counts| Self {
            passed: sum.passed + counts.passed,
            skipped: sum.skipped + counts.skipped,
        })
    }
}

impl<W: World> Ladder<W> {
    /// Climbs it.
    pub fn climb(&self, world: &W) -> Counts {
        let mut counts = Counts::default();
        for rung in self.rungs {
            if world.tasks() < rung.tasks {
                world.skips(self.name, rung.name);
                counts.skipped += 1;
                continue;
            }
            world.begins(self.name, rung.name);
            (rung.check)(world);
            world.ends(self.name, rung.name);
            counts.passed += 1;
        }
        counts
    }
}

/// A ladder from the functions of a file: `needed tasks => function`.
macro_rules! ladder {
    ($name:literal, $($tasks:literal => $rung:ident),+ $(,)?) => {
        $crate::Ladder {
            name: $name,
            rungs: const { &[$($crate::Rung { name: stringify!($rung), tasks: $tasks, check: $rung::<W> }),+] },
        }
    };
}

/// What any port can climb: locks and what is built on them.
pub fn primitive_ladders<W: World>() -> [Ladder<W>; 9] {
    [
        crate::lock::ladder(),
        crate::mutex::ladder(),
        crate::semaphore::ladder(),
        crate::event::ladder(),
        crate::condition::ladder(),
        crate::barrier::ladder(),
        crate::rwlock::ladder(),
        crate::futures::ladder(),
        crate::oneshot::ladder(),
    ]
}

/// What any port can climb: queues of every order, between many.
pub fn queue_ladders<W: World>() -> [Ladder<W>; 2] {
    [
        crate::queue::basics::ladder(),
        crate::queue::traffic::ladder(),
    ]
}

/// What any port can climb: queues that know less, and waiting for several.
pub fn special_queue_ladders<W: World>() -> [Ladder<W>; 3] {
    [
        crate::queue::simple::ladder(),
        crate::queue::spsc::ladder(),
        crate::select::ladder(),
    ]
}

/// What a port with a clock can climb.
pub fn timed_ladders<W: World<Port: TimedPort>>() -> [Ladder<W>; 10] {
    crate::timed::ladders()
}

/// What a port with identities can climb.
pub fn identity_ladders<W: World<Port: Identity>>() -> [Ladder<W>; 1] {
    [crate::rlock::ladder()]
}

/// What a port with both can climb, besides what it can with one.
pub fn timed_identity_ladders<W: World<Port: TimedPort + Identity>>() -> [Ladder<W>; 1] {
    [crate::timed::rlock::ladder()]
}

/// Climbs these.
pub fn climb<W: World>(world: &W, ladders: &[Ladder<W>]) -> Counts {
    ladders.iter().map(|ladder| ladder.climb(world)).sum()
}

/// Climbs everything that needs neither clock nor identities.
pub fn run<W: World>(world: &W) -> Counts {
    [
        climb(world, &primitive_ladders()),
        climb(world, &queue_ladders()),
        climb(world, &special_queue_ladders()),
    ]
    .into_iter()
    .sum()
}

/// Climbs everything that needs a clock.
pub fn run_timed<W: World<Port: TimedPort>>(world: &W) -> Counts {
    climb(world, &timed_ladders())
}

/// Climbs everything that needs identities.
pub fn run_identity<W: World<Port: Identity>>(world: &W) -> Counts {
    climb(world, &identity_ladders())
}

/// Climbs everything.
pub fn run_all<W: World<Port: TimedPort + Identity>>(world: &W) -> Counts {
    [
        run(world),
        run_timed(world),
        run_identity(world),
        climb(world, &timed_identity_ladders()),
    ]
    .into_iter()
    .sum()
}
