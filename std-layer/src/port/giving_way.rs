//! Giving the processor away while waiting, as long as the machine has nothing else to do.
//!
//! On a quiet machine `sched_yield` costs a fraction of a microsecond, and is the best way to wait for a thread that needs a processor. On a busy one the processor goes to another program, for a whole time slice, and whoever is
//! away for milliseconds would have been woken within some thirty microseconds of the answer. Measured with two other programs on two processors: a ping-pong through a condition took 3.8 ms, and 25 us by sleeping at once.
//!
//! So the time that it takes is looked at now and then, and if it was long, all threads of the process go without it for a while: for longer each time, if it was long again soon after.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Who was away for so long has been made to wait for another program.
const LONG: Duration = Duration::from_micros(150);
/// One in so many looks at the time, which takes a quarter as long as giving the processor away. A power of two.
const SELDOM: u8 = 4;
/// How long to go without, in milliseconds, after the first time; doubled up to six times.
const WHILE: u64 = 64;

/// Until when to go without, in milliseconds since the first look at the time, and in the lowest byte how often that has been doubled; 0 is a quiet machine. One role: a hint, Relaxed.
struct Without(AtomicU64);

static WITHOUT: Without = Without(AtomicU64::new(0));

thread_local! {
    static COUNT: Cell<u8> = const { Cell::new(0) };
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
pub(super) fn give_way() -> bool {
    let count = COUNT.get();
    COUNT.set(count.wrapping_add(1));
    // After a busy time, every time.
    let looks = WITHOUT.0.load(Ordering::Relaxed) != 0 || count.is_multiple_of(SELDOM);
    let start = looks.then(Instant::now);
    thread::yield_now();
    match start {
        Some(start) => WITHOUT.take_note(start.elapsed()),
        None => true,
    }
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

    fn take_note(&self, away: Duration) -> bool {
        let before = self.0.load(Ordering::Relaxed);
        if away < LONG {
            // Quiet for as long as it was busy: forgotten.
            if before != 0 && now() >= (before >> 8) + (WHILE << (before & 7)) {
                self.0.store(0, Ordering::Relaxed);
            }
            return true;
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
        let until = || without.0.load(Ordering::Relaxed) >> 8;
        assert!(without.take_note(LONG / 2) && without.is_over());
        let mut ends = Vec::new();
        for n in 0..3 {
            let begun = now();
            assert!(!without.take_note(LONG));
            assert!(until() >= begun + (WHILE << n));
            ends.push(until());
        }
        assert!(ends[0] < ends[1] && ends[1] < ends[2], "{ends:?}");
        while !without.is_over() {
            assert!(now() < until());
            thread::sleep(Duration::from_millis(1));
        }
        assert!(now() >= until());
        thread::sleep(Duration::from_millis(WHILE << 2));
        assert!(without.take_note(LONG / 2));
        assert_eq!(until(), 0);
    }
}
