//! Waiting awake for what another process does, for a moment, before sleeping.
//!
//! To fall asleep and be woken by another processor takes 15 us on a virtual machine, and an answer by memory that both have takes less than one. So who waits looks again for a while: for longer than such a wake-up, so that two who talk to each other and begin asleep find each other awake.
//! Where the answer comes later, or the other one needs *this* processor, that is time lost. So each thread remembers how it fared ([`Luck`]), as a connection does: waits in vain make the next ones rarer, up to one in 256. The processor is not given away meanwhile: on a busy machine it would be gone for a whole time slice.
//!
//! It may be taken away, though. Who sleeps on a busy machine is given a processor as soon as it is woken, and who is awake has used up its time when the answer comes, and waits for milliseconds. So whoever was away for long, with or without success, goes without for so many waits that these milliseconds are a small part of them. With ten programs on two processors a queue there and back took
//! 38 to 125 us without this rule, and 18 to 21 by sleeping at once.
//!
//! For those who wait for each other in turns. A lock is for moments, and who finds it held for longer sleeps sooner (`lock.rs`).

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::port::{Luck, several_processors};

/// Longer than a wake-up takes.
const MOMENT: Duration = Duration::from_micros(40);
/// Who looked for so long was not always there.
const LONG: Duration = Duration::from_micros(120);
/// A wait by sleeping makes up for so many microseconds of having been away: a fifth of what it takes.
const PAYS: u128 = 4;
/// The most waits to go without.
const MOST: u128 = 10_000;
/// A wait in vain costs about so many times what a lucky one saves: so many lucky ones make up for it.
const PRICE: u32 = 3;
/// So many looks are one pause apart, as the answer often comes at once; the others four, which leaves the word to whoever is to write it.
const NEAR: u32 = 32;
/// One in so many looks at the time as well. A power of two.
const SELDOM: u32 = 8;

thread_local! {
    static LUCK: Cell<Luck> = const { Cell::new(Luck::NEW) };
    /// So many waits go without, whatever the luck.
    static WITHOUT: Cell<u32> = const { Cell::new(0) };
}

/// One wait.
#[derive(Debug)]
pub(super) struct Awake {
    turn: u32,
    deadline: Option<Instant>,
    begun: Option<Instant>,
    over: bool,
}

impl Awake {
    pub(super) fn new(deadline: Option<Instant>) -> Self {
        Self {
            turn: 0,
            deadline,
            begun: None,
            over: false,
        }
    }

    /// Pauses; false if it is time to sleep. To be asked between two looks.
    #[inline]
    pub(super) fn turn(&mut self) -> bool {
        if self.over || self.turn.is_multiple_of(SELDOM) && !self.goes_on() {
            self.over = true;
            return false;
        }
        for _ in 0..if self.turn < NEAR { 1 } else { 4 } {
            std::hint::spin_loop();
        }
        self.turn += 1;
        true
    }

    fn goes_on(&mut self) -> bool {
        let now = Instant::now();
        // Who has no time does not wait, so it has no luck either way.
        let has_time = self.deadline.is_none_or(|deadline| now < deadline);
        let Some(begun) = self.begun else {
            let begins = has_time && several_processors() && begins();
            self.begun = begins.then_some(now);
            return begins;
        };
        let looked = now.duration_since(begun);
        let goes_on = has_time && looked < MOMENT;
        if !goes_on {
            account(looked);
            for _ in 0..PRICE {
                change(Luck::in_vain);
            }
        }
        goes_on
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        // Who has gone on to sleep has accounted for the time before.
        if let Some(begun) = self.begun.filter(|_| !self.over) {
            account(begun.elapsed());
        }
    }
}

/// Whether it has been found or not.
fn account(looked: Duration) {
    if looked >= LONG {
        let waits = (looked.as_micros() / PAYS).min(MOST) as u32;
        WITHOUT.with(|without| without.set(without.get().max(waits)));
    }
}

fn begins() -> bool {
    WITHOUT.with(|without| match without.get() {
        0 => change(Luck::begin),
        waits => {
            without.set(waits - 1);
            false
        }
    })
}

fn change<R>(change: impl FnOnce(&mut Luck) -> R) -> R {
    LUCK.with(|luck| {
        let mut now = luck.get();
        let result = change(&mut now);
        luck.set(now);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(deadline: Option<Instant>) -> u32 {
        let mut awake = Awake::new(deadline);
        let looks = (0..).take_while(|_| awake.turn()).count();
        assert!(!awake.turn(), "it is over");
        looks as u32
    }

    /// On a machine that nobody else uses.
    fn looks_undisturbed() -> u32 {
        let looks = looks(None);
        WITHOUT.set(0);
        looks
    }

    /// In a thread of its own, which has been neither lucky nor unlucky.
    fn alone<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
        std::thread::spawn(test).join().unwrap()
    }

    #[test]
    fn waits_in_vain_become_rare() {
        alone(|| {
            let begin = Instant::now();
            let first = looks_undisturbed();
            if !several_processors() {
                assert_eq!(first, 0);
                return;
            }
            assert!(first > 0 && begin.elapsed() >= MOMENT);
            for _ in 0..7 {
                assert_eq!(looks_undisturbed(), 0, "it sleeps at once");
            }
            assert!(looks_undisturbed() > 0);
            for _ in 0..63 {
                assert_eq!(looks_undisturbed(), 0);
            }
        });
    }

    /// Whoever was away for long in the middle goes without for a while, also if it has found what it waited for.
    #[test]
    fn who_was_away_sleeps() {
        alone(|| {
            let mut awake = Awake::new(None);
            assert_eq!(awake.turn(), several_processors());
            std::thread::sleep(LONG);
            drop(awake);
            if several_processors() {
                let without = WITHOUT.get();
                assert!(u128::from(without) >= LONG.as_micros() / PAYS);
                for _ in 0..without {
                    assert_eq!(looks(None), 0);
                }
                assert!(looks(None) > 0);
            }
            WITHOUT.set(0);
            account(Duration::MAX);
            assert_eq!(u128::from(WITHOUT.get()), MOST);
            account(LONG);
            assert_eq!(u128::from(WITHOUT.get()), MOST);
        });
    }

    #[test]
    fn who_has_no_time_does_not_wait() {
        alone(|| {
            let now = Instant::now();
            for _ in 0..3 {
                assert_eq!(looks(Some(now)), 0);
            }
            // And that was no bad luck.
            assert_eq!(looks(None) > 0, several_processors());
        });
    }

    #[test]
    fn waits_that_end_go_on() {
        alone(|| {
            // Somebody else may have the processor for a moment; not each time.
            let goes_on = (0..1000).filter(|_| Awake::new(None).turn()).count();
            assert_eq!(goes_on > 0, several_processors());
        });
    }
}
