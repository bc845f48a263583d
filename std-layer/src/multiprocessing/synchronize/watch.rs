//! Sleeping until a word changes, and waking up as well if anybody dies who could have changed it.
//!
//! # Why nobody sleeps for ever
//!
//! A sleeper waits for its word, for the end of each other process that uses the arena, and for a change of that set (`epoch`). What it waits for may not come because the one who had it is dead: then the kernel wakes one thread of this process, which wakes the others that wait. Or because the
//! one who was woken for it died before it did anything with that: then it is the lifeline of that one which ends, and everybody looks again. A process that comes after the sleeper has looked is not among those it watches; but it has changed `epoch`.
//!
//! The order is: look who is there, then look at the word, then sleep. The kernel compares all values once more when it puts the sleeper to sleep, so whatever changes after the looks is noticed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use rustix::thread::futex::Wait;

use super::arena::{Arena, Member, SLOTS};
use super::futex::{self, Expired};
use super::lifeline::is_alive;

/// Who is there.
pub(super) struct Watch<'a> {
    arena: &'a Arena,
    epoch: u32,
    own: usize,
    /// The others who live: slots, and what their lifelines for this process are.
    alive: [(u8, u32); SLOTS],
    count: usize,
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
            alive: [(0, 0); SLOTS],
            count: 0,
        };
        let used = (header.used.load(Ordering::SeqCst) as usize).min(SLOTS);
        for (place, row) in header.rows[..used].iter().enumerate() {
            let lifeline = row.lifeline(own).load(Ordering::SeqCst);
            if place != own && is_alive(lifeline) {
                watch.alive[watch.count] = (place as u8, lifeline);
                watch.count += 1;
            }
        }
        watch
    }

    /// Whether a process lives, and is still the one of that generation (of which the lowest 24 bits count).
    ///
    /// One that has come after this has looked may live although it is not watched. Then `epoch` is another one by now, as that changes before a newcomer can have anything, and sleeping ends at once.
    pub(super) fn is_alive(&self, member: Member) -> bool {
        let Some(row) = self.arena.header().rows.get(member.slot) else {
            return false;
        };
        let generation = row.generation.load(Ordering::SeqCst);
        is_alive(row.lifeline(self.own).load(Ordering::SeqCst))
            && (generation ^ member.generation) & 0xFF_FFFF == 0
    }

    /// Sleeps while the word has this value, and everybody lives.
    pub(super) fn sleep(
        &self,
        word: &AtomicU32,
        value: u32,
        deadline: Option<Instant>,
    ) -> Result<(), Expired> {
        let header = self.arena.header();
        let lifeline = |place: u8| header.rows[usize::from(place)].lifeline(self.own);
        let mut words = [Wait::new(); SLOTS + 2];
        words[0] = futex::on(word, value);
        words[1] = futex::on(&header.epoch, self.epoch);
        for ((place, value), wait) in self.alive[..self.count].iter().zip(&mut words[2..]) {
            *wait = futex::on(lifeline(*place), *value);
        }
        match futex::sleep(&words[..self.count + 2], deadline) {
            Ok(Ok(Some(place))) if place >= 2 => {
                futex::wake(lifeline(self.alive[place - 2].0), u32::MAX);
                Ok(())
            }
            Ok(woken) => woken.map(|_| ()),
            Err(error) => {
                panic!("this kernel cannot wait for several words (Linux 5.16 can): {error}")
            }
        }
    }
}
