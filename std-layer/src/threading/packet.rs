//! What a thread and all its handles share: one allocation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use super::done::Done;
use super::excepthook::ExceptHook;
use super::hooks::StartHook;
use super::name::Name;
use super::native_id::NativeId;
use super::sync::Mutex;
use crate::contextvars::Given;

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
/// | `Started` | it runs, or is about to, or the system is being asked for it | its end; back to `Initial` if the system refuses |
/// | `Stopped` | its target, its thread-locals and its entry in the registry are gone | never |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum State {
    Initial,
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
    /// The system's thread, until somebody joins it, or its end.
    pub(super) system: Mutex<Option<JoinHandle<()>>>,
    pub(super) extras: Option<Box<Extras>>,
}

/// What few threads have.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) stack_size: Option<usize>,
    pub(super) start_hook: Option<StartHook>,
    pub(super) excepthook: Option<ExceptHook>,
    pub(super) context: Given,
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
            system: Mutex::new(None),
            extras,
        }
    }

    /// The context it is to begin with.
    pub(super) fn context(&self) -> &Given {
        match &self.extras {
            Some(extras) => &extras.context,
            None => &Given::ByPolicy,
        }
    }

    pub(super) fn state(&self) -> State {
        // Acquire: who sees `Stopped` sees what the thread did (set in `mark_stopped`).
        match self.state.load(Ordering::Acquire) {
            0 => State::Initial,
            1 => State::Started,
            _ => State::Stopped,
        }
    }

    /// Moves on from one state to the next; false if it is in another one.
    pub(super) fn advance(&self, from: State, to: State) -> bool {
        self.state
            .compare_exchange(from as u8, to as u8, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Blocks until the thread is over.
    ///
    /// The first one to come joins the system's thread, others wait for `done`, as do tasks and those with a time limit. Either alone would do. But `done` comes a little before the thread
    /// has left its processor: on a busy machine the joiner then queues up behind everybody else, and a start and a join take up to three times as long (measured). And joining
    /// alone would leave it to the joiner to free the stack of a thread that has long been over; so that one detaches itself.
    pub(super) fn wait_until_over(&self) {
        let system = self.system.lock().take();
        if let Some(system) = system {
            // Its value is `()`, and its closure does not panic.
            let _ = system.join();
        }
        self.done.wait(|| self.state() == State::Started);
    }

    /// Called by the starter: somebody may join the system's thread.
    pub(super) fn attach(&self, system: JoinHandle<()>) {
        *self.system.lock() = Some(system);
        if self.state() == State::Stopped {
            // It was faster, and has found nothing to detach.
            self.detach();
        }
    }

    /// Called by the thread at its end: if nobody is joining it, nobody will.
    pub(super) fn detach(&self) {
        let system = self.system.lock().take();
        drop(system);
    }

    /// The kernel's number of a thread that was started, waiting for the moment until it has looked.
    pub(super) fn native_id(&self) -> Option<u32> {
        match self.state() {
            State::Initial => None,
            _ => self.native_id.get(|| self.state() != State::Initial),
        }
    }

    /// The system refuses the thread: everything is as before. Whoever was quick enough to wait for it is told.
    pub(super) fn roll_back(&self) {
        self.ident.store(0, Ordering::Relaxed);
        self.state.store(State::Initial as u8, Ordering::Release);
        self.native_id.reset();
        self.done.reset();
    }

    /// The end, from whatever state.
    pub(super) fn mark_stopped(&self) {
        self.state.store(State::Stopped as u8, Ordering::Release);
    }

    pub(super) fn is_alive(&self) -> bool {
        self.state() == State::Started
    }
}

/// A packet without a value: the main thread's and those of foreign threads.
pub(super) fn bare(core: Core) -> Arc<Packet<dyn Slot>> {
    Arc::new(Packet { core, slot: () })
}
