//! The seam between the algorithms and the system they run on.
//!
//! A **port** is a type without values whose associated functions say how *this* system sleeps and wakes.
//! It is a type parameter and not a link-time symbol, so that one program can hold locks of several ports
//! (threads and processes, say), and its functions take no `self`, so that every object is
//! `const`-constructible and pays nothing for the seam.
//!
//! Capabilities are separate traits; a method exists only where its port can honour it:
//!
//! | trait | says | gives |
//! |---|---|---|
//! | [`Port`] | sleep while a word holds a value; wake sleepers on a word; where its waiters are listed | every blocking and async form without a time limit |
//! | [`Clock`] | what time it is | instants and deadlines |
//! | [`TimedPort`] | sleep, but only until an instant | every `_timeout` and `_deadline` form |
//! | [`Identity`] | who is running | [`RLock`](crate::RLock) |
//! | [`Park`] | put the caller to sleep, resume a named task | [`waiters::by_parking`](crate::waiters::by_parking), which builds `Port`'s two functions from it |
//! | [`Relax`] | what one turn of spinning does, and how many are worth while; with the feature `spin`, any strategy of that crate | adaptive spinning |
//! | [`Watch`] | who hears of acquisitions and releases | deadlock detection |
//! | [`Guard`] | short mutual exclusion for the lists of waiters | use from interrupts, where the guard masks them |
//!
//! # Writing one
//!
//! A system with futexes implements [`Port::wait`] and [`Port::wake`] directly. A system that can only block
//! and resume tasks implements [`Park`] and delegates both to [`waiters::by_parking`](crate::waiters::by_parking).
//! Either way it declares one `static` table of waiters. `hal-ports/template` is the copy to start from and the conformance
//! suite (`tests/conformance`) is the judge.
//!
//! # Safety
//!
//! Declares the `unsafe trait`s whose promises the algorithms rely on.
#![allow(
    unsafe_code,
    reason = "unsafe traits: a port that breaks its promise breaks mutual exclusion"
)]

mod clock;
mod guard;
mod identity;
mod park;
mod relax;
#[cfg(not(loom))]
mod spin;
#[cfg(feature = "spin")]
mod strategy;
mod watch;
mod widened;

pub use clock::{Clock, TimedPort};
#[cfg(feature = "critical-section")]
pub use guard::CriticalSectionGuard;
pub use guard::{Guard, SpinGuard};
pub use identity::Identity;
pub use park::{Park, TimedPark};
pub use relax::{NoSpin, Relax, SpinHint};
#[cfg(not(loom))]
pub use spin::Spin;
#[cfg(feature = "spin")]
pub use strategy::ByStrategy;
pub use watch::{Kind, NoWatch, Object, Wait, Watch};
pub(crate) use watch::{Watched, take, taken_async, try_take};
pub use widened::Widened;

use crate::atomics::{AtomicU32, Ordering, fence};
use crate::waiters::Bucket;

/// A system on which the algorithms can sleep: the whole of what they ask for.
///
/// # Safety
///
/// * [`wait`](Port::wait) must compare the word and go to sleep in one step with respect to
///   [`wake`](Port::wake) on the same address: a `wake` that follows a change of the word (in the order of that
///   word's modifications) must reach every sleeper that had compared before the change.
/// * [`table`](Port::table) must return the same slice each time, with a length that is a power of two and not zero.
/// * [`block`](Port::block) and [`unblock`](Port::unblock) obey the same rule as the first two, for one sleeper.
/// * [`light_fence`](Port::light_fence) and [`heavy_fence`](Port::heavy_fence) keep the promise that the former tells.
pub unsafe trait Port: Sized + 'static {
    /// How the lists of waiters are guarded; see [`Guard`].
    type Guard: Guard;
    /// How to spin before sleeping; see [`Relax`].
    type Relax: Relax;
    /// Who listens to acquisitions and releases; [`NoWatch`] costs nothing.
    type Watch: Watch;
    /// What names one sleeping task for [`unblock`](Port::unblock): `()` where its word is enough.
    type Task: Clone + Send + 'static;

    /// True where [`unblock`](Port::unblock) needs its task to be alive still. The list of waiters then calls it before the
    /// sleeper can leave, inside the [`Guard`].
    const UNBLOCK_NEEDS_LIVE_TASK: bool;

    /// True where every sleeper of [`wait`](Port::wait) is listed in the [table](Port::table), as on ports by [parking](crate::waiters::by_parking): then [`wake`](Port::wake) has nobody to wake, and is not called.
    const LISTS_SLEEPERS: bool = false;

    /// True where the [`Guard`] is to be left as soon as can be, as it masks interrupts, and where code is to be small: microcontrollers.
    ///
    /// A wake-up of many then enters once for each of them, and a search past waiters of other objects leaves in between; elsewhere eight are woken at a time, and a search goes on to its end. [`unblock`](Port::unblock) is then called inside the guard.
    ///
    /// Not for ports that take waiters off by [`Bucket::forget`] or [`Bucket::let_go_alone`], unless [`UNBLOCK_NEEDS_LIVE_TASK`](Port::UNBLOCK_NEEDS_LIVE_TASK) is true, too: then a search goes on to its end.
    const SHORT_SECTIONS: bool = false;

    /// True where tasks have priorities: of those that are listed, the one of highest [`priority`](Port::priority) is then woken first, and the oldest among equals.
    ///
    /// Listing a waiter then takes as long as there are less urgent ones in its bucket. Sleepers of [`wait`](Port::wait) are listed if the port is one by [parking](crate::waiters::by_parking).
    const PRIORITIES: bool = false;

    /// How urgent `task` is; higher numbers are more urgent. Asked inside the [`Guard`], where [`PRIORITIES`](Port::PRIORITIES) is true only, and always with the same answer for the same value: it is
    /// the priority that the task had when it began to wait. Futures count as 0.
    #[inline]
    fn priority(task: &Self::Task) -> u32 {
        let _ = task;
        0
    }

    /// Sleeps while `*word == expected`, until a [`wake`](Port::wake) on it.
    ///
    /// Returns at once when the word differs. May also return for no reason: callers look again.
    fn wait(word: &AtomicU32, expected: u32);

    /// Wakes up to `count` sleepers of [`wait`](Port::wait) on this address and says how many it found.
    ///
    /// The word may be gone by the time of the call: an implementation uses the address and never reads through it.
    fn wake(word: *const AtomicU32, count: u32) -> u32;

    /// The waiters of this port that are listed by address: async tasks, and tasks that wait for a turn in a queue.
    fn table() -> &'static [Bucket<Self>];

    /// The calling task.
    fn task() -> Self::Task;

    /// Sleeps while `*flag == expected`; only the caller ever sleeps on this flag. Spurious returns are allowed.
    fn block(flag: &AtomicU32, expected: u32);

    /// Wakes the sleeper of [`block`](Port::block) on this flag, if it sleeps. Never reads through `flag` unless
    /// [`UNBLOCK_NEEDS_LIVE_TASK`](Port::UNBLOCK_NEEDS_LIVE_TASK).
    fn unblock(flag: *const AtomicU32, task: &Self::Task);

    /// Panics (or logs, or does nothing) when the caller must not sleep: in an interrupt handler, with interrupts masked.
    ///
    /// Called once before each sleep, never on the fast path.
    #[inline]
    fn assert_may_block() {}

    /// The cheap side of a pair of fences: of the one that a queue passes at each item.
    ///
    /// Of two parties that each change something, pass one of the two fences, one party this and one [`heavy_fence`](Port::heavy_fence), and then look at what the other changes, at least one sees
    /// the change of the other. (Two that both pass this one may both miss.) By default both are sequentially consistent fences; a system on which one party can impose a fence on all others
    /// makes this one nothing but a barrier to the compiler.
    #[inline]
    fn light_fence() {
        fence(Ordering::SeqCst);
    }

    /// The dear side of the pair: of the one that is about to sleep. A fence by itself, too.
    #[inline]
    fn heavy_fence() {
        fence(Ordering::SeqCst);
    }
}
