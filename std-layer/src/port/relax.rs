//! How long to spin before sleeping on a hosted system.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, LocalKey};

use selvedge_core::port::Relax;

use super::giving_way;

/// Spins on several processors, not at all on one.
#[derive(Debug, Clone, Copy)]
pub struct HostRelax;

/// 0: not asked yet. One role: a cached number, written with the same value by whoever asks first; Relaxed.
static PROCESSORS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn several_processors() -> bool {
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
#[derive(Debug, Clone, Copy)]
pub(crate) struct Luck {
    /// So many waits go without pauses.
    without: u16,
    /// So many did after the last pauses in vain.
    lately: u16,
    /// The pauses have begun, and were not in vain so far.
    began: bool,
}

thread_local! {
    static LUCK: Cell<Luck> = const { Cell::new(Luck::NEW) };
    /// Of polls: a thread that runs an executor waits in many other ways as well.
    static LUCK_IN_POLLS: Cell<Luck> = const { Cell::new(Luck::NEW) };
}

impl Luck {
    pub(crate) const NEW: Self = Self {
        without: 0,
        lately: 0,
        began: false,
    };

    /// Another wait: whether to begin with pauses.
    pub(crate) fn begin(&mut self) -> bool {
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

    /// The pauses have ended without what was waited for.
    #[cfg(any(test, feature = "multiprocessing"))]
    pub(crate) fn in_vain(&mut self) {
        self.in_vain_at_most(255);
    }

    /// The same, where more waits than that never go without.
    fn in_vain_at_most(&mut self, most: u16) {
        self.began = false;
        self.lately = self.lately.saturating_mul(2).saturating_add(1).min(most);
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
            1 if several_processors() => {
                return giving_way::is_worth_while() && giving_way::give_way(|| 0);
            }
            2..10 if several_processors() => thread::yield_now(),
            _ => return false,
        }
        true
    }

    /// A few microseconds of pauses, while they help (see `Luck`). Measured on two processors, with a queue of one place: four putters and four getters 3.5 us an item without, 0.76 us with, because two that fit together keep both
    /// processors and hand over without a system call. With five times more to do than there are processors, pauses without the memory of luck made one of each two to three times slower; with it no difference to none was to
    /// be seen in the noise. Where the two sides alternate, the answer comes after two or three pauses (of 24 ns there): looking after each instead of after four took 143 ns from item to item, in the best rounds, instead of 254.
    #[inline]
    fn moment_turn(turn: u32) -> bool {
        several_processors() && pauses(&LUCK, turn, MOMENT, 255)
    }

    /// About a microsecond of pauses, while they help; with a luck of its own, as a thread that runs an executor waits in other ways, too. Measured on two processors, for a ping-pong of futures on two threads: 4.2 us there and back without, which is two
    /// wake-ups, 0.14 to 0.3 us with. Where both run on one thread, each wait in vain makes the next ones rarer, up to one in 1024: 1 ns a wait, against some 50 for the change of tasks.
    #[inline]
    fn poll_turn(turn: u32) -> bool {
        several_processors() && pauses(&LUCK_IN_POLLS, turn, POLL, 1023)
    }

    /// Gives the processor away sixteen times. Whoever answers needs a processor, and with more threads than processors it needs *this* one: measured on two processors, pausing instead
    /// made a barrier of eight five times slower, and even with a processor for each of two threads it gained nothing over giving way.
    ///
    /// Not on a busy machine: see `giving_way.rs`.
    #[inline]
    fn answer_turn(turn: u32) -> bool {
        Self::answer_turn_among(turn, || 0)
    }

    #[inline]
    fn answer_turn_among(turn: u32, served: impl Fn() -> usize) -> bool {
        if turn >= 16 || !several_processors() {
            return false;
        }
        if turn == 0 {
            return giving_way::is_worth_while() && giving_way::give_way(served);
        }
        thread::yield_now();
        true
    }

    /// Three microseconds of pauses, and then gives the processor away. Measured on two processors, with four putters and four getters at a queue without a limit: 17 ns an item without standing aside, 14 with pauses alone, and 3 to 6 with both,
    /// since the processor goes to the other side of the queue. That is no waiting for an answer, which might come and find nobody: somebody else is at work there, on another processor, and faster without this thread. So it is done on a busy machine, too.
    #[inline]
    fn aside_turn(turn: u32, _served: impl Fn() -> usize) -> bool {
        match turn {
            0 if several_processors() => pause(128),
            1 if several_processors() => thread::yield_now(),
            _ => return false,
        }
        true
    }
}

/// Turns of `moment_turn`: 128 pauses.
const MOMENT: u32 = EACH + 28;
/// Turns of `poll_turn`: 48 pauses.
const POLL: u32 = EACH + 8;
/// So many turns are of one pause, because an answer takes two or three; the others of four.
const EACH: u32 = 16;

#[inline]
fn pauses(luck: &'static LocalKey<Cell<Luck>>, turn: u32, turns: u32, most: u16) -> bool {
    let is_worth_while = match turn {
        0 => with_luck(luck, Luck::begin),
        _ if turn < turns => true,
        _ => {
            with_luck(luck, |luck| luck.in_vain_at_most(most));
            false
        }
    };
    if is_worth_while {
        pause(if turn < EACH { 1 } else { 4 });
    }
    is_worth_while
}

fn with_luck<R>(luck: &'static LocalKey<Cell<Luck>>, change: impl FnOnce(&mut Luck) -> R) -> R {
    luck.with(|luck| {
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
    use selvedge_core::port::Relax;

    use super::{HostRelax, Luck, several_processors};

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
        let mut luck = Luck::NEW;
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
        for _ in 0..12 {
            luck.in_vain_at_most(1023);
        }
        assert_eq!(without(&mut luck), 1023, "and no more than that");
    }

    /// How many turns a wait in vain has.
    fn turns(turn: fn(u32) -> bool) -> u32 {
        (0..1000)
            .find(|&nth| !turn(nth))
            .expect("they come to an end")
    }

    /// In a thread of its own, which has been neither lucky nor unlucky.
    #[test]
    fn polls_have_fewer_turns_and_a_luck_of_their_own() {
        let turns = || {
            let blocking = [(); 3].map(|()| turns(HostRelax::moment_turn));
            (blocking, [(); 3].map(|()| turns(HostRelax::poll_turn)))
        };
        let (blocking, polls) = std::thread::spawn(turns).join().unwrap();
        let (long, short) = (blocking[0], polls[0]);
        assert_eq!((blocking, polls), ([long, 0, long], [short, 0, short]));
        assert_eq!(long > short && short > 0, several_processors());
    }
}
