//! What is told about a deadlock.

use std::fmt;
use std::num::NonZeroUsize;
use std::panic::Location;
use std::time::Instant;

use selvedge_core::port::Object;

use super::record::{Hold, Record, Sleep};

/// How sure it is that a cycle is a deadlock. Ordered: the surer the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// A [`Lock`](crate::threading::Lock) in the cycle is held without a guard ([`keep`](crate::threading::LockGuard::keep)). That is how a lock serves as a signal, which another thread is
    /// meant to release (row T-56). Or the records of some object contradict each other, because a held lock was thrown away and its memory used again.
    Possible,
    /// There is a guard for everything in the cycle, but some are of [`Mutex`](crate::threading::Mutex) or [`Lock`](crate::threading::Lock), which can be sent to another thread. Unless one was, or somebody releases a `Lock`
    /// behind the back of its guard, it is a deadlock.
    Probable,
    /// All that is held in the cycle are [`RLock`](crate::threading::RLock)s, which nobody can release but the threads in the cycle.
    Certain,
}

/// Names a thread.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ThreadInfo {
    /// Its name when the report was made. That of the system's thread for one that was not started by this crate.
    pub name: String,
    /// What [`get_ident`](crate::threading::get_ident) gives there.
    pub ident: NonZeroUsize,
    /// What [`get_native_id`](crate::threading::get_native_id) gives there: the number that debuggers know.
    pub native_id: u32,
}

impl ThreadInfo {
    pub(super) fn of(record: &Record) -> Self {
        Self {
            name: record.name(),
            ident: record.ident,
            native_id: record.native_id,
        }
    }
}

/// A lock that a thread has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Held {
    /// Which.
    pub object: Object,
    /// How often, for a reentrant lock.
    pub level: u32,
    /// Where it was acquired, the first time. `None` if an asynchronous task acquired it.
    pub at: Option<&'static Location<'static>>,
    /// Whether it is held without a guard.
    pub kept: bool,
    /// Whether it belongs to an asynchronous task, which this thread polled at that time.
    pub by_task: bool,
}

impl Held {
    pub(super) fn of(hold: &Hold) -> Self {
        Self {
            object: hold.object,
            level: hold.level,
            at: hold.at,
            kept: hold.kept,
            by_task: hold.by_task,
        }
    }
}

/// A wait that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Waiting {
    /// For what.
    pub object: Object,
    /// For a condition: the lock that the thread must have again to come out of the wait.
    pub retakes: Option<Object>,
    /// Whether it has a time limit.
    pub timed: bool,
    /// Who called.
    pub at: &'static Location<'static>,
    /// Since when.
    pub since: Instant,
}

impl Waiting {
    pub(super) fn of(sleep: &Sleep) -> Self {
        Self {
            object: sleep.wait.object,
            retakes: sleep.wait.retakes,
            timed: sleep.wait.timed,
            at: sleep.wait.at,
            since: sleep.since,
        }
    }
}

/// One thread of a deadlock.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Link {
    /// Who.
    pub thread: ThreadInfo,
    /// What it waits for: the next thread of the report has it, and the first one has what the last one waits for.
    pub waiting: Waiting,
    /// What it has and the thread before it waits for.
    pub wanted: Held,
    /// All that it has.
    pub held: Vec<Held>,
}

/// A deadlock: threads that wait for each other in a circle.
///
/// Its [`Display`](fmt::Display) is for people, over several lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Report {
    /// How sure it is.
    pub certainty: Certainty,
    /// The threads, each before the one that it waits for. The first one closed the circle, if it is the report of a thread about to sleep.
    pub links: Vec<Link>,
}

/// `Mutex 0x7f0012345678`.
pub(super) struct Shown(pub(super) Object);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:#x}", self.0.kind, self.0.address)
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Possible => "possible",
            Self::Probable => "probable",
            Self::Certain => "certain",
        })
    }
}

/// `left (ident 7, native id 1234)`.
impl fmt::Display for ThreadInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            ident,
            native_id,
        } = self;
        write!(f, "{name} (ident {ident}, native id {native_id})")
    }
}

/// `Mutex 0x7f0012345678, acquired at src/main.rs:10:20`.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ", Shown(self.object))?;
        match self.at {
            Some(at) => write!(f, "acquired at {at}")?,
            None => f.write_str("acquired asynchronously")?,
        }
        if self.by_task {
            f.write_str(" by a task")?;
        }
        if self.level > 1 {
            write!(f, ", {} times", self.level)?;
        }
        if self.kept {
            f.write_str(", held without a guard")?;
        }
        Ok(())
    }
}

/// `Mutex 0x7f0012345678 at src/main.rs:10:20`.
impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", Shown(self.object), self.at)?;
        if self.timed {
            f.write_str(", with a time limit")?;
        }
        if let Some(lock) = self.retakes {
            write!(f, ", and then for {}", Shown(lock))?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.links.len() {
            1 => writeln!(f, "{} deadlock: a thread waits for itself", self.certainty)?,
            n => writeln!(
                f,
                "{} deadlock: {n} threads wait for each other",
                self.certainty
            )?,
        }
        for (n, link) in self.links.iter().enumerate() {
            let next = &self.links[(n + 1) % self.links.len()];
            writeln!(f, "  {}", link.thread)?;
            writeln!(f, "    waits for {}", link.waiting)?;
            writeln!(f, "    which {} has: {}", next.thread.name, next.wanted)?;
            for held in &link.held {
                if *held != link.wanted {
                    writeln!(f, "    has besides: {held}")?;
                }
            }
        }
        Ok(())
    }
}
