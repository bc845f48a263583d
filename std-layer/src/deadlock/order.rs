//! The order in which locks are taken, and whether two orders contradict each other.

use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use selvedge_core::port::{Kind, Object};

use super::handler::{Action, Listener, Verdict};
use super::record::{Hold, Quiet, Record};
use super::report::{Shown, ThreadInfo};

/// One thread took one lock while it had another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Nesting {
    /// Who did it first.
    pub thread: ThreadInfo,
    /// The lock that it had.
    pub outer: Object,
    /// Where it had acquired that; `None` if asynchronously.
    pub outer_at: Option<&'static Location<'static>>,
    /// The lock that it took then.
    pub inner: Object,
    /// Where it took that.
    pub inner_at: &'static Location<'static>,
}

/// Orders of locking that contradict each other: threads that do these things at the same time can deadlock. See [`lock_order`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Inversion {
    /// What is nested in what: the inner lock of each is the outer one of the next, round in a circle. The first is what the calling thread was about to do.
    pub nestings: Vec<Nesting>,
}

impl fmt::Display for Nesting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} had {}", self.thread, Shown(self.outer))?;
        match self.outer_at {
            Some(at) => write!(f, ", acquired at {at}")?,
            None => f.write_str(", acquired asynchronously")?,
        }
        write!(f, ", and took {} at {}", Shown(self.inner), self.inner_at)
    }
}

impl fmt::Display for Inversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "locks are taken in orders that can deadlock")?;
        for nesting in &self.nestings {
            writeln!(f, "  {nesting}")?;
        }
        Ok(())
    }
}

/// For each outer lock, what was nested in it.
type Graph = HashMap<Object, HashMap<Object, Nesting>>;

/// One role, a setting.
static ON: AtomicBool = AtomicBool::new(false);
static GRAPH: Mutex<Option<Graph>> = Mutex::new(None);
static LISTENER: Listener<Inversion> = Listener::nobody();

fn graph() -> MutexGuard<'static, Option<Graph>> {
    GRAPH.lock().unwrap_or_else(PoisonError::into_inner)
}

#[inline]
pub(super) fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Whether to watch the order of locking; off at first. Each call forgets the orders seen before.
///
/// Orders that contradict each other are a deadlock that has not happened yet: one thread takes A and then B, another one, perhaps much later, B and then A. Each pair of locks that some
/// thread has nested is remembered, and a thread about to close a circle is reported, once for each pair, to the handler of [`on_inversion`].
///
/// * A form that never blocks, or has a time limit, nests nothing in what is held; a wait on a condition nests its lock in everything else that the thread has, since it takes it again.
/// * **It may be wrong.** Locks are known by their addresses. If one is dropped and another is made in the same place, that one inherits its orders: if a report makes no sense, look whether its call
///   sites can belong to the same lock. And orders that only occur under another lock around both, or never at the same time, are reported though they cannot deadlock.
/// * **Memory** grows with the number of different pairs.
/// * **Cost.** Nothing for a lock that is taken while no other is held; otherwise a global table is looked up.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use selvedge::{deadlock, threading::Mutex};
///
/// static SEEN: AtomicUsize = AtomicUsize::new(0);
/// deadlock::on_inversion(|inversion| {
///     println!("{inversion}");
///     SEEN.fetch_add(1, Ordering::Relaxed);
///     deadlock::Action::Continue
/// });
/// deadlock::lock_order(true);
///
/// let (a, b) = (Mutex::new(()), Mutex::new(()));
/// {
///     let (_a, _b) = (a.lock(), b.lock());
/// }
/// {
///     let (_b, _a) = (b.lock(), a.lock()); // no deadlock today
/// }
/// assert_eq!(SEEN.load(Ordering::Relaxed), 1);
/// ```
pub fn lock_order(on: bool) {
    let _quiet = Quiet::begin();
    let old = {
        let mut graph = graph();
        ON.store(on, Ordering::Relaxed);
        std::mem::replace(&mut *graph, on.then(Graph::new))
    };
    drop(old);
}

/// Sets who is told of contradicting orders, instead of printing them to the standard error stream. Called in the thread that is about to take a lock, before it
/// does; for the rest as [`on_deadlock`](super::on_deadlock).
pub fn on_inversion(handler: impl Fn(&Inversion) -> Action + Send + Sync + 'static) {
    LISTENER.set(handler);
}

/// The caller is going to take `object`.
pub(super) fn before_taking(
    me: &Record,
    object: Object,
    at: &'static Location<'static>,
) -> Verdict {
    // What it has already nests in nothing.
    let held = me.state().held.clone();
    if held.is_empty() || held.iter().any(|hold| hold.object == object) {
        return Verdict::go_on();
    }
    nest(me, &held, object, at)
}

/// The caller is going to take `object`, after it has let it go if it has it.
pub(super) fn before_retaking(
    me: &Record,
    object: Object,
    at: &'static Location<'static>,
) -> Verdict {
    let held = me.state().held.clone();
    nest(me, &held, object, at)
}

fn nest(me: &Record, held: &[Hold], object: Object, at: &'static Location<'static>) -> Verdict {
    // A lock that is held without a guard is a signal.
    let outer = held.iter().filter(|hold| {
        hold.object != object && hold.owned() && !(hold.kept && hold.object.kind == Kind::Lock)
    });
    let mut found = None;
    for hold in outer {
        if is_known(hold.object, object) {
            continue;
        }
        let nesting = Nesting {
            thread: ThreadInfo::of(me),
            outer: hold.object,
            outer_at: hold.at,
            inner: object,
            inner_at: at,
        };
        let inversion = add(nesting);
        found = found.or(inversion);
    }
    match found {
        Some(inversion) => LISTENER.tell(&inversion),
        None => Verdict::go_on(),
    }
}

fn is_known(outer: Object, inner: Object) -> bool {
    graph()
        .as_ref()
        .and_then(|graph| graph.get(&outer))
        .is_some_and(|nested| nested.contains_key(&inner))
}

/// Remembers a nesting, and says if it closes a circle.
fn add(nesting: Nesting) -> Option<Inversion> {
    let mut graph = graph();
    let graph = graph.as_mut()?;
    let back = way(graph, nesting.inner, nesting.outer);
    graph
        .entry(nesting.outer)
        .or_default()
        .insert(nesting.inner, nesting.clone());
    let mut nestings = vec![nesting];
    nestings.extend(back?);
    Some(Inversion { nestings })
}

/// How to come from one lock to another by what was nested.
fn way(graph: &Graph, from: Object, to: Object) -> Option<Vec<Nesting>> {
    let mut reached: HashMap<Object, Option<&Nesting>> = HashMap::from([(from, None)]);
    let mut open = vec![from];
    while let Some(object) = open.pop() {
        if object == to {
            let mut way = Vec::new();
            let mut end = to;
            while let Some(nesting) = reached[&end] {
                way.push(nesting.clone());
                end = nesting.outer;
            }
            way.reverse();
            return Some(way);
        }
        for (&inner, nesting) in graph.get(&object).into_iter().flatten() {
            if let std::collections::hash_map::Entry::Vacant(entry) = reached.entry(inner) {
                entry.insert(Some(nesting));
                open.push(inner);
            }
        }
    }
    None
}
