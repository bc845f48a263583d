//! A fixed number of events.

use super::key::Key;
use super::slots::{Content, Slot, Vacancies};
use super::store::Popped;
use super::store::private::{Keeps, Listed};
use super::{Full, heap};

/// Room for `N` events with actions `A` at instants `I`, inline: for a `static` or a stack, without allocation.
///
/// A heap with back pointers: `enter`, `cancel` and taking the next event out are O(log n), always; the longest stretch inside the guard is one way through the heap, of height
/// log₄ n. An event that is cancelled leaves its room at once.
#[derive(Debug)]
pub struct Fixed<A, I, const N: usize> {
    keys: [Key; N],
    slots: [Slot<A, I>; N],
    vacancies: Vacancies,
}

impl<A, I, const N: usize> Fixed<A, I, N> {
    /// Room for `N` events.
    pub const fn new() -> Self {
        const { assert!(N < u32::MAX as usize, "too many events") };
        Self {
            keys: [Key::VACANT; N],
            slots: [const { Slot::VACANT }; N],
            vacancies: Vacancies::new(),
        }
    }

    #[inline]
    fn take(&mut self, place: usize) -> Option<(Key, Content<A, I>)> {
        let len = self.vacancies.taken() as usize;
        let slots = &mut self.slots;
        let key = heap::remove(&mut self.keys[..len], place, |key, place| {
            slots[key.slot as usize].link = place as u32;
        });
        let slot = &mut slots[key.slot as usize];
        let content = self.vacancies.empty(slot, key.slot)?;
        Some((key, content))
    }
}

impl<A, I, const N: usize> Default for Fixed<A, I, N> {
    fn default() -> Self {
        Self::new()
    }
}

#[allow(private_interfaces, reason = "out of reach")]
impl<A, I: Copy, const N: usize> Keeps for Fixed<A, I, N> {
    type Action = A;
    type Instant = I;
    type Listing = [Listed<I>; N];

    fn insert(
        &mut self,
        ticks: u64,
        priority: i32,
        content: Content<A, I>,
    ) -> Result<Key, Full<A>> {
        let slots = &mut self.slots;
        let Some(slot) = slots.get_mut(self.vacancies.next() as usize) else {
            return Err(Full(content.action));
        };
        let key = self.vacancies.fill(slot, ticks, priority, content);
        let len = self.vacancies.taken() as usize;
        heap::push(&mut self.keys[..len], key, |key, place| {
            slots[key.slot as usize].link = place as u32;
        });
        Ok(key)
    }

    fn remove(&mut self, sequence: u64, slot: u32) -> Option<A> {
        let Slot {
            sequence: filled_by,
            link,
            content,
        } = self.slots.get(slot as usize)?;
        if *filled_by != sequence || content.is_none() {
            return None;
        }
        let place = *link as usize;
        let (_, content) = self.take(place)?;
        Some(content.action)
    }

    fn first(&mut self) -> Option<(Key, Option<I>)> {
        if self.vacancies.taken() == 0 {
            return None;
        }
        let first = self.keys[0];
        let content = self.slots[first.slot as usize].content.as_ref();
        Some((first, content.and_then(|content| content.time)))
    }

    fn pop(&mut self, now: u64) -> Popped<A, I> {
        match self.first() {
            None => Popped::Empty,
            Some((first, time)) if first.ticks > now => Popped::Later(first.ticks, time),
            Some(_) => match self.take(0) {
                Some((key, content)) => Popped::Due(key, content),
                None => Popped::Empty,
            },
        }
    }

    fn len(&self) -> usize {
        self.vacancies.taken() as usize
    }

    fn listing(_len: usize) -> Self::Listing {
        [Listed::VACANT; N]
    }

    fn list(&self, listing: &mut Self::Listing) -> Option<usize> {
        let len = self.len();
        for (listed, key) in listing.iter_mut().zip(&self.keys[..len]) {
            let content = self.slots[key.slot as usize].content.as_ref();
            listed.key = *key;
            listed.time = content.and_then(|content| content.time);
        }
        Some(len)
    }
}
