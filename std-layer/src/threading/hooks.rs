//! Start hooks: what every new thread does first. They are what `settrace` and `setprofile` are for (rows T-13 to T-15), without an interpreter to trace.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::excepthook::ExceptHook;
use super::fork_lock::ForkLock;
use super::{ThreadRef, current};

pub(super) type StartHook = Arc<dyn Fn(&ThreadRef) + Send + Sync>;

/// The hooks of all threads.
pub(super) struct Hooks {
    pub(super) except: ExceptHook,
    start: Vec<(usize, StartHook)>,
    next: usize,
}

pub(super) static HOOKS: ForkLock<Hooks> = ForkLock::new(Hooks {
    except: ExceptHook::ORIGINAL,
    start: Vec::new(),
    next: 0,
});

/// How many start hooks there are: lets a thread pass without the lock. Written under it; Relaxed, as a thread started later sees it by its start.
static START_HOOKS: AtomicUsize = AtomicUsize::new(0);

/// A start hook that is in force; see [`add_start_hook`].
#[must_use = "dropping the handle leaves the hook in force; keep it to remove the hook"]
pub struct StartHookHandle(usize);

impl fmt::Debug for StartHookHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StartHookHandle").field(&self.0).finish()
    }
}

impl StartHookHandle {
    /// Removes the hook: threads that are started later do not call it.
    pub fn remove(self) {
        let removed = {
            let mut hooks = HOOKS.lock();
            let place = hooks.start.iter().position(|(id, _)| *id == self.0);
            let removed = place.map(|place| hooks.start.remove(place));
            START_HOOKS.store(hooks.start.len(), Ordering::Relaxed);
            removed
        };
        // A foreign destructor, outside the lock.
        drop(removed);
    }
}

/// Has every thread that is started from now on call `hook` before its target (rows T-13, T-15).
///
/// Several hooks are called in the order they were added, then the thread's own one ([`Builder::start_hook`](super::Builder::start_hook)). A hook that panics is as a target that does: it is
/// reported, and the target is not called.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use selvedge::threading;
///
/// static STARTED: AtomicUsize = AtomicUsize::new(0);
/// let hook = threading::add_start_hook(|_| {
///     STARTED.fetch_add(1, Ordering::Relaxed);
/// });
/// threading::spawn(|| assert_eq!(STARTED.load(Ordering::Relaxed), 1)).join().unwrap();
/// hook.remove();
/// ```
pub fn add_start_hook(hook: impl Fn(&ThreadRef) + Send + Sync + 'static) -> StartHookHandle {
    let hook: StartHook = Arc::new(hook);
    let mut hooks = HOOKS.lock();
    let id = hooks.next;
    hooks.next += 1;
    hooks.start.push((id, hook));
    START_HOOKS.store(hooks.start.len(), Ordering::Relaxed);
    StartHookHandle(id)
}

/// Calls the hooks in a new thread.
pub(super) fn call_start_hooks(own: Option<&StartHook>) {
    if START_HOOKS.load(Ordering::Relaxed) == 0 && own.is_none() {
        return;
    }
    let Some(thread) = current::get().map(ThreadRef) else {
        return;
    };
    let hooks: Vec<StartHook> = HOOKS
        .lock()
        .start
        .iter()
        .map(|(_, hook)| hook.clone())
        .collect();
    for hook in hooks.iter().chain(own) {
        hook(&thread);
    }
}
