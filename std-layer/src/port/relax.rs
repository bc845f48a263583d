//! How long to spin before sleeping on a hosted system.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use selvedge_core::port::Relax;

/// Spins on several processors, not at all on one.
#[derive(Debug, Clone, Copy)]
pub struct HostRelax;

/// 0: not asked yet. One role: a cached number, written with the same value by whoever asks first; Relaxed.
static PROCESSORS: AtomicU32 = AtomicU32::new(0);

fn several_processors() -> bool {
    match PROCESSORS.load(Ordering::Relaxed) {
        0 => ask(),
        n => n > 1,
    }
}

#[cold]
fn ask() -> bool {
    let n =
        thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX));
    PROCESSORS.store(n, Ordering::Relaxed);
    n > 1
}

/// Whether the other side runs at the same time is not to be known, but it was so lately or it was not. Each thread remembers how its pauses fared: after some in vain it goes without them next time, after some in vain again the
/// next three times, and so on; and half as long for each wait that they ended.
#[derive(Clone, Copy)]
struct Luck {
    /// So many waits go without pauses.
    without: u8,
    /// So many did after the last pauses in vain.
    lately: u8,
    /// The pauses have begun, and were not in vain so far.
    began: bool,
}

thread_local! {
    static LUCK: Cell<Luck> = const {
        Cell::new(Luck { without: 0, lately: 0, began: false })
    };
}

impl Luck {
    /// Another wait: whether to begin with pauses.
    fn begin(&mut self) -> bool {
        if self.without != 0 {
            self.without -= 1;
            return false;
        }
        if self.began {
            self.lately /= 2;
        }
        self.began = true;
        true
    }

    fn in_vain(&mut self) {
        self.began = false;
        self.lately = self.lately.saturating_mul(2).saturating_add(1);
        self.without = self.lately;
    }
}

impl Relax for HostRelax {
    /// One short pause, then nine times the rest of a time slice. Looking seldom leaves the holder its cache line, and giving the processor away helps
    /// a holder that has been pre-empted, which spinning does not: a hundred looks in a row made sixteen threads on two processors four times slower.
    #[inline]
    fn lock_turn(turn: u32) -> bool {
        match turn {
            0 if several_processors() => pause(4),
            1..10 if several_processors() => thread::yield_now(),
            _ => return false,
        }
        true
    }

    /// About a microsecond of pauses, while they help (see `Luck`). Measured on two processors, with a queue of one place, in a quiet moment (one run, the same pauses in half as many turns): four putters and four getters 3.5 us an item without,
    /// 0.76 us with, because two that fit together keep both processors and hand over without a system call; one of each 1.15 and 0.74 us. With five times more to do than there are processors, pauses without the memory of luck made
    /// one of each two to three times slower; with it no difference to none was to be seen in the noise.
    #[inline]
    fn moment_turn(turn: u32) -> bool {
        if !several_processors() {
            return false;
        }
        let is_worth_while = match turn {
            0 => with_luck(Luck::begin),
            1..32 => true,
            _ => {
                with_luck(Luck::in_vain);
                false
            }
        };
        if is_worth_while {
            pause(4);
        }
        is_worth_while
    }

    /// Gives the processor away sixteen times. Whoever answers needs a processor, and with more threads than processors it needs *this* one: measured on two processors, pausing instead
    /// made a barrier of eight five times slower, and even with a processor for each of two threads it gained nothing over giving way.
    #[inline]
    fn answer_turn(turn: u32) -> bool {
        let worth_while = turn < 16 && several_processors();
        if worth_while {
            thread::yield_now();
        }
        worth_while
    }
}

fn with_luck<R>(change: impl FnOnce(&mut Luck) -> R) -> R {
    LUCK.with(|luck| {
        let mut now = luck.get();
        let result = change(&mut now);
        luck.set(now);
        result
    })
}

#[inline]
fn pause(n: u32) {
    for _ in 0..n {
        core::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::Luck;

    /// How many waits go without pauses before the next one with.
    fn without(luck: &mut Luck) -> u32 {
        let mut waits = 0;
        while !luck.begin() {
            waits += 1;
        }
        waits
    }

    #[test]
    fn pauses_in_vain_become_rare_and_come_back() {
        let mut luck = Luck {
            without: 0,
            lately: 0,
            began: false,
        };
        let mut rare = Vec::new();
        for _ in 0..10 {
            rare.push(without(&mut luck));
            luck.in_vain();
        }
        assert_eq!(rare, [0, 1, 3, 7, 15, 31, 63, 127, 255, 255]);
        assert_eq!(without(&mut luck), 255);
        for _ in 0..8 {
            assert_eq!(without(&mut luck), 0, "they were not in vain");
        }
        luck.in_vain();
        assert_eq!(without(&mut luck), 1, "as at the beginning");
    }
}
