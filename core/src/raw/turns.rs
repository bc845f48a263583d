//! Turns: a task that others can hold in a place where it has nothing, because it has no turn then.
//!
//! # Why this shape
//!
//! A thread that serves others works in turns, and between two of them waits for something else than a word: for events of the system. Whoever wants it to do nothing for a while cannot wake it, and need not: it is enough that it does not begin another turn.
//!
//! # The word
//!
//! | value | name | meaning |
//! |---|---|---|
//! | 0 | | it has no turn, and may begin one |
//! | 1 | `WORKS` | it has a turn |
//! | 2 | `WANTED` | it has a turn, and somebody waits for its end |
//! | 3 | `HELD` | it may not begin one |
//!
//! # Rules
//!
//! 1. One task has turns. It begins by changing 0 to `WORKS`, and sleeps on the word otherwise, which is `HELD` then. It ends by a swap with 0, and wakes all if the word was `WANTED`.
//! 2. Who holds changes 0 to `HELD`. If there is a turn, it changes the word to `WANTED`, and sleeps on that; if another one holds, it sleeps on that.
//! 3. Who lets go changes `HELD` to 0, and wakes all.
//!
//! Nobody sleeps for ever: each sleeps on a value whose end comes with a wake-up for all. A task with many turns may begin another one before a sleeping holder is there again; as it waits for other things in between, that ends.
//!
//! # Orderings
//!
//! That a wake-up comes after the change of the word is seen to by `waiters::wake`, which asks for a read-modify-write before.
//!
//! Edge `held-turn`: who ends a turn, or lets go (Release), has done all of it; who holds, or begins a turn (Acquire), comes after that.

use core::marker::PhantomData;

use crate::atomics::{AtomicU32, Ordering, edge};
use crate::port::Port;
use crate::waiters;

const WORKS: u32 = 1;
const WANTED: u32 = 2;
const HELD: u32 = 3;

/// See above.
#[derive(Debug)]
pub struct RawTurns<P: Port> {
    word: AtomicU32,
    port: PhantomData<fn() -> P>,
}

/// Ends a turn, also by a panic.
struct Turn<'a, P: Port>(&'a RawTurns<P>);

impl<P: Port> RawTurns<P> {
    maybe_const! {
        /// No turn, and nobody holds.
        pub fn new() -> Self {
            Self { word: AtomicU32::new(0), port: PhantomData }
        }
    }

    /// As new, for a word that may have been left in any state: by who knows that nobody uses it.
    pub fn renew(&self) {
        self.word.store(0, Ordering::Relaxed);
    }

    fn change(&self, from: u32, to: u32) -> Result<u32, u32> {
        // edge: held-turn
        self.word
            .compare_exchange(from, to, edge!("held-turn", Acquire), Ordering::Relaxed)
    }

    /// A turn, by the task that has turns: waits until nobody holds it.
    pub fn turn<T>(&self, work: impl FnOnce() -> T) -> T {
        while let Err(word) = self.change(0, WORKS) {
            P::wait(&self.word, word);
        }
        let _turn = Turn(self);
        work()
    }

    /// Waits for the end of a turn, and lets no other begin until [`release`](Self::release). Not by the task that has turns, if it has one.
    pub fn hold(&self) {
        loop {
            let word = self.word.load(Ordering::Relaxed);
            if word == HELD {
                P::wait(&self.word, HELD);
                continue;
            }
            let next = if word == 0 { HELD } else { WANTED };
            match self.change(word, next) {
                Ok(0) => return,
                Ok(_) => P::wait(&self.word, WANTED),
                Err(_) => {}
            }
        }
    }

    /// By who holds it: turns may begin again.
    pub fn release(&self) {
        self.word.swap(0, edge!("held-turn", Release));
        waiters::wake::<P>(&self.word, u32::MAX);
    }
}

impl<P: Port> Drop for Turn<'_, P> {
    fn drop(&mut self) {
        let word = &self.0.word;
        if word.swap(0, edge!("held-turn", Release)) == WANTED {
            waiters::wake::<P>(word, u32::MAX);
        }
    }
}

impl<P: Port> Default for RawTurns<P> {
    fn default() -> Self {
        Self::new()
    }
}
