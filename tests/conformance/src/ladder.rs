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

/// What any port can climb.
pub fn ladders<W: World>() -> [Ladder<W>; 8] {
    [
        crate::lock::ladder(),
        crate::mutex::ladder(),
        crate::semaphore::ladder(),
        crate::event::ladder(),
        crate::condition::ladder(),
        crate::barrier::ladder(),
        crate::rwlock::ladder(),
        crate::futures::ladder(),
    ]
}

/// What a port with a clock can climb.
pub fn timed_ladders<W: World<Port: TimedPort>>() -> [Ladder<W>; 6] {
    crate::timed::ladders()
}

/// What a port with identities can climb.
pub fn identity_ladders<W: World<Port: Identity>>() -> [Ladder<W>; 1] {
    [crate::rlock::ladder()]
}

fn climb<W: World>(world: &W, ladders: &[Ladder<W>]) -> Counts {
    ladders.iter().fold(Counts::default(), |sum, ladder| {
        let counts = ladder.climb(world);
        Counts {
            passed: sum.passed + counts.passed,
            skipped: sum.skipped + counts.skipped,
        }
    })
}

/// Climbs everything that needs neither clock nor identities.
pub fn run<W: World>(world: &W) -> Counts {
    climb(world, &ladders())
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
    let counts = [
        run(world),
        run_timed(world),
        run_identity(world),
        climb(world, &[crate::timed::rlock::ladder()]),
    ];
    counts.iter().fold(Counts::default(), |sum, counts| Counts {
        passed: sum.passed + counts.passed,
        skipped: sum.skipped + counts.skipped,
    })
}
