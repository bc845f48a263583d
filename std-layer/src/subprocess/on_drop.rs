//! What becomes of a child whose handle is dropped (rows S-48, S-65).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Signal;
use super::cgroup::look_after_groups;
use super::process::Child;
use crate::threading::Mutex;

/// What becomes of a child that still runs when its [`Popen`](super::Popen) is dropped. Its pipes are closed in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum OnDrop {
    /// It goes on, and is collected when it ends, by the thread that serves asynchronous waits: no zombie is left, and nobody waits. This is Python's choice (row S-65).
    #[default]
    Reap,
    /// It is killed, and collected as above. Its own children are not killed; see [`Popen::kill_tree`](super::Popen::kill_tree).
    Kill,
    /// It goes on, and nobody will collect it: after its end it stays as a zombie until this process ends, or collects it by other means.
    Detach,
}

/// Those that no thread could be found for. The next start looks after them.
static ORPHANS: Mutex<Vec<Arc<Child>>> = Mutex::new(Vec::new());
/// How many there are; a hint, Relaxed.
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl OnDrop {
    pub(super) fn apply(self, child: &Arc<Child>) {
        if self == Self::Detach || child.try_wait().is_some() {
            return;
        }
        if self == Self::Kill {
            // It is our child, so what could be refused is a signal to one with another identity: it goes on then.
            let _ = child.signal(Signal::KILL);
        }
        if !child.adopt() {
            let mut orphans = ORPHANS.lock();
            orphans.push(child.clone());
            COUNT.store(orphans.len(), Ordering::Relaxed);
        }
    }
}

/// Collects those that were left over.
pub(super) fn look_after_orphans() {
    look_after_groups();
    if COUNT.load(Ordering::Relaxed) == 0 {
        return;
    }
    // Their wakers are foreign code: outside of the lock.
    let mut orphans = std::mem::take(&mut *ORPHANS.lock());
    orphans.retain(|child| child.try_wait().is_none());
    let mut place = ORPHANS.lock();
    place.append(&mut orphans);
    COUNT.store(place.len(), Ordering::Relaxed);
}
