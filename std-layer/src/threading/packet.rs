//! What a thread and all its handles share: one allocation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

use super::done::Done;
use super::excepthook::ExceptHook;
use super::hooks::StartHook;
use super::name::Name;
use super::native_id::NativeId;
use super::sync::Mutex;

/// A thread's shared state, then what depends on the type of its value. Handles that know the type and those that do not point to the same allocation.
pub(super) struct Packet<S: ?Sized> {
    pub(super) core: Core,
    pub(super) slot: S,
}

/// The part of a packet that depends on the thread's type; only its destructor matters here.
pub(super) trait Slot: Send + Sync {}
impl<S: Send + Sync> Slot for S {}

/// How a thread came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Started,
    Main,
    Dummy,
}

/// Where a thread is in its life.
///
/// | state | means | left by |
/// |---|---|---|
/// | `Initial` | made, not started | `start` |
/// | `Starting` | the system is being asked for a thread; listed already | success, or back to `Initial` |
/// | `Started` | it runs, or is about to | its end |
/// | `Stopped` | its target, its thread-locals and its entry in the registry are gone | never |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Initial,
    Starting,
    Started,
    Stopped,
}

/// The part of a packet that is the same for every thread.
pub(super) struct Core {
    pub(super) kind: Kind,
    /// One role: who may start, and whether it is over. The thread's effects are published by `done`, or by the lock of the registry.
    state: AtomicU8,
    pub(super) daemon: AtomicBool,
    /// Counted among those that the exit of the process waits for. Changes under the lock of the registry only.
    pub(super) awaited: AtomicBool,
    /// Its place in the registry. Changes under the lock of the registry only.
    pub(super) place: AtomicUsize,
    /// 0 before the start.
    pub(super) ident: AtomicUsize,
    pub(super) native_id: NativeId,
    pub(super) name: Mutex<Name>,
    pub(super) done: Done,
    pub(super) extras: Option<Box<Extras>>,
}

/// What few threads have.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) stack_size: Option<usize>,
    pub(super) start_hook: Option<StartHook>,
    pub(super) excepthook: Option<ExceptHook>,
}

impl Core {
    pub(super) fn new(kind: Kind, name: Name, daemon: bool, extras: Option<Box<Extras>>) -> Self {
        Self {
            kind,
            state: AtomicU8::new(State::Initial as u8),
            daemon: AtomicBool::new(daemon),
            awaited: AtomicBool::new(false),
            place: AtomicUsize::new(usize::MAX),
            ident: AtomicUsize::new(0),
            native_id: NativeId::unknown(),
            name: Mutex::new(name),
            done: Done::new(),
            extras,
        }
    }

    pub(super) fn state(&self) -> State {
        // Acquire: who sees `Stopped` sees what the thread did (set in `mark_stopped`).
        match self.state.load(Ordering::Acquire) {
            0 => State::Initial,
            1 => State::Starting,
            2 => State::Started,
            _ => State::Stopped,
        }
    }

    /// Moves on from one state to the next; false if it is in another one.
    pub(super) fn advance(&self, from: State, to: State) -> bool {
        self.state
            .compare_exchange(from as u8, to as u8, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// The end, from whatever state.
    pub(super) fn mark_stopped(&self) {
        self.state.store(State::Stopped as u8, Ordering::Release);
    }

    pub(super) fn is_alive(&self) -> bool {
        matches!(self.state(), State::Starting | State::Started)
    }
}

/// A packet without a value: the main thread's and those of foreign threads.
pub(super) fn bare(core: Core) -> Arc<Packet<dyn Slot>> {
    Arc::new(Packet { core, slot: () })
}
