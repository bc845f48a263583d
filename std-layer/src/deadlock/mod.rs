//! Finds deadlocks at the moment when they happen: who waits for whom, with names and call sites. Behind the feature `deadlock-detection`.
//!
//! A thread that is about to sleep because it cannot have a [`Lock`](crate::threading::Lock), [`Mutex`](crate::threading::Mutex) or [`RLock`](crate::threading::RLock) looks whether it closes a circle of threads that wait for each other. If so, it
//! calls a handler ([`on_deadlock`]) with a [`Report`]: each thread, where it waits for what, and where it acquired what the one before it wants. At first the handler prints the report to the
//! standard error stream. There is no thread that polls, and nothing to call. Without the feature there is no code and no cost: the hooks are in a trait of the port
//! ([`Watch`](selvedge_core::port::Watch)), whose empty implementation compiles to nothing.
//!
//! ```
//! use std::sync::mpsc;
//! use selvedge::deadlock::{self, Action, Certainty};
//! use selvedge::threading::{self, Mutex};
//!
//! let (send, reports) = mpsc::channel();
//! deadlock::on_deadlock(move |report| {
//!     send.send(report.clone()).unwrap();
//!     Action::Panic // in one of the two, so that the other can go on
//! });
//!
//! static FORK: Mutex<()> = Mutex::new(());
//! static SPOON: Mutex<()> = Mutex::new(());
//! static BOTH_HAVE_ONE: threading::Event = threading::Event::new();
//!
//! let first = threading::spawn(|| {
//!     let _fork = FORK.lock();
//!     BOTH_HAVE_ONE.wait();
//!     let _spoon = SPOON.lock();
//! });
//! let second = threading::spawn(|| {
//!     let _spoon = SPOON.lock();
//!     while !FORK.is_locked() {
//!         std::thread::yield_now();
//!     }
//!     BOTH_HAVE_ONE.set();
//!     let _fork = FORK.lock();
//! });
//!
//! let report = reports.recv().unwrap();
//! println!("{report}");
//! assert_eq!(report.certainty, Certainty::Probable);
//! assert_eq!(report.links.len(), 2);
//! // One was told, by a panic, and dropped what it had. The other has got it.
//! assert!(first.join().is_err() != second.join().is_err());
//! ```
//!
//! # How sure it is
//!
//! A circle is a deadlock if every thread in it must wait until the next one releases something. Who has acquired a lock is known; whether that thread will have to
//! release it is another question, and [`Certainty`] answers it: nobody else can release an `RLock`; a guard of a `Mutex` or a `Lock` may have been sent to another thread; a `Lock` held without a guard is meant
//! to be released by another (row T-56), and circles through one are not even reported unless one asks ([`report_from`], [`check_now`]).
//!
//! * **Time limits.** A wait with a limit ends by itself, so it is part of no circle. The wait without a limit that follows it may be.
//! * **Conditions.** For what reason a notification may fail to come cannot be known. But whoever waits on a condition must have its lock again to come out, notified, late or neither; so a thread that keeps
//!   that lock and waits for something that the waiter still has is a deadlock, and is found. [`snapshot`](snapshot()) shows which locks the waiters on a condition still have: usually there should be none.
//! * **Tasks.** A lock that an asynchronous task has taken is shown with the thread that polled it then, but nobody is assumed to be its owner, as the task may go on in another thread.
//!   The waits of tasks are not watched: they hold up no thread. For an `RLock` the owner is the thread in this case, too.
//! * **Not watched** are `RwLock`, `Semaphore`, `Event`, `Barrier`, queues, joins, the raw locks of [`selvedge_core::raw`], and locks of other crates.
//! * **Again.** A circle is reported when it closes, not again while it lasts. [`check_now`] reports all there are.
//!
//! Besides deadlocks that are there, [`lock_order`] finds those that might come: two orders of locking that contradict each other.
//!
//! # What it costs
//!
//! Nanoseconds for taking and releasing without contention, seen on one machine (an AMD EPYC with two processors, Linux, the best of seven times a million):
//!
//! | | without the feature | with it | and with [`lock_order`] |
//! |---|---|---|---|
//! | a `Mutex` | 4 | 34 | 45 |
//! | an `RLock` | 4 | 35 | |
//! | an `RLock` that the thread has already | 1 | 29 | |
//! | a `Mutex` inside a `Mutex`, both together | 13 | 48 | 127 |
//!
//! That is the calling thread's own record and no shared memory. Where locks are contended: a thread that is about to sleep reads the clock; and if it has something already, it looks at the
//! records of all threads, one such thread at a time. Memory is one record for each living thread that has used a lock.
//!
//! # Fork
//!
//! A forked child knows the records of the thread that called `fork`, and no others. What other threads had is nobody's there.
//!
//! # Peers
//!
//! `parking_lot` has an experimental detector for its mutexes, which must be polled; Abseil has the graph of orders. One that works across kinds of locks and conditions, in release builds and at the moment when it
//! happens, is what none of them has.

mod cycle;
mod detector;
#[cfg(unix)]
mod fork;
mod handler;
mod order;
mod record;
mod registry;
mod report;
mod snapshot;

pub use selvedge_core::port::{Kind, Object};

pub use cycle::check_now;
pub use detector::Detector;
pub use handler::{Action, on_deadlock, print, report_from};
pub use order::{Inversion, Nesting, lock_order, on_inversion};
pub use report::{Certainty, Held, Link, Report, ThreadInfo, Waiting};
pub use snapshot::{Snapshot, ThreadState, snapshot};
