//! What the threads do while they hold something: the same few words for every contender.

use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

/// Some words that are changed without atomic read-modify-writes: two threads in here at once lose an increment, and the check finds it.
#[derive(Default)]
pub(crate) struct Section {
    words: [AtomicU64; 4],
}

impl Section {
    pub(crate) fn get(&self, index: usize) -> u64 {
        self.words[index].load(Relaxed)
    }

    pub(crate) fn set(&self, index: usize, value: u64) {
        self.words[index].store(value, Relaxed);
    }

    /// Adds and returns the sum.
    pub(crate) fn add(&self, index: usize, amount: u64) -> u64 {
        let sum = self.get(index) + amount;
        self.set(index, sum);
        sum
    }

    /// The least there is to do: one word.
    #[inline]
    pub(crate) fn tick(&self) {
        self.add(0, 1);
    }

    /// The short section: all words.
    #[inline]
    pub(crate) fn bump(&self) {
        for index in 0..self.words.len() {
            self.add(index, 1);
        }
    }

    /// What a reader does: no half-done [`bump`](Self::bump) may be seen.
    #[inline]
    pub(crate) fn look(&self) {
        let first = self.get(0);
        assert!(
            (1..self.words.len()).all(|index| self.get(index) == first),
            "a reader saw a writer at work"
        );
    }

    /// What a task does: a short section, and perhaps it lets the others run before it is done.
    pub(crate) async fn visit(&self, pauses: bool) {
        self.add(0, 1);
        if pauses {
            tokio::task::yield_now().await;
        }
        self.add(1, 1);
    }

    /// Panics unless there were exactly `count` ticks (or bumps).
    pub(crate) fn expect(&self, count: u64) {
        assert_eq!(self.get(0), count, "increments were lost or made twice");
    }
}

/// How long a section is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    Short,
    /// About 100 ns.
    Long,
}

impl Work {
    /// How many turns [`act`](Self::act) spins around. Ask before the clock runs: the first time takes a while.
    pub(crate) fn turns(self) -> u64 {
        static LONG: OnceLock<u64> = OnceLock::new();
        match self {
            Work::Short => 0,
            Work::Long => *LONG.get_or_init(calibrate),
        }
    }
}

/// A section with so much work in it.
#[inline]
pub(crate) fn act(section: &Section, turns: u64) {
    section.bump();
    if turns > 0 {
        black_box(mix(turns));
    }
}

/// A chain of dependent arithmetic.
fn mix(turns: u64) -> u64 {
    let mut state = black_box(0x9E37_79B9_7F4A_7C15_u64);
    for _ in 0..turns {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}

/// The turns that take 100 ns: from the fastest of a few tries.
fn calibrate() -> u64 {
    const TURNS: u64 = 200_000;
    let best = (0..9)
        .map(|_| {
            let start = Instant::now();
            black_box(mix(TURNS));
            start.elapsed().as_nanos()
        })
        .min()
        .unwrap_or(1);
    (u64::try_from(100 * u128::from(TURNS) / best.max(1)).unwrap_or(1)).max(1)
}
