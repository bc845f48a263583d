//! Short mutual exclusion for the lists of waiters.
//!
//! # Safety
//!
//! Declares an `unsafe trait`: the lists are plain memory behind it.
#![allow(
    unsafe_code,
    reason = "unsafe trait: the lists of waiters are plain memory behind it"
)]

use crate::atomics::{AtomicU32, Ordering, edge, spin_loop};

/// Guards one bucket of the table of waiters, for the few instructions that link or unlink a node.
///
/// Which one a port takes decides from where its objects may be used: with a guard that masks interrupts, everything that never
/// blocks may be called from interrupt handlers; with one that sleeps or spins, from tasks only.
///
/// # Safety
///
/// Between [`enter`](Guard::enter) and [`leave`](Guard::leave) nobody else is between them on the same guard, and all memory effects of
/// the earlier holder are visible to the later one.
///
/// Who is inside may enter another guard, and may even enter the same one again: the comparison of two items in a fixed priority queue is foreign code, and runs inside. The second `enter` of the same guard either
/// never returns, as that of a lock does not, or it nests, as critical sections do; nested ones are left in the opposite order. The lists of waiters themselves never do either.
pub unsafe trait Guard: Sized + Send + Sync + 'static {
    /// What `leave` needs from `enter`.
    type State;

    /// A guard that nobody is in.
    #[cfg(not(loom))]
    #[allow(
        clippy::declare_interior_mutable_const,
        reason = "an initialiser, copied into each bucket"
    )]
    const NEW: Self;

    /// A guard that nobody is in.
    #[cfg(loom)]
    fn new() -> Self;

    /// Enters.
    fn enter(&self) -> Self::State;

    /// Leaves.
    ///
    /// # Safety
    ///
    /// `state` is what the caller's own [`enter`](Guard::enter) of this guard returned, and it is used once.
    unsafe fn leave(&self, state: Self::State);
}

/// A guard that spins. For several cores without pre-emption of the holder, for tests, and for ports that have nothing better.
#[derive(Debug)]
pub struct SpinGuard(AtomicU32);

impl SpinGuard {
    maybe_const! {
        /// A guard that nobody is in.
        pub fn open() -> Self {
            Self(AtomicU32::new(0))
        }
    }
}

// SAFETY: the word is 1 exactly while somebody is inside: only the exchange 0 -> 1 enters. Acquire on that exchange and
// Release on the store of 0 are the edge `guard-left`.
unsafe impl Guard for SpinGuard {
    type State = ();

    #[cfg(not(loom))]
    const NEW: Self = Self::open();

    #[cfg(loom)]
    fn new() -> Self {
        Self::open()
    }

    fn enter(&self) {
        while self
            .0
            .compare_exchange_weak(0, 1, edge!("guard-left", Acquire), Ordering::Relaxed)
            .is_err()
        {
            while self.0.load(Ordering::Relaxed) != 0 {
                spin_loop();
            }
        }
    }

    unsafe fn leave(&self, (): ()) {
        self.0.store(0, edge!("guard-left", Release));
    }
}

/// A guard that is a critical section: interrupts are masked (and other cores held off, if the application's implementation of
/// `critical-section` does that). It makes `release`, `set`, `notify` and every `try_` form callable from interrupt handlers.
#[cfg(feature = "critical-section")]
#[derive(Debug)]
pub struct CriticalSectionGuard(());

// SAFETY: `critical-section` promises global mutual exclusion between acquire and release, nesting included, with the matching
// memory ordering.
#[cfg(feature = "critical-section")]
unsafe impl Guard for CriticalSectionGuard {
    type State = critical_section::RestoreState;

    #[cfg(not(loom))]
    const NEW: Self = Self(());

    #[cfg(loom)]
    fn new() -> Self {
        Self(())
    }

    fn enter(&self) -> Self::State {
        // SAFETY: `leave` is called once with this state, by this trait's contract, and nested guards are left in the opposite order.
        unsafe { critical_section::acquire() }
    }

    unsafe fn leave(&self, state: Self::State) {
        // SAFETY: `state` comes from the matching acquire, by this function's contract.
        unsafe { critical_section::release(state) }
    }
}
