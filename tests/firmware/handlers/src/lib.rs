//! Everything that may be called from an interrupt handler, called from one, on any port with a clock and identities: phase by phase, what a task does and what the handler does meanwhile. Nothing may be lost.
//!
//! A board starts a timer whose periods are odd, so that its interrupt meets every instruction of the task, and in the handler calls [`Objects::handler`]. Then it goes through the phases in a task:
//! [`Objects::block`] with the forms that block, [`Objects::wait`] with those that are awaited.
#![no_std]

mod locks;
mod meeting;
mod number;
mod plan;
mod queues;
mod signals;

use selvedge_core::port::{Identity, TimedPort};

use number::Number;

/// A port that can do all of it.
pub trait Whole: TimedPort + Identity + Send + Sync {}
impl<P: TimedPort + Identity + Send + Sync> Whole for P {}

/// What a task and the handler do with one object.
trait Phase: Sync {
    /// Goes on until the handler has done its part so often. The handler may run before, and after.
    fn task(&'static self, rounds: u32);

    /// One turn of the handler. Never waits.
    fn handler(&'static self);
}

/// All objects of all phases: a `static` of the program.
pub struct Objects<P: Whole> {
    /// Whose handler runs, from 1.
    phase: Number,
    signals: signals::Signals<P>,
    locks: locks::Locks<P>,
    meeting: meeting::Meeting<P>,
    queues: queues::Queues<P>,
    plan: plan::Plan<P>,
}

/// How many phases [`Objects::block`] has.
pub const PHASES: usize = 22;

impl<P: Whole> Objects<P> {
    /// Nothing has happened.
    #[allow(clippy::new_without_default, reason = "for statics")]
    pub const fn new() -> Self {
        Self {
            phase: Number::new(0),
            signals: signals::Signals::new(),
            locks: locks::Locks::new(),
            meeting: meeting::Meeting::new(),
            queues: queues::Queues::new(),
            plan: plan::Plan::new(),
        }
    }

    fn all(&'static self) -> [(&'static str, &'static dyn Phase); PHASES] {
        [
            ("semaphore: released by the handler", &self.signals.released),
            ("semaphore: acquired by the handler", &self.signals.acquired),
            (
                "bounded semaphore: released by the handler",
                &self.signals.bounded,
            ),
            ("event: set by the handler", &self.signals.set),
            (
                "event: set by the handler, with a time limit",
                &self.signals.limited,
            ),
            ("event: cleared by the handler", &self.signals.cleared),
            ("mutex: tried by the handler", &self.locks.tried),
            ("lock: released by the handler", &self.locks.released),
            (
                "readers-writer lock: tried by the handler",
                &self.locks.shared,
            ),
            (
                "reentrant lock: tried by the handler",
                &self.locks.reentrant,
            ),
            ("condition: one notified by the handler", &self.meeting.one),
            ("condition: all notified by the handler", &self.meeting.all),
            (
                "barrier: aborted and reset by the handler",
                &self.meeting.barrier,
            ),
            ("queue: filled by the handler", &self.queues.fifo),
            ("queue: emptied by the handler", &self.queues.emptied),
            ("stack: filled by the handler", &self.queues.lifo),
            ("heap: filled by the handler", &self.queues.priority),
            ("simple queue: filled by the handler", &self.queues.simple),
            ("one to one: filled by the handler", &self.queues.up),
            ("one to one: emptied by the handler", &self.queues.down),
            ("select: either, by the handler", &self.queues.either),
            ("scheduler: planned and taken by the handler", &self.plan),
        ]
    }

    /// What the handler calls, each time.
    pub fn handler(&'static self) {
        let phase = self.phase.get() as usize;
        if let Some((_, phase)) = self.all().get(phase.wrapping_sub(1)) {
            phase.handler();
        }
    }

    /// Goes through all phases with calls that block; says which, and returns how many.
    pub fn block(&'static self, rounds: u32, mut says: impl FnMut(&'static str)) -> u32 {
        let mut passed = 0;
        for (index, (name, phase)) in self.all().into_iter().enumerate() {
            self.phase.set(index as u32 + 1);
            phase.task(rounds);
            self.phase.set(0);
            says(name);
            passed += 1;
        }
        passed
    }

    /// Goes through the phases that can wait as futures; says which, and returns how many.
    pub async fn wait(&'static self, rounds: u32, mut says: impl FnMut(&'static str)) -> u32 {
        macro_rules! phases {
            ($($index:literal => $phase:expr),+ $(,)?) => {{
                let mut passed = 0;
                $(
                    self.phase.set($index + 1);
                    $phase.wait(rounds).await;
                    self.phase.set(0);
                    says(self.all()[$index].0);
                    passed += 1;
                )+
                passed
            }};
        }
        phases!(
            0 => self.signals.released,
            3 => self.signals.set,
            6 => self.locks.tried,
            7 => self.locks.released,
            10 => self.meeting.one,
            12 => self.meeting.barrier,
            13 => self.queues.fifo,
            14 => self.queues.emptied,
            18 => self.queues.up,
            19 => self.queues.down,
            20 => self.queues.either,
        )
    }
}
