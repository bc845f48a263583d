//! Waiting for any future on this thread.
//!
//! # The signal
//!
//! One word for each call under way: QUIET, CALLED (a waker was used since the last look), ASLEEP (the thread sleeps on the word, or is about to). The waiter polls, and when the future is not ready it takes a call or goes from QUIET to ASLEEP; a waker makes it CALLED and wakes
//! the sleeper if it was ASLEEP. So a call before the sleep is found by the exchange that would begin it, a call during the sleep ends it, and more than one are one.
//!
//! **Orderings.** The exchange to CALLED releases what the waker's thread did before; taking the call acquires it (edge `block-on-called`). Everything else is on the one word, whose changes have one order.
//!
//! **Nested calls.** The word belongs to a call, not to the thread: a future that calls [`block_on`] inside of its own poll cannot take the outer call's wake-up, nor can a waker that outlives its call wake any but the next call that took over its word, which then polls once in vain. A thread keeps a word for its next call, so
//! that a call allocates nothing as a rule; what is ready at once costs two looks at a thread-local pointer.
//!
//! # Safety
//!
//! [`KEPT`] is null, [`GONE`], or one reference to a signal, made by `Arc::into_raw` in this thread. Who takes it leaves null, so a reference has one owner: the thread-local, or the [`Ready`] of a call.
#![allow(
    unsafe_code,
    reason = "a counted pointer in a thread-local without a destructor"
)]

use std::cell::Cell;
use std::future::{Future, IntoFuture};
use std::mem::ManuallyDrop;
use std::pin::pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::{Port, Relax};

use super::task;
use crate::port::Native;

const QUIET: u32 = 0;
const CALLED: u32 = 1;
const ASLEEP: u32 = 2;

/// Where the wakers of a call call.
#[derive(Debug)]
struct Signal(AtomicU32);

impl Signal {
    /// Makes it CALLED; wakes who sleeps.
    #[inline]
    fn call(&self) {
        // edge: block-on-called
        if self.0.swap(CALLED, Ordering::Release) == ASLEEP {
            Native::wake(&raw const self.0, 1);
        }
    }

    /// Takes a call, if there is one.
    #[inline]
    fn take(&self) -> bool {
        // edge: block-on-called
        self.0.load(Ordering::Relaxed) == CALLED && self.0.swap(QUIET, Ordering::Acquire) == CALLED
    }

    /// Waits for a call and takes it: awake for a moment, then asleep.
    fn wait(&self) {
        let mut turn = 0;
        while !self.take() {
            if <<Native as Port>::Relax as Relax>::answer_turn(turn) {
                turn += 1;
                continue;
            }
            // Fails if it was called meanwhile.
            let begun =
                self.0
                    .compare_exchange(QUIET, ASLEEP, Ordering::Relaxed, Ordering::Relaxed);
            while begun.is_ok() && self.0.load(Ordering::Relaxed) == ASLEEP {
                Native::wait(&self.0, ASLEEP);
            }
        }
    }
}

impl Wake for Signal {
    #[inline]
    fn wake(self: Arc<Self>) {
        self.call();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        self.call();
    }
}

/// One reference to a signal, in the hands of a call; back to the thread with the end of the call.
struct Ready(*const Signal);

/// No signal is kept any more: the thread is ending.
const GONE: *const Signal = ptr::without_provenance(1);

/// Lets go of what the thread keeps.
struct Keeper;

thread_local! {
    /// The signal for the next call. Without a destructor, so that it is reached by one instruction; that is the keeper's.
    static KEPT: Cell<*const Signal> = const { Cell::new(ptr::null()) };
    static KEEPER: Keeper = const { Keeper };
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let kept = KEPT.replace(GONE);
        if kept.addr() > GONE.addr() {
            drop(Ready(kept));
        }
    }
}

impl Ready {
    #[inline]
    fn get() -> Self {
        let kept = KEPT.get();
        if kept.addr() <= GONE.addr() {
            return Self::new();
        }
        KEPT.set(ptr::null());
        Self(kept)
    }

    #[cold]
    fn new() -> Self {
        if KEEPER.try_with(|_| ()).is_err() {
            KEPT.set(GONE);
        }
        Self(Arc::into_raw(Arc::new(Signal(AtomicU32::new(QUIET)))))
    }

    #[inline]
    fn signal(&self) -> &Signal {
        // SAFETY: ours.
        unsafe { &*self.0 }
    }

    /// Waits for a call and takes it.
    #[inline]
    fn wait(&self) {
        if !self.signal().take() {
            self.wait_long();
        }
    }

    #[cold]
    fn wait_long(&self) {
        match task::host() {
            None => self.signal().wait(),
            // This worker is of no use meanwhile, and its pool should know.
            Some(host) => host.sleep(None, &mut || self.signal().wait()),
        }
    }

    /// Not to be dropped, as the reference in it is ours.
    #[inline]
    fn waker(&self) -> ManuallyDrop<Waker> {
        // SAFETY: ours, made by `into_raw`; it is not given up by what is not dropped.
        ManuallyDrop::new(Waker::from(unsafe { Arc::from_raw(self.0) }))
    }
}

impl Drop for Ready {
    #[inline]
    fn drop(&mut self) {
        if KEPT.get().is_null() {
            return KEPT.set(self.0);
        }
        // A call inside of this one has left its own; or there is no next one.
        // SAFETY: ours, and given up here.
        drop(unsafe { Arc::from_raw(self.0) });
    }
}

/// Runs a future on this thread until it is ready; the thread sleeps while it is not.
///
/// It is a bridge from code that blocks to code that awaits, not a runtime: futures that want a reactor (a `tokio` socket, say) work if their runtime is entered around the call and runs elsewhere.
///
/// **Blocking & cancellation.** Blocks the thread. Between polls it waits awake for as long as the port thinks worth while, then sleeps. There is no time limit: `await` something that has one inside of it. In a worker of a pool it keeps the worker busy; `.await` in
/// [`spawn_async`](super::ThreadPoolExecutor::spawn_async) does not.
///
/// **Nesting.** A future that calls `block_on` while it is polled is right, and blocks the thread of the outer call, too. Wakers may be used from any thread, at any time, also before the thread sleeps and after the call has ended.
///
/// **From interrupts?** No; wakers allocate nothing and take no lock, so they may be used in signal handlers.
///
/// # Panics
///
/// If the future panics: that panic.
///
/// ```
/// use selvedge::concurrent::futures::block_on;
///
/// assert_eq!(block_on(async { 6 * 7 }), 42);
/// ```
#[inline]
pub fn block_on<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    let ready = Ready::get();
    let waker = ready.waker();
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        ready.wait();
    }
}
