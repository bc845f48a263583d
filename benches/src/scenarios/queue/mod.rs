//! Queues. Everything that goes in is added up on both sides: nothing may be lost or come twice.

pub(crate) mod alone;
pub(crate) mod flow;
pub(crate) mod hand_over;
pub(crate) mod memory;
pub(crate) mod order;
pub(crate) mod select;
pub(crate) mod tasks;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What some messages come to, in whatever order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    count: u64,
    sum: u64,
    mix: u64,
}

impl Tally {
    /// The numbers of those who put are far apart, and no two messages have the same.
    fn number(putter: usize, index: u64) -> u64 {
        ((putter as u64) << 48) + index
    }

    #[inline]
    fn add(&mut self, number: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(number);
        // Two that are lost for two that come twice may keep the sum, but not this as well.
        self.mix ^= number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum.wrapping_add(other.sum),
            mix: self.mix ^ other.mix,
        }
    }

    /// What this putter puts.
    fn of(putter: usize, count: u64) -> Self {
        let mut tally = Self::default();
        for index in 0..count {
            tally.add(Self::number(putter, index));
        }
        tally
    }

    /// Panics unless what came out is what these putters put in.
    fn expect(self, counts: &[u64]) {
        let put = counts
            .iter()
            .enumerate()
            .map(|(putter, &count)| Self::of(putter, count))
            .fold(Self::default(), Self::and);
        assert_eq!(self, put, "messages were lost or came twice");
    }
}

/// Divides so many among so many, as evenly as can be.
fn shares(total: u64, among: usize) -> Vec<u64> {
    let among = among as u64;
    (0..among)
        .map(|index| total / among + u64::from(index < total % among))
        .collect()
}

/// What each thread of a round takes for itself.
struct Handout<T>(Mutex<Vec<Option<T>>>);

impl<T> Handout<T> {
    fn of(items: Vec<T>) -> Self {
        Self(Mutex::new(items.into_iter().map(Some).collect()))
    }

    fn take(&self, index: usize) -> Option<T> {
        lock(&self.0).get_mut(index)?.take()
    }

    /// So that it lives until all threads are done.
    fn put_back(&self, index: usize, item: T) {
        lock(&self.0)[index] = Some(item);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_or_doubled_is_found() {
        let numbers: Vec<u64> = (0..10).map(|index| Tally::number(0, index)).collect();
        let tally = |numbers: &[u64]| {
            let mut tally = Tally::default();
            numbers.iter().for_each(|&number| tally.add(number));
            tally
        };
        let all = Tally::of(0, 10);
        assert_eq!(tally(&numbers), all);
        assert_ne!(tally(&numbers[1..]), all, "one is lost");
        let mut swapped = numbers.clone();
        (swapped[2], swapped[3]) = (numbers[1], numbers[4]);
        assert_ne!(tally(&swapped), all, "the count and the sum are right");
        assert_eq!(tally(&swapped).sum, all.sum);
    }

    #[test]
    fn shares_are_even() {
        assert_eq!(shares(10, 4), [3, 3, 2, 2]);
        assert_eq!(shares(1, 4), [1, 0, 0, 0]);
    }
}
