//! Many deadlines, one at a time: the structure behind timers, timeouts and schedulers.
//!
//! [`Timers`] keeps any number of values, each with a deadline, and gives them back in the order of their deadlines, equal ones in the order
//! of their insertion, never before their time. It neither reads a clock nor sleeps: time is a `u64` of *ticks* that the caller passes in,
//! whatever a tick is (the threads of the `selvedge` crate count nanoseconds; a board counts what its timer counts). It does not allocate
//! either: a [`Storage`] holds the entries, a fixed array ([`Fixed`]) or something that grows.
//!
//! ```
//! use selvedge_core::timer::{Fixed, Timers};
//!
//! let mut timers = Timers::new(Fixed::<&str, 8>::new());
//! timers.insert(30, "tea is ready").unwrap();
//! let eggs = timers.insert(10, "eggs are done").unwrap();
//! timers.insert(20, "look at the oven").unwrap();
//!
//! assert_eq!(timers.cancel(eggs), Some("eggs are done"));
//! assert_eq!(timers.cancel(eggs), None); // that one is gone, and its key is nobody else's
//!
//! assert_eq!(timers.next_deadline(), Some(20));
//! assert_eq!(timers.pop_expired(19), None); // never early
//! assert_eq!(timers.pop_expired(35).unwrap().value, "look at the oven");
//! assert_eq!(timers.pop_expired(35).unwrap().value, "tea is ready");
//! assert!(timers.is_empty());
//! ```
//!
//! # How it works
//!
//! It is a hierarchical timing wheel that keeps exact order, with no rounding and no horizon: 2⁶⁴ ticks fit. One number, `base`, is not
//! later than the present. A deadline lies in the slot named by its highest digit that differs from `base`: the place of that digit is the
//! level, its value the slot. So
//!
//! - the earliest deadlines are in the first slot that is not empty, which a bitmap tells;
//! - where an entry is depends on `base` and its deadline alone, hence equal deadlines share a slot, in the order of insertion, at all times;
//! - advancing `base` to the start of the first slot concerns that slot only: its entries move to lower levels, each at most once a level.
//!
//! A slot of few entries is not taken apart but searched. A deadline that is earlier than `base` (it was past when it came, and later ones have
//! already been given out) goes to a list of its own, which is kept sorted.
//!
//! | operation | cost |
//! |---|---|
//! | `insert`, of a deadline later than what has been given out already | O(1) |
//! | `insert`, of an earlier one | walks at most 64 of the overdue entries; when that is not enough, files everything anew |
//! | `cancel`, `reset` | O(1) |
//! | `pop_expired` | O(1) amortised; each entry moves at most once a level |
//! | `next_wake` | O(1) |
//! | `next_deadline` | walks the first slot |
//!
//! None of them blocks, and none calls code of the caller's (but for the drop of values in [`clear`](Timers::clear)).
//! The structure takes `&mut self` throughout: what guards it (a lock, a critical section, so that interrupt handlers may use it) is the caller's choice.
//!
//! # Why a wheel
//!
//! Measured against a 4-ary heap with lazy removal, a 4-ary heap with back pointers, and tokio's timers (which round to milliseconds): a million
//! timers between 1 s and 61 s in nanoseconds, fired in steps of 1 ms. Nanoseconds a timer, the best of five runs on a busy machine with two processors:
//!
//! | | insert | cancel in random order | cancel in order | fire | insert and cancel, 10 000 pending |
//! |---|---|---|---|---|---|
//! | this wheel | 34 | 108 | 61 | 149 | 13 |
//! | heap, lazy removal | 39 | 84 | 60 | 285 | 14 |
//! | heap, back pointers | 32 | 149 | 82 | 254 | 64 |
//! | tokio-util `DelayQueue` 0.7 | 54 | 467 | 179 | 426 | 77 |
//! | tokio `Sleep` 1.x | 82 | 326 | – | 358 | – |
//!
//! The heap with lazy removal, the closest, needs space for entries that are no longer there, which a fixed array does not have. What the wheel
//! pays is a table of slots: 0.3 KiB with digits of one bit ([`Narrow`], for a microcontroller), 2.7 KiB with digits of six ([`Wide`]).
//! On a Cortex-M0, sixteen timers with values of 4 bytes take 824 bytes in all, and the code of insert, cancel, pop and next 2.7 KiB.

mod entry;
mod filing;
mod fixed;
mod list;
mod shape;
mod storage;
mod timers;
mod wheel;

pub use entry::{Entry, Expired, Full, Key};
pub use fixed::Fixed;
pub use shape::{Narrow, Shape, Wide};
pub use storage::Storage;
pub use timers::Timers;
