//! A map whose tasks write into one buffer, each into its own places.
//!
//! # Ownership
//!
//! A [`Job`] has the source, the function and a buffer for the results, and no states: every place belongs to somebody by a range that he has.
//!
//! | places | of the source: belong to the [`Share`] | of the results: belong to the [`Block`] |
//! |---|---|---|
//! | whose task has not begun | those of the share, which forgets them if it is dropped | nobody: they are empty |
//! | being worked on | those from the current one on | those before the current one |
//! | done | none, or after a failure those behind it, until the share is dropped | those before the failure |
//!
//! Ranges do not overlap, since [`Shares`] cuts the whole into pieces once, and owns what it has not given out as a share of its own. The last of all shares and blocks frees both buffers, which are without values by then.
//!
//! # Safety
//!
//! Reads, writes and drops values behind raw pointers, by the table above. Blocks and shares are sent to other threads: the values are `Send`, and the job, of which each has a count, is `Sync` as the source and the function are.
#![allow(
    unsafe_code,
    reason = "values of one buffer that belong to different owners"
)]

use std::iter;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::vec;

use super::split::Split;
use crate::concurrent::futures::TaskError;
use crate::threading::catch_panic;

pub(crate) struct Job<S, F, T> {
    source: S,
    function: F,
    results: Buffer<T>,
}

/// Room for values, which it knows nothing of.
struct Buffer<T> {
    first: NonNull<T>,
    capacity: usize,
}

// SAFETY: it is memory; who puts values there, and takes them, answers for them.
unsafe impl<T: Send> Send for Buffer<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Buffer<T> {}

impl<T> Buffer<T> {
    fn new(places: usize) -> Self {
        let mut values = ManuallyDrop::new(Vec::<T>::with_capacity(places));
        Self {
            first: NonNull::from(&mut **values).cast(),
            capacity: values.capacity(),
        }
    }
}

impl<T> Drop for Buffer<T> {
    fn drop(&mut self) {
        // SAFETY: the parts of a vector, without values.
        drop(unsafe { Vec::from_raw_parts(self.first.as_ptr(), 0, self.capacity) });
    }
}

/// The items of some places, to be worked on.
pub(crate) struct Share<S: Split, F, T> {
    job: Arc<Job<S, F, T>>,
    places: Range<usize>,
}

impl<S, F, T> Job<S, F, T>
where
    S: Split,
    F: Fn(S::Item) -> T + Send + Sync,
    T: Send,
{
    /// Cuts it into pieces of so many items.
    pub(crate) fn shares(source: S, function: F, size: usize) -> Shares<S, F, T> {
        let len = source.len();
        let job = Arc::new(Self {
            results: Buffer::new(len),
            source,
            function,
        });
        let places = 0..len;
        Shares {
            rest: Share { job, places },
            size,
        }
    }
}

/// The shares of a job. Those that it has not given out it drops.
pub(crate) struct Shares<S: Split, F, T> {
    rest: Share<S, F, T>,
    size: usize,
}

impl<S: Split, F, T> Iterator for Shares<S, F, T> {
    type Item = Share<S, F, T>;

    fn next(&mut self) -> Option<Share<S, F, T>> {
        let Range { start, end } = self.rest.places;
        if start == end {
            return None;
        }
        let cut = end.min(start.saturating_add(self.size));
        self.rest.places.start = cut;
        Some(Share {
            job: Arc::clone(&self.rest.job),
            places: start..cut,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rest.places.len().div_ceil(self.size);
        (left, Some(left))
    }
}

impl<S: Split, F, T> ExactSizeIterator for Shares<S, F, T> {}

impl<S, F, T> Share<S, F, T>
where
    S: Split,
    F: Fn(S::Item) -> T + Send + Sync,
    T: Send,
{
    /// Where it begins.
    pub(crate) fn first(&self) -> usize {
        self.places.start
    }

    /// Calls the function with each item, until a call panics.
    pub(crate) fn run<'a>(mut self) -> Yield<'a, T>
    where
        S: 'a,
        F: 'a,
        T: 'a,
    {
        let first = self.places.start;
        let mut written = first;
        let all = catch_panic(|| self.work(&mut written));
        let block = Block(Values::Placed(Placed {
            first: self.job.results.first,
            places: first..written,
            job: Arc::clone(&self.job) as _,
            values: PhantomData,
        }));
        // What is left has foreign destructors.
        let dropped = catch_panic(|| drop(self));
        let error = all.and(dropped).err().map(TaskError::from);
        Yield { block, error }
    }

    /// Says how far it came, also if it panics.
    fn work(&mut self, written: &mut usize) {
        let Range { start, end } = self.places;
        let first = self.job.results.first;
        let mut progress = Progress {
            taken: start,
            written: start,
            told_taken: &mut self.places.start,
            told_written: written,
        };
        while progress.taken != end {
            let place = progress.taken;
            progress.taken += 1;
            // SAFETY: the place belonged to this share, and does so no more.
            let item = unsafe { self.job.source.take(place) };
            let value = (self.job.function)(item);
            // SAFETY: the place is in the buffer, is empty, and nobody else has it.
            unsafe { first.add(place).write(value) };
            progress.written += 1;
        }
    }
}

/// Two numbers that the compiler may keep to itself during the loop, because they are told only once.
struct Progress<'a> {
    taken: usize,
    written: usize,
    told_taken: &'a mut usize,
    told_written: &'a mut usize,
}

impl Drop for Progress<'_> {
    #[inline]
    fn drop(&mut self) {
        *self.told_taken = self.taken;
        *self.told_written = self.written;
    }
}

impl<S: Split, F, T> Drop for Share<S, F, T> {
    fn drop(&mut self) {
        // SAFETY: these places belong to the share, and it ends.
        unsafe { self.job.source.forget(mem::take(&mut self.places)) };
    }
}

/// # Safety
///
/// The places of this buffer have values, which belong to the caller, who does not use them again.
unsafe fn drop_values<T>(first: NonNull<T>, places: &Range<usize>) {
    let values = ptr::slice_from_raw_parts_mut(
        // SAFETY: the places are in the buffer.
        unsafe { first.add(places.start) }.as_ptr(),
        places.len(),
    );
    // SAFETY: as the caller promises.
    unsafe { ptr::drop_in_place(values) };
}

/// What came of a share or of another chunk.
pub(crate) struct Yield<'a, T> {
    pub(super) block: Block<'a, T>,
    pub(super) error: Option<TaskError>,
}

/// Values in a row.
pub(super) struct Block<'a, T>(Values<'a, T>);

enum Values<'a, T> {
    Listed(vec::IntoIter<T>),
    Placed(Placed<'a, T>),
}

struct Placed<'a, T> {
    first: NonNull<T>,
    places: Range<usize>,
    job: Arc<dyn Results<T> + Send + Sync + 'a>,
    values: PhantomData<T>,
}

// SAFETY: the values are its own, and the pointer is as good as the job.
unsafe impl<T: Send> Send for Placed<'_, T> {}
// SAFETY: a shared reference tells how many there are.
unsafe impl<T: Send> Sync for Placed<'_, T> {}

/// The job, whatever its source and function are.
trait Results<T> {
    /// The buffer, if nobody else has a count of the job; it is not freed then.
    fn into_buffer(self: Arc<Self>) -> Option<(NonNull<T>, usize)>;
}

impl<S, F, T> Results<T> for Job<S, F, T> {
    fn into_buffer(self: Arc<Self>) -> Option<(NonNull<T>, usize)> {
        let buffer = ManuallyDrop::new(Arc::into_inner(self)?.results);
        Some((buffer.first, buffer.capacity))
    }
}

impl<T> Block<'_, T> {
    pub(super) fn new(values: Vec<T>) -> Self {
        Self(Values::Listed(values.into_iter()))
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Values::Listed(values) => values.next(),
            Values::Placed(placed) => placed.next(),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        match &self.0 {
            Values::Listed(values) => values.len(),
            Values::Placed(placed) => placed.places.len(),
        }
    }

    /// The values of all of them, in this order: without moving one if they are all that a job has.
    pub(super) fn join(mut blocks: Vec<Self>) -> Vec<T> {
        if let Some(values) = Self::whole(&mut blocks) {
            return values;
        }
        let mut all = Vec::with_capacity(blocks.iter().map(Self::len).sum());
        for mut block in blocks {
            all.extend(iter::from_fn(|| block.next()));
        }
        all
    }

    /// Empties the blocks if they are all that a job has, in order.
    fn whole(blocks: &mut Vec<Self>) -> Option<Vec<T>> {
        let Values::Placed(first) = &blocks.first()?.0 else {
            return None;
        };
        let mut len = 0;
        for block in &*blocks {
            match &block.0 {
                Values::Placed(placed)
                    if ptr::addr_eq(Arc::as_ptr(&placed.job), Arc::as_ptr(&first.job))
                        && placed.places.start == len =>
                {
                    len = placed.places.end;
                }
                _ => return None,
            }
        }
        if Arc::strong_count(&first.job) != blocks.len() {
            return None;
        }
        let mut kept = None;
        for block in blocks.drain(..) {
            if let Values::Placed(mut placed) = block.0 {
                placed.places = 0..0;
                kept = Some(Arc::clone(&placed.job));
            }
        }
        let (first, capacity) = kept?.into_buffer()?;
        // SAFETY: the buffer was that of a vector, and nobody else has it. All places before `len` have values: they belonged to the blocks, which have given them up.
        Some(unsafe { Vec::from_raw_parts(first.as_ptr(), len, capacity) })
    }
}

impl<T> Placed<'_, T> {
    #[inline]
    fn next(&mut self) -> Option<T> {
        if self.places.is_empty() {
            return None;
        }
        let place = self.places.start;
        self.places.start += 1;
        // SAFETY: the place had a value, which belonged to the block, and is moved out once.
        Some(unsafe { self.first.add(place).read() })
    }
}

impl<T> Drop for Placed<'_, T> {
    fn drop(&mut self) {
        let places = mem::take(&mut self.places);
        // SAFETY: their values belong to the block, which ends.
        unsafe { drop_values(self.first, &places) };
    }
}
