//! How a ring numbers its places: cursors.
//!
//! A cursor counts the items that passed it, in two digits. With `mark` the smallest power of two that is not less than the capacity, and not 1:
//!
//! | bits | name | meaning |
//! |---|---|---|
//! | below `mark` | index | which slot, 0 to capacity - 1 |
//! | `mark` | `CLOSED` | in `tail` only: nothing will be put any more |
//! | above | lap | how often it went round; wraps |
//!
//! So a carry from the index to the lap skips `CLOSED`, and two cursors that differ by a whole lap are told apart. And `CLOSED` is not the lowest bit, by which the stamps of one lap differ: no stamp is that of a closed tail's lap.

/// The most places of a ring; at least 4 laps are then told apart, and slots tell 2.
pub(super) const MOST: usize = 1 << (usize::BITS - 4);

/// The capacity, and what follows from it.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub(super) capacity: usize,
    /// The bits of an index: all below `CLOSED`.
    mask: usize,
}

impl Shape {
    /// # Panics
    ///
    /// If there cannot be a ring of this capacity.
    #[track_caller]
    pub(super) const fn of(capacity: usize) -> Self {
        assert!(capacity != 0, "a ring has at least one place");
        assert!(capacity <= MOST, "the capacity of a ring is too large");
        Self {
            capacity,
            mask: if capacity == 1 {
                1
            } else {
                capacity.next_power_of_two() - 1
            },
        }
    }

    /// `CLOSED`.
    #[inline(always)]
    pub(super) const fn mark(self) -> usize {
        self.mask + 1
    }

    /// One more lap.
    #[inline(always)]
    pub(super) const fn lap(self) -> usize {
        self.mark() << 1
    }

    #[inline(always)]
    pub(super) const fn index(self, cursor: usize) -> usize {
        cursor & self.mask
    }

    /// Whether those who claimed the slot in the lap before have not come to an end.
    #[inline(always)]
    pub(super) const fn is_of_the_lap_before(self, stamp: usize, lap: usize) -> bool {
        lap.wrapping_sub(stamp).wrapping_sub(self.lap() - 1) <= 1
    }

    /// The cursor after this one, which is not closed.
    #[inline(always)]
    pub(super) const fn next(self, cursor: usize) -> usize {
        let index = self.index(cursor);
        if index + 1 < self.capacity {
            cursor + 1
        } else {
            core::hint::cold_path();
            (cursor - index).wrapping_add(self.lap())
        }
    }

    /// How many items passed between two cursors that are not closed.
    pub(super) const fn distance(self, from: usize, to: usize) -> usize {
        let (first, last) = (self.index(from), self.index(to));
        let laps = (to - last).wrapping_sub(from - first) >> self.lap().trailing_zeros();
        laps.wrapping_mul(self.capacity)
            .wrapping_add(last)
            .wrapping_sub(first)
    }
}
