//! What events are sorted by.

/// Never: no clock gets there.
pub(super) const NEVER: u64 = u64::MAX;

/// The place of an event in the order, and where the rest of it is: 24 bytes, so that comparing and moving events touches nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// Its time by [`Time::ticks`](super::Time::ticks); [`NEVER`] for an event without one.
    pub(super) ticks: u64,
    /// How many events were entered before it. Never used twice: at one a nanosecond, 64 bits last 584 years.
    pub(super) sequence: u64,
    pub(super) priority: i32,
    pub(super) slot: u32,
}

impl Key {
    pub(super) const VACANT: Self = Self {
        ticks: NEVER,
        sequence: 0,
        priority: 0,
        slot: 0,
    };

    /// Time, then priority, then sequence (row D-04). A total order: no two events have the same sequence.
    #[inline]
    pub(super) fn is_before(&self, other: &Self) -> bool {
        if self.ticks == other.ticks {
            (self.priority, self.sequence) < (other.priority, other.sequence)
        } else {
            self.ticks < other.ticks
        }
    }

    /// The same order, for sorting.
    pub(super) fn order(&self) -> (u64, i32, u64) {
        (self.ticks, self.priority, self.sequence)
    }
}
