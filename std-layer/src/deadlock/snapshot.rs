//! The whole picture.

use std::fmt;
use std::time::Instant;

use super::record::Quiet;
use super::registry::{self, Frozen};
use super::report::{Held, Shown, ThreadInfo, Waiting};

/// What one thread has and waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ThreadState {
    /// Who.
    pub thread: ThreadInfo,
    /// Whether it has ended; then it left what it has behind.
    pub over: bool,
    /// The locks that it has, in the order of acquisition. A lock that a wait on a condition has let go is not among them.
    pub held: Vec<Held>,
    /// What it waits for.
    pub waiting: Option<Waiting>,
}

/// Who has what and waits for what, at one moment. See [`snapshot`](snapshot()).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Snapshot {
    /// The threads that have or wait for something, in the order of their idents.
    pub threads: Vec<ThreadState>,
    /// When it was taken.
    pub at: Instant,
}

/// Looks who has what and waits for what, now: all threads at the same moment.
///
/// Its [`Display`](fmt::Display) is a list for people, [`Snapshot::dot`] a drawing.
///
/// ```
/// use selvedge::{deadlock, threading::Mutex};
///
/// let mutex = Mutex::new(());
/// let guard = mutex.lock();
/// let snapshot = deadlock::snapshot();
/// assert_eq!(snapshot.threads[0].held.len(), 1);
/// println!("{snapshot}");
/// ```
#[must_use]
pub fn snapshot() -> Snapshot {
    let _quiet = Quiet::begin();
    let rows = Frozen::new(&registry::lock())
        .rows(|state| state.sleep.is_some() || !state.held.is_empty());
    let at = Instant::now();
    let mut threads: Vec<_> = rows
        .iter()
        .map(|row| ThreadState {
            thread: ThreadInfo::of(&row.record),
            over: row.over,
            held: row.held.iter().map(Held::of).collect(),
            waiting: row.sleep.as_ref().map(Waiting::of),
        })
        .collect();
    threads.sort_by_key(|state| state.thread.ident);
    Snapshot { threads, at }
}

impl Snapshot {
    /// The same as a graph in the language of Graphviz: `dot -Tsvg` draws it. Boxes are threads, ellipses objects; arrows go from who waits to what is waited for, and from what is held to its holder.
    #[must_use]
    pub fn dot(&self) -> impl fmt::Display {
        Dot(self)
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.threads.is_empty() {
            return writeln!(f, "no thread has or waits for a lock");
        }
        for state in &self.threads {
            let over = if state.over { ", ended" } else { "" };
            writeln!(f, "{}{over}", state.thread)?;
            for held in &state.held {
                writeln!(f, "  has {held}")?;
            }
            if let Some(waiting) = &state.waiting {
                let for_how_long = self.at.saturating_duration_since(waiting.since);
                writeln!(f, "  waits for {waiting}; for {for_how_long:.1?} now")?;
            }
        }
        Ok(())
    }
}

struct Dot<'a>(&'a Snapshot);

/// A text between quotes.
struct Quoted<T>(T);

impl<T: fmt::Display> fmt::Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

impl fmt::Display for Dot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "digraph waits {{")?;
        for state in &self.0.threads {
            let thread = Quoted(&state.thread);
            writeln!(f, "    {thread} [shape=box];")?;
            for held in &state.held {
                let from = Quoted(Shown(held.object));
                let label = match held.at {
                    Some(at) => format!("held since {at}"),
                    None => String::from("held by a task"),
                };
                writeln!(f, "    {from} -> {thread} [label={}];", Quoted(label))?;
            }
            if let Some(waiting) = &state.waiting {
                let mut arrow = |to, why, style| {
                    let label = Quoted(format!("{why} {}", waiting.at));
                    let to = Quoted(Shown(to));
                    writeln!(f, "    {thread} -> {to} [label={label}, style={style}];")
                };
                let style = if waiting.timed { "dashed" } else { "solid" };
                arrow(waiting.object, "waits at", style)?;
                if let Some(lock) = waiting.retakes {
                    arrow(lock, "must have it again at", "solid")?;
                }
            }
        }
        writeln!(f, "}}")
    }
}
