//! Systems that can only park a thread: everything goes through the table of waiters.
//!
//! # Safety
//!
//! Implements the `unsafe trait`s of a port.
#![allow(unsafe_code, reason = "implements the unsafe port traits")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use loom::sync::{Condvar, Mutex};
use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::{Identity, NoWatch, Park, Port, TimedPark, TimedPort};
use selvedge_core::waiters::{Bucket, by_parking};

use super::clock::{self, clock_of};
use super::futex::number_of_this_thread;
use super::guard::MutexAsGuard;
use super::relax::OncePolled;

/// The token of one thread. Loom's own `park` forgets tokens in some states, so it is made of a mutex and a condition.
#[derive(Debug)]
pub struct Token {
    given: Mutex<bool>,
    came: Condvar,
    ended: std::sync::Mutex<bool>,
}

/// Says that its thread has ended.
struct OfThisThread(Arc<Token>);

impl Drop for OfThisThread {
    fn drop(&mut self) {
        *self.0.ended.lock().unwrap() = true;
    }
}

loom::thread_local! {
    static TOKEN: OfThisThread = OfThisThread(Arc::new(Token {
        given: Mutex::new(false),
        came: Condvar::new(),
        ended: std::sync::Mutex::new(false),
    }));
}

impl Token {
    fn mine() -> Arc<Self> {
        TOKEN.with(|token| token.0.clone())
    }

    fn take(&self) {
        let mut given = self.given.lock().unwrap();
        while !*given {
            given = self.came.wait(given).unwrap();
        }
        *given = false;
    }

    fn take_within_a_tick(&self) {
        *self.given.lock().unwrap() = false;
        clock::tick();
    }

    fn give(&self) {
        *self.given.lock().unwrap() = true;
        self.came.notify_one();
    }
}

macro_rules! parking {
    ($(#[$meta:meta])* $port:ident, $table:ident, needs_live_task: $needs_live_task:literal, lists_sleepers: $lists_sleepers:literal, short_sections: $short_sections:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy)]
        pub struct $port;

        loom::lazy_static! {
            static ref $table: [Bucket<$port>; 1] = [Bucket::new()];
        }

        clock_of!($port);

        // SAFETY: the token is remembered, and giving and taking it order what came before.
        unsafe impl Park for $port {
            type Task = Arc<Token>;

            fn current() -> Arc<Token> {
                Token::mine()
            }

            fn park() {
                Token::mine().take();
            }

            fn unpark(task: &Arc<Token>) {
                if $needs_live_task {
                    assert!(!*task.ended.lock().unwrap(), "unparked a thread that has ended");
                }
                task.give();
            }
        }

        // SAFETY: as above.
        unsafe impl TimedPark for $port {
            fn park_until(_deadline: u64) {
                Token::mine().take_within_a_tick();
            }
        }

        // SAFETY: `by_parking` keeps the contract for every `Park`; the table has one bucket.
        unsafe impl Port for $port {
            type Guard = MutexAsGuard;
            type Relax = OncePolled;
            type Watch = NoWatch;
            type Task = Arc<Token>;

            const UNBLOCK_NEEDS_LIVE_TASK: bool = $needs_live_task;

            // Both ways of waking are modelled.
            const LISTS_SLEEPERS: bool = $lists_sleepers;

            const SHORT_SECTIONS: bool = $short_sections;

            fn wait(word: &AtomicU32, expected: u32) {
                by_parking::wait::<Self>(word, expected);
            }

            fn wake(word: *const AtomicU32, count: u32) -> u32 {
                by_parking::wake(word, count)
            }

            fn table() -> &'static [Bucket<Self>] {
                &*$table
            }

            fn task() -> Arc<Token> {
                Token::mine()
            }

            fn block(flag: &AtomicU32, expected: u32) {
                by_parking::block::<Self>(flag, expected);
            }

            fn unblock(_flag: *const AtomicU32, task: &Arc<Token>) {
                by_parking::unblock::<Self>(task);
            }
        }

        // SAFETY: as above.
        unsafe impl TimedPort for $port {
            fn wait_until(word: &AtomicU32, expected: u32, deadline: u64) {
                by_parking::wait_until::<Self>(word, expected, deadline);
            }

            fn block_until(flag: &AtomicU32, expected: u32, deadline: u64) {
                by_parking::block_until::<Self>(flag, expected, deadline);
            }
        }

        // SAFETY: a number for each thread, never used twice in a run.
        unsafe impl Identity for $port {
            fn current() -> NonZeroUsize {
                number_of_this_thread()
            }
        }
    };
}

parking! {
    /// A thread may be given its token after it has ended.
    Parking, PARKING, needs_live_task: false, lists_sleepers: false, short_sections: false
}
parking! {
    /// A thread must be alive to be given its token, and that is checked.
    LiveParking, LIVE_PARKING, needs_live_task: true, lists_sleepers: true, short_sections: false
}
parking! {
    /// One waiter is woken in each section, and a search passes one of another object in each.
    ShortParking, SHORT_PARKING, needs_live_task: false, lists_sleepers: true, short_sections: true
}
