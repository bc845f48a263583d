//! Sleeping until a word changes, and waking up as well if anybody dies who could have changed it.
//!
//! # Why nobody sleeps for ever
//!
//! A sleeper waits for its word, for the end of each other process that uses the arena, and for a change of that set (`epoch`). What it waits for may not come because the one who had it is dead: then the kernel wakes one thread of this process, which wakes the others that wait. Or because the
//! one who was woken for it died before it did anything with that: then it is the lifeline of that one which ends, and everybody looks again. A process that comes after the sleeper has looked is not among those it watches; but it has changed `epoch`.
//!
//! Or the one who was woken for it is dead already, and only stands in the kernel's queues yet (`lifeline.rs`): as long as that may be, nobody sleeps for long.
//!
//! Several may die before the one who was woken by the first death gets a processor, and the kernel tells it only one of the words. So it looks at all lifelines, and wakes the others on each that has ended.
//!
//! The order is: look who is there, then look at the word, then sleep. The kernel compares all values once more when it puts the sleeper to sleep, so whatever changes after the looks is noticed.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use rustix::thread::futex::Wait;

use super::arena::{Arena, Member, SLOTS};
use super::futex::{self, Expired, GLANCE};
use super::lifeline::is_alive;

/// Who was there when somebody looked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp {
    epoch: u32,
    alive: u64,
}

impl Stamp {
    /// Whether somebody has come or died between this look and a later one.
    pub(super) fn is_over(&self, later: &Self) -> bool {
        self.epoch != later.epoch || self.alive & !later.alive != 0
    }
}

/// Who is there.
pub(super) struct Watch<'a> {
    arena: &'a Arena,
    epoch: u32,
    own: usize,
    /// Of the others who live: what their lifelines for this process are; 0 for those who do not.
    alive: [u32; SLOTS],
    count: usize,
    /// Somebody has died whose threads may still take wake-ups.
    lingers: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(arena: &'a Arena) -> Self {
        let own = arena.member().slot;
        let header = arena.header();
        let epoch = header.epoch.load(Ordering::SeqCst);
        let mut watch = Self {
            arena,
            epoch,
            own,
            alive: [0; SLOTS],
            count: 0,
            lingers: false,
        };
        let used = (header.used.load(Ordering::SeqCst) as usize).min(SLOTS);
        for (place, row) in header.rows[..used].iter().enumerate() {
            let lifeline = row.lifeline(own).load(Ordering::SeqCst);
            if place == own {
                continue;
            }
            if is_alive(lifeline) {
                watch.alive[place] = lifeline;
                watch.count += 1;
            } else {
                watch.lingers |= row.lingers();
            }
        }
        watch
    }

    /// Whether a process lives, and is still the one of that generation (of which the lowest 24 bits count).
    ///
    /// One that has come after this has looked may live although it is not watched. Then `epoch` is another one by now, as that changes before a newcomer can have anything, and sleeping ends at once. If it is not, the lifeline is that of one who is just taking the place of this one, which is dead; and who may die on the way, without a trace.
    pub(super) fn is_alive(&self, member: Member) -> bool {
        let header = self.arena.header();
        let Some(row) = header.rows.get(member.slot) else {
            return false;
        };
        let generation = row.generation.load(Ordering::SeqCst);
        let lifeline = row.lifeline(self.own).load(Ordering::SeqCst);
        is_alive(lifeline)
            && (generation ^ member.generation) & 0xFF_FFFF == 0
            && (member.slot == self.own
                || self.alive[member.slot] == lifeline
                || header.epoch.load(Ordering::SeqCst) != self.epoch)
    }

    fn lifelines(&self) -> impl Iterator<Item = (&AtomicU32, u32)> {
        let rows = self.arena.header().rows.iter();
        let all = rows.map(|row| row.lifeline(self.own)).zip(self.alive);
        all.filter(|(_, value)| *value != 0)
    }

    /// What changes when somebody comes, and then what changes when somebody of those who are there dies.
    fn lines(&self) -> impl Iterator<Item = Wait> {
        let lifelines = self.lifelines().map(|(line, value)| futex::on(line, value));
        std::iter::once(futex::on(&self.arena.header().epoch, self.epoch)).chain(lifelines)
    }

    /// Adds all of them.
    pub(super) fn words(&self, into: &mut Vec<Wait>) {
        into.extend(self.lines());
    }

    /// Wakes all others of this process who sleep on the lifelines that have ended since the look.
    fn pass_on(&self) {
        for (line, value) in self.lifelines() {
            if line.load(Ordering::SeqCst) != value {
                futex::wake(line, u32::MAX);
            }
        }
    }

    /// Who was there, for comparison with a later look.
    pub(super) fn stamp(&self) -> Stamp {
        let places = self.alive.iter().enumerate();
        let places = places.filter(|(_, value)| **value != 0);
        Stamp {
            epoch: self.epoch,
            alive: places.fold(0, |all, (place, _)| all | 1_u64 << place),
        }
    }

    /// Sleeps while the word has this value, and everybody lives.
    pub(super) fn sleep(
        &self,
        word: &AtomicU32,
        value: u32,
        deadline: Option<Instant>,
    ) -> Result<(), Expired> {
        let mut words = [Wait::new(); SLOTS + 2];
        words[0] = futex::on(word, value);
        for (wait, word) in words[1..].iter_mut().zip(self.lines()) {
            *wait = word;
        }
        match self.sleep_on(&words[..self.count + 2], deadline) {
            Ok(woken) => woken.map(|_| ()),
            Err(error) => {
                panic!("this kernel cannot wait for several words (Linux 5.16 can): {error}")
            }
        }
    }

    /// As [`futex::sleep`], on words among which are all of [`words`](Self::words); it may end early.
    pub(super) fn sleep_on(
        &self,
        words: &[Wait],
        deadline: Option<Instant>,
    ) -> io::Result<Result<Option<usize>, Expired>> {
        let glance = self.lingers.then(|| Instant::now() + GLANCE);
        let is_cut = glance.is_some_and(|glance| deadline.is_none_or(|it| glance < it));
        let until = if is_cut { glance } else { deadline };
        let asleep = self.arena.header().rows[self.own].fall_asleep();
        let woken = futex::sleep(words, until);
        drop(asleep);
        if let Ok(Ok(Some(_))) = woken {
            self.pass_on();
        }
        match woken {
            Ok(Err(Expired)) if is_cut => Ok(Ok(None)),
            woken => woken,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, channel};
    use std::thread;
    use std::time::Duration;

    use rustix::thread::futex::{Flags, WakeOp, WakeOpCmp, wake_op};

    use super::*;

    /// An arena with this process, and others that are only pretended.
    fn arena(used: u32) -> Arc<Arena> {
        let arena = Arc::new(Arena::empty());
        assert_eq!(arena.member().slot, 0);
        arena.header().used.store(used, Ordering::SeqCst);
        arena
    }

    /// Sleeps on a word of which nobody else knows, in another thread.
    fn sleeper(arena: &Arc<Arena>, then: fn(&Watch<'_>)) -> Receiver<()> {
        let (arena, (sender, receiver)) = (arena.clone(), channel());
        let (begins, began) = channel();
        thread::spawn(move || {
            let watch = Watch::new(&arena);
            let word = AtomicU32::new(0);
            begins.send(()).unwrap();
            watch.sleep(&word, 0, None).unwrap();
            then(&watch);
            sender.send(())
        });
        began.recv().unwrap();
        // Asleep by then, mostly; if not, it does not fall asleep.
        thread::sleep(Duration::from_millis(20));
        receiver
    }

    fn ends(thread: &Receiver<()>) {
        let end = thread.recv_timeout(Duration::from_secs(120));
        assert_eq!(end, Ok(()), "it sleeps for ever");
    }

    /// The one who is woken by two deaths at once wakes those who saw only one of them coming.
    #[test]
    fn two_die_at_once() {
        let arena = arena(3);
        let rows = &arena.header().rows;
        rows[1].pretend(0, 0, true);
        rows[2].pretend(0, 0, true);
        let both = sleeper(&arena, |_| ());
        // To the next one, the second is dead already.
        rows[2].pretend(0, 0, false);
        let one = sleeper(&arena, |_| ());
        rows[1].pretend(0, 0, false);
        let lines = [1, 2].map(|place: usize| rows[place].lifeline(0));
        // As the kernel does for each of the two, before the one who is woken gets a processor.
        let (op, cmp) = (WakeOp::Or, WakeOpCmp::Ne);
        wake_op(lines[0], Flags::empty(), 1, 1, lines[1], op, cmp, 0, 0).unwrap();
        ends(&both);
        ends(&one);
    }

    /// As long as the dead may take wake-ups, nobody sleeps for long.
    #[test]
    fn the_dead_linger() {
        let arena = arena(2);
        let row = &arena.header().rows[1];
        row.pretend(std::process::id(), 1, false);
        // Nothing wakes it.
        ends(&sleeper(&arena, |watch| assert!(watch.lingers)));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        row.pretend(child.id(), 1, false);
        let end = Instant::now() + Duration::from_secs(120);
        while Watch::new(&arena).lingers {
            assert!(Instant::now() < end, "it is a zombie by now");
            thread::sleep(Duration::from_millis(1));
        }
        // It need not have been waited for.
        child.wait().unwrap();
        row.pretend(child.id(), 1, false);
        assert!(!Watch::new(&arena).lingers);
        let word = AtomicU32::new(0);
        let deadline = Instant::now() + Duration::from_millis(20);
        let slept = Watch::new(&arena).sleep(&word, 0, Some(deadline));
        assert_eq!(slept, Err(Expired));
        assert!(Instant::now() >= deadline);
    }

    /// Who takes the place of a dead one does not make it alive.
    #[test]
    fn newcomers() {
        let arena = arena(2);
        let header = arena.header();
        let row = &header.rows[1];
        row.generation.store(7, Ordering::SeqCst);
        row.pretend(0, 0, false);
        let watch = Watch::new(&arena);
        let (dead, new) = [7, 8]
            .map(|generation| Member {
                slot: 1,
                generation,
            })
            .into();
        row.pretend(0, 0, true);
        assert!(!watch.is_alive(dead));
        row.generation.store(8, Ordering::SeqCst);
        assert!(!watch.is_alive(dead));
        header.epoch.fetch_add(1, Ordering::SeqCst);
        assert!(!watch.is_alive(dead) && watch.is_alive(new));
        assert!(Watch::new(&arena).is_alive(new));
    }
}
