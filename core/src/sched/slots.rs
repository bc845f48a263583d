//! Where the events themselves are, while their keys are moved about.

use super::key::Key;

/// The end of the list of vacant slots.
pub(super) const NIL: u32 = u32::MAX;

/// Room for one event.
#[derive(Debug)]
pub(super) struct Slot<A, I> {
    /// The number of the event that filled it last. What names another number names an event that is gone.
    pub(super) sequence: u64,
    /// Taken: where the key is, for those who keep that. Vacant: the next vacant slot.
    pub(super) link: u32,
    pub(super) content: Option<Content<A, I>>,
}

/// An event apart from its key.
#[derive(Debug)]
pub(super) struct Content<A, I> {
    pub(super) time: Option<I>,
    pub(super) action: A,
}

impl<A, I> Slot<A, I> {
    pub(super) const VACANT: Self = Self {
        sequence: 0,
        link: NIL,
        content: None,
    };
}

/// Which slots are vacant, and the numbers of the events.
#[derive(Debug)]
pub(super) struct Vacancies {
    /// The first vacant slot of those before `fresh`.
    first: u32,
    /// Slots from here on have not been used since all were vacant.
    fresh: u32,
    sequence: u64,
    taken: u32,
}

impl Vacancies {
    pub(super) const fn new() -> Self {
        Self {
            first: NIL,
            fresh: 0,
            sequence: 0,
            taken: 0,
        }
    }

    /// How many slots are taken.
    pub(super) fn taken(&self) -> u32 {
        self.taken
    }

    /// A slot to fill, if there is one before `fresh`.
    #[inline]
    fn used(&self) -> Option<u32> {
        (self.first != NIL).then_some(self.first)
    }

    /// The slot that would be filled next; beyond the end of the slots if there is no vacant one.
    #[inline]
    pub(super) fn next(&self) -> u32 {
        self.used().unwrap_or(self.fresh)
    }

    /// Fills the [`next`](Self::next) slot, which is this one, and says by which key.
    #[inline]
    pub(super) fn fill<A, I>(
        &mut self,
        slot: &mut Slot<A, I>,
        ticks: u64,
        priority: i32,
        content: Content<A, I>,
    ) -> Key {
        let index = self.next();
        if index == self.fresh {
            self.fresh += 1;
        } else {
            self.first = slot.link;
        }
        self.taken += 1;
        let sequence = self.sequence;
        self.sequence += 1;
        slot.sequence = sequence;
        slot.content = Some(content);
        Key {
            ticks,
            sequence,
            priority,
            slot: index,
        }
    }

    /// Empties a taken slot, which is the one of this number.
    #[inline]
    pub(super) fn empty<A, I>(
        &mut self,
        slot: &mut Slot<A, I>,
        index: u32,
    ) -> Option<Content<A, I>> {
        let content = slot.content.take();
        self.taken -= 1;
        if self.taken == 0 {
            // All over again: slots that follow one another are filled faster than those in the order in which they were emptied.
            (self.first, self.fresh) = (NIL, 0);
        } else {
            slot.link = self.first;
            self.first = index;
        }
        content
    }
}
