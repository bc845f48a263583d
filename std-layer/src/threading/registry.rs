//! Who lives: the list behind [`enumerate`], and how many the exit of the process waits for.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::Port;

use super::fork_lock::ForkLock;
use super::name::Name;
use super::packet::{Core, Kind, Packet, Slot, State, bare};
use super::{ThreadRef, current, exit_watch, ident, os};
use crate::port::Native;

type AnyPacket = Arc<Packet<dyn Slot>>;

pub(super) struct Registry {
    threads: Vec<AnyPacket>,
    main: Option<AnyPacket>,
}

pub(super) static REGISTRY: ForkLock<Registry> = ForkLock::new(Registry {
    threads: Vec::new(),
    main: None,
});

/// How many threads the exit waits for: started, not daemons, and not waiting themselves. Written under the lock of the registry.
///
/// A hand-shake with [`EXITING`]: the end of a thread changes this word and then looks there; an exit changes that one and then looks here. All four are `SeqCst`.
static AWAITED: AtomicU32 = AtomicU32::new(0);
/// How many exits are waiting.
static EXITING: AtomicU32 = AtomicU32::new(0);

impl Registry {
    fn push(&mut self, packet: AnyPacket) {
        packet
            .core
            .place
            .store(self.threads.len(), Ordering::Relaxed);
        self.threads.push(packet);
    }

    fn take(&mut self, core: &Core) -> Option<AnyPacket> {
        let place = core.place.swap(usize::MAX, Ordering::Relaxed);
        if place == usize::MAX {
            return None;
        }
        let packet = self.threads.swap_remove(place);
        if let Some(moved) = self.threads.get(place) {
            moved.core.place.store(place, Ordering::Relaxed);
        }
        Some(packet)
    }

    fn main(&mut self) -> AnyPacket {
        if let Some(main) = &self.main {
            return main.clone();
        }
        let core = Core::new(Kind::Main, Name::Main, false, None);
        core.ident.store(ident::main(), Ordering::Relaxed);
        core.native_id.publish(main_native_id());
        core.advance(State::Initial, State::Started);
        let main = bare(core);
        self.main = Some(main.clone());
        self.push(main.clone());
        main
    }

    #[cfg(unix)]
    /// In a forked child: the calling thread is all that is left.
    ///
    /// Nothing is freed here: what belonged to other threads may be in any state.
    pub(super) fn keep_only(&mut self, survivor: Option<&AnyPacket>) {
        for packet in self.threads.drain(..) {
            packet.core.place.store(usize::MAX, Ordering::Relaxed);
            if survivor.is_none_or(|survivor| !Arc::ptr_eq(survivor, &packet)) {
                packet.core.mark_stopped();
            }
            // The system's thread does not exist here: it can be neither joined nor detached.
            std::mem::forget(
                packet
                    .core
                    .system
                    .try_lock()
                    .and_then(|mut system| system.take()),
            );
            std::mem::forget(packet);
        }
        std::mem::forget(self.main.take());
        AWAITED.store(0, Ordering::Relaxed);
        EXITING.store(0, Ordering::Relaxed);
        if let Some(survivor) = survivor {
            survivor.core.awaited.store(false, Ordering::Relaxed);
            survivor.core.native_id.publish(os::native_id());
            self.main = Some(survivor.clone());
            self.push(survivor.clone());
        }
    }
}

/// On Linux the main thread's number is the process's.
fn main_native_id() -> u32 {
    #[cfg(target_os = "linux")]
    return rustix::process::getpid()
        .as_raw_nonzero()
        .get()
        .unsigned_abs();
    #[cfg(not(target_os = "linux"))]
    return std::process::id();
}

/// Lists a thread that is about to run.
pub(super) fn add(packet: AnyPacket) {
    let mut registry = REGISTRY.lock();
    if !packet.core.daemon.load(Ordering::Relaxed) {
        packet.core.awaited.store(true, Ordering::Relaxed);
        AWAITED.fetch_add(1, Ordering::SeqCst);
    }
    registry.push(packet);
}

/// Unlists a thread that could not be started.
pub(super) fn withdraw(core: &Core) {
    let packet = {
        let mut registry = REGISTRY.lock();
        await_no_more(core);
        registry.take(core)
    };
    drop(packet);
}

/// Unlists a thread that is over: from here on it is not alive.
pub(super) fn retire(core: &Core) {
    let packet = {
        let mut registry = REGISTRY.lock();
        core.mark_stopped();
        await_no_more(core);
        registry.take(core)
    };
    drop(packet);
}

/// Under the lock of the registry.
fn await_no_more(core: &Core) {
    if core.awaited.swap(false, Ordering::Relaxed) {
        AWAITED.fetch_sub(1, Ordering::SeqCst);
        if EXITING.load(Ordering::SeqCst) != 0 {
            Native::wake(&raw const AWAITED, u32::MAX);
        }
    }
}

/// Waits until no thread is left that the exit must wait for. The caller itself is not waited for any more: two exits cannot wait for each other.
pub(super) fn wait_for_the_awaited() {
    if let Some(packet) = current::get() {
        let _registry = REGISTRY.lock();
        await_no_more(&packet.core);
    }
    EXITING.fetch_add(1, Ordering::SeqCst);
    loop {
        match AWAITED.load(Ordering::SeqCst) {
            0 => break,
            n => Native::wait(&AWAITED, n),
        }
    }
    EXITING.fetch_sub(1, Ordering::SeqCst);
}

/// The main thread has come to its end, as far as others can see.
pub(super) fn main_is_done() {
    let main = REGISTRY.lock().main();
    main.core.mark_stopped();
    main.core.done.set();
}

/// The handle of the calling thread.
///
/// A thread that was not started by this module gets an entry of its own by this call: a *dummy*, named `Dummy-N`, counted as a daemon (row T-03). Unlike Python's,
/// the entry goes when the thread ends, and it can be joined. No other function makes such an entry, not even those that block (row T-53).
///
/// ```
/// use selvedge::threading;
///
/// let name = threading::spawn(|| threading::current_thread().name());
/// assert!(name.name().starts_with("Thread-"));
/// let expected = name.name();
/// assert_eq!(name.join().unwrap(), expected);
/// ```
#[must_use]
pub fn current_thread() -> ThreadRef {
    ThreadRef(current::get().unwrap_or_else(register))
}

#[cold]
fn register() -> AnyPacket {
    let ident = ident::get_ident().get();
    if os::is_main_thread() {
        let main = REGISTRY.lock().main();
        current::bind(main.clone());
        return main;
    }
    let core = Core::new(Kind::Dummy, Name::dummy(), true, None);
    core.ident.store(ident, Ordering::Relaxed);
    core.native_id.publish(os::native_id());
    core.advance(State::Initial, State::Started);
    let packet = bare(core);
    current::bind(packet.clone());
    exit_watch::arm();
    add(packet.clone());
    packet
}

/// The handle of the main thread, from any thread (row T-06). In a forked child it is the thread that called `fork`.
#[must_use]
pub fn main_thread() -> ThreadRef {
    let main = REGISTRY.lock().main();
    ThreadRef(main)
}

/// All threads that live, in the order of their idents: daemons, dummies and the main thread (always, even when it has finished) are included, threads that
/// have not been started or are over are not (row T-05).
///
/// A thread whose `join` has returned is never among them.
///
/// ```
/// use selvedge::threading;
///
/// let thread = threading::spawn(|| ());
/// let same = thread.thread();
/// thread.join().unwrap();
/// assert!(!threading::enumerate().contains(&same));
/// ```
#[must_use]
pub fn enumerate() -> Vec<ThreadRef> {
    let mut threads: Vec<_> = {
        let mut registry = REGISTRY.lock();
        registry.main();
        registry.threads.iter().cloned().map(ThreadRef).collect()
    };
    threads.sort_by_key(ThreadRef::ident);
    threads
}

/// How many threads live: `enumerate().len()` (row T-01).
#[must_use]
pub fn active_count() -> usize {
    let mut registry = REGISTRY.lock();
    registry.main();
    registry.threads.len()
}

/// How many threads live that this module has started.
pub(super) fn started_count() -> usize {
    let registry = REGISTRY.lock();
    let started = |packet: &&AnyPacket| packet.core.kind == Kind::Started;
    registry.threads.iter().filter(started).count()
}

/// Whether threads made by the calling thread are daemons unless told otherwise (row T-32). Registers nobody.
pub(super) fn inherited_daemon() -> bool {
    current::with_core(|core| core.daemon.load(Ordering::Relaxed))
        .unwrap_or_else(|| ident::get_ident().get() != ident::main())
}
