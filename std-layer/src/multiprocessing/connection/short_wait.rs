//! Waiting awake for a message, for a moment, before sleeping.
//!
//! Who is at the other end often answers within microseconds, and to be put to sleep and woken takes longer than that, on a virtual machine ten times longer. But where the answer comes later, or the other end needs *this* processor, each look is
//! time lost. So a connection remembers how it fared: waits in vain make the next ones rarer, up to one in 256. Giving the processor away between the looks would help the second case and ruin the third, a busy machine, where it is gone for a whole time
//! slice; a sleeper is woken there before others have used up theirs.

use std::io;
use std::time::{Duration, Instant};

use super::socket::Limit;
use crate::port::{Luck, several_processors};

/// Enough for an answer from somebody who sleeps on an idle processor, so that two that talk to each other begin to find each other awake, also if a message comes with a descriptor of memory that is mapped before it is answered.
const MOMENT: Duration = Duration::from_micros(40);

/// A wait in vain costs about so many times what a lucky one saves: so many lucky ones make up for it.
const PRICE: u32 = 3;

/// See above.
#[derive(Debug)]
pub(super) struct ShortWait(Luck);

impl ShortWait {
    pub(super) const fn new() -> Self {
        Self(Luck::NEW)
    }

    /// Looks once, or again and again for a moment if that is worth while and the limit allows it. Without a limit it need not look at all.
    pub(super) fn look<T>(
        &mut self,
        limit: Limit,
        mut look: impl FnMut() -> io::Result<Option<T>>,
    ) -> io::Result<Option<T>> {
        let is_worth_while = !matches!(limit, Limit::Now) && several_processors() && self.0.begin();
        if !is_worth_while {
            return match limit {
                Limit::Never => Ok(None),
                _ => look(),
            };
        }
        let mut end = None;
        loop {
            if let Some(found) = look()? {
                return Ok(Some(found));
            }
            let now = Instant::now();
            let end = *end.get_or_insert_with(|| match limit {
                Limit::At(deadline) => deadline.min(now + MOMENT),
                _ => now + MOMENT,
            });
            if now >= end {
                for _ in 0..PRICE {
                    self.0.in_vain();
                }
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(waits: &mut ShortWait, limit: Limit) -> u32 {
        let mut looks = 0;
        let found = waits.look(limit, || {
            looks += 1;
            Ok(None::<()>)
        });
        assert_eq!(found.unwrap(), None);
        looks
    }

    #[test]
    fn waits_in_vain_become_rare() {
        let mut waits = ShortWait::new();
        assert_eq!(looks(&mut waits, Limit::Now), 1);
        let begin = Instant::now();
        let first = looks(&mut waits, Limit::Never);
        if !several_processors() {
            assert_eq!(first, 0);
            return;
        }
        assert!(first >= 1 && begin.elapsed() >= MOMENT);
        for _ in 0..7 {
            assert_eq!(looks(&mut waits, Limit::Never), 0, "it sleeps at once");
        }
        assert!(looks(&mut waits, Limit::Never) >= 1);
        for _ in 0..63 {
            assert_eq!(looks(&mut waits, Limit::At(begin + MOMENT * 1000)), 1);
        }
        // A limit in the past: the first look is the last.
        assert_eq!(looks(&mut waits, Limit::At(begin)), 1);
    }

    #[test]
    fn what_is_found_is_no_wait_in_vain() {
        // Two looks may be a moment apart on a busy machine, and that is a wait in vain. Nine times in a row they are not.
        let lucky = || {
            let mut waits = ShortWait::new();
            (0..9).all(|_| {
                let mut turns = 0;
                let found = waits.look(Limit::Never, || {
                    turns += 1;
                    Ok((turns == 2).then_some(turns))
                });
                found.unwrap() == several_processors().then_some(2)
            })
        };
        assert!((0..100_000).any(|_| lucky()));
    }

    #[test]
    fn errors_end_it() {
        let mut waits = ShortWait::new();
        for limit in [Limit::Now, Limit::At(Instant::now() + MOMENT * 1000)] {
            let failed = waits.look::<()>(limit, || Err(io::ErrorKind::Other.into()));
            assert!(failed.is_err());
        }
    }
}
