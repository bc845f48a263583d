//! Giving the processor away while waiting, as long as the machine has nothing else to do.
//!
//! On a quiet machine `sched_yield` costs a fraction of a microsecond, and is the best way to wait for a thread that needs a processor. On a busy one the processor goes to another program, for a whole time slice, and whoever is
//! away for milliseconds would have been woken within some thirty microseconds of the answer. Measured with two other programs on two processors: a ping-pong through a condition took 3.8 ms, and 25 us by sleeping at once.
//!
//! So the time that it takes is looked at now and then. What a thread was away for longer than a sleep would have taken is its *debt*, what it was away for less pays that off; with too much debt all threads of the process go without for a while: for longer each time, if the next one is long again. Once is not enough: on a quiet machine, too, a thread
//! may find others of its own process that have a time slice to use.
//!
//! If those use it for the very thing that it waits for, nothing is lost: two that fit together keep both processors and hand over without a system call, and the others are best away. So a caller that can tell how many were served meanwhile says so, and each of those pays off a sleep.
//! Four putters and four getters at a queue of one place take 0.06 us an item if they go on giving way, and 10 to 30 us if they sleep; before it was known what others did, it was now the one and now the other.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Who was away for so long has been made to wait for another one's time slice.
const LONG: Duration = Duration::from_micros(150);
/// What a sleep and a wake-up would have taken, in microseconds.
const SLEEP: u32 = 40;
/// So much debt is too much, in microseconds.
const LIMIT: u32 = 16_000;
/// One in so many looks at the time, which takes a quarter as long as giving the processor away. A power of two.
const SELDOM: u8 = 4;
/// No single time counts for more: it is one, however long it was.
const MOST: Duration = Duration::from_micros(LIMIT as u64 / 4);
/// How long to go without, in milliseconds, after the first time; doubled up to six times.
const WHILE: u64 = 64;

/// Until when to go without, in milliseconds since the first look at the time, and in the lowest byte how often that has been doubled; 0 is a quiet machine. One role: a hint, Relaxed.
struct Without(AtomicU64);

static WITHOUT: Without = Without(AtomicU64::new(0));

thread_local! {
    static COUNT: Cell<u8> = const { Cell::new(0) };
    static DEBT: Cell<u32> = const { Cell::new(0) };
}

/// Milliseconds, of which there is at least one.
fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_millis() as u64 + 1
}

/// Whether giving the processor away is worth while: the first time in a wait.
#[inline]
pub(super) fn is_worth_while() -> bool {
    WITHOUT.is_over()
}

/// Gives it away, for the first time in a wait. False if that took long: then this is no way to wait.
pub(super) fn give_way(served: impl Fn() -> usize) -> bool {
    let count = COUNT.get();
    COUNT.set(count.wrapping_add(1));
    // With debts, and after a busy time, every time.
    let looks =
        DEBT.get() != 0 || WITHOUT.0.load(Ordering::Relaxed) != 0 || count.is_multiple_of(SELDOM);
    let before = looks.then(|| (Instant::now(), served()));
    thread::yield_now();
    let Some((start, before)) = before else {
        return true;
    };
    let lost = lost(start.elapsed(), served().wrapping_sub(before));
    DEBT.with(|debt| WITHOUT.take_note(lost, debt))
}

/// What is left of the time away if so many others were served meanwhile: each of them might have slept instead.
fn lost(away: Duration, served: usize) -> Duration {
    let served = u32::try_from(served).unwrap_or(u32::MAX);
    away.saturating_sub(Duration::from_micros(SLEEP.into()).saturating_mul(served))
}

/// Changes the debt of a thread that was away, and says whether it can go on like that.
fn can_afford(debt: &Cell<u32>, away: Duration) -> bool {
    let away = away.min(MOST).as_micros() as u32;
    let now = debt.get().saturating_add(away).saturating_sub(SLEEP);
    // No more than the limit: it is paid off as soon as things are better.
    debt.set(now.min(LIMIT));
    now < LIMIT
}

impl Without {
    #[inline]
    fn is_over(&self) -> bool {
        #[cold]
        fn is_past(without: u64) -> bool {
            now() >= without >> 8
        }
        let without = self.0.load(Ordering::Relaxed);
        without == 0 || is_past(without)
    }

    fn take_note(&self, away: Duration, debt: &Cell<u32>) -> bool {
        let before = self.0.load(Ordering::Relaxed);
        if can_afford(debt, away) || away < LONG {
            // Quiet for as long as it was busy: forgotten.
            if before != 0 && now() >= (before >> 8) + (WHILE << (before & 7)) {
                self.0.store(0, Ordering::Relaxed);
            }
            return away < LONG;
        }
        let again = if before == 0 { 0 } else { (before & 7) + 1 };
        let again = again.min(6);
        let until = now() + (WHILE << again);
        self.0.store(until << 8 | 8 | again, Ordering::Relaxed);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_ones_are_left_out_for_a_while() {
        // One of its own: that of the process follows what the machine does to the other tests.
        let without = Without(AtomicU64::new(0));
        let (none, all) = (Cell::new(0), Cell::new(LIMIT));
        let until = || without.0.load(Ordering::Relaxed) >> 8;
        assert!(without.take_note(LONG / 2, &all) && without.is_over());
        assert!(!without.take_note(LONG, &none) && without.is_over());
        let mut ends = Vec::new();
        for n in 0..3 {
            let begun = now();
            assert!(!without.take_note(LONG, &all));
            assert!(until() >= begun + (WHILE << n));
            ends.push(until());
        }
        assert!(ends[0] < ends[1] && ends[1] < ends[2], "{ends:?}");
        loop {
            // Before the look, as the time may be up right after it.
            let before = now();
            if without.is_over() {
                break;
            }
            assert!(before < until());
            thread::sleep(Duration::from_millis(1));
        }
        assert!(now() >= until());
        thread::sleep(Duration::from_millis(WHILE << 2));
        assert!(without.take_note(LONG / 2, &all));
        assert_eq!(until(), 0);
    }

    /// Who was away while others were at work has lost nothing; who was away while next to nothing happened, all of it.
    #[test]
    fn others_that_were_served_count() {
        let slice = Duration::from_millis(3);
        assert_eq!(lost(slice, 0), slice);
        assert!(lost(slice, 1) > slice.mul_f32(0.9));
        assert_eq!(lost(slice, 75), Duration::ZERO);
        assert_eq!(lost(slice, 30_000), Duration::ZERO);
        assert_eq!(lost(Duration::MAX, 0), Duration::MAX);
        assert_eq!(lost(slice, usize::MAX), Duration::ZERO);
        let (debt, busy) = (Cell::new(0), Without(AtomicU64::new(0)));
        assert!((0..100).all(|_| busy.take_note(lost(slice, 1000), &debt)));
        assert!((0..100).any(|_| !busy.take_note(lost(slice, 1), &debt)));
    }

    /// Some long ones among many short ones are nothing, one after the other is too much, and the next one again, until there were many short ones.
    #[test]
    fn debts() {
        let debt = Cell::new(0);
        let (slice, short) = (Duration::from_millis(3), Duration::from_micros(1));
        for _ in 0..20 {
            assert!(can_afford(&debt, slice));
            assert!((0..80).all(|_| can_afford(&debt, short)));
        }
        assert_eq!(debt.get(), 0);
        let afforded = (0..100).take_while(|_| can_afford(&debt, slice)).count();
        assert_eq!(afforded, 5);
        assert!(can_afford(&debt, short));
        assert!(!can_afford(&debt, slice));
        assert!(!can_afford(&debt, Duration::MAX));
        assert!((0..1000).all(|_| can_afford(&debt, short)));
        assert_eq!(debt.get(), 0);
    }
}
