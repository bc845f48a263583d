//! Sources that several threads can take items from, each from its own range of places.
//!
//! # Safety
//!
//! [`Split`] is an `unsafe trait`: whoever takes items believes that it may do so from any thread, and that an item is moved out of its place once.
//!
//! [`Listed`] takes the buffer of a vector apart: from then on items are owned by who has their range of places ([`Split::take`], [`Split::forget`]), and the buffer by the source. [`dispatch`] asks whether an iterator's type *is* a range of integers, by [`TypeId`], and then moves it over bit by bit; types that are the
//! same have the same id, and a range of integers has no lifetimes in it that an id would not tell apart.
#![allow(
    unsafe_code,
    reason = "owns items by ranges of places; takes a generic type for what it is"
)]

use std::any::TypeId;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ops::Range;
use std::ptr::NonNull;

/// So many items, by their places from 0.
///
/// # Safety
///
/// `take` and `forget` are called by many threads at once, each for places that it alone has.
pub(crate) unsafe trait Split: Send + Sync {
    type Item;

    /// How many there are.
    fn len(&self) -> usize;

    /// Moves the item out of a place.
    ///
    /// # Safety
    ///
    /// `place < self.len()`, and nobody takes or forgets it another time.
    unsafe fn take(&self, place: usize) -> Self::Item;

    /// Drops the items of these places.
    ///
    /// # Safety
    ///
    /// As [`take`](Self::take), for each of them.
    unsafe fn forget(&self, places: Range<usize>);
}

/// The buffer of a vector.
pub(crate) struct Listed<A> {
    buffer: NonNull<A>,
    len: usize,
    capacity: usize,
    items: PhantomData<A>,
}

// SAFETY: it is a vector whose items are moved out by whoever owns their places.
unsafe impl<A: Send> Send for Listed<A> {}
// SAFETY: a shared reference lets items be moved out, each by one thread, and no item be looked at by two.
unsafe impl<A: Send> Sync for Listed<A> {}

impl<A> Listed<A> {
    pub(crate) fn new(items: Vec<A>) -> Self {
        let mut items = ManuallyDrop::new(items);
        Self {
            buffer: NonNull::from(&mut **items).cast(),
            len: items.len(),
            capacity: items.capacity(),
            items: PhantomData,
        }
    }
}

// SAFETY: the items were moved in, and are moved out by their places, once each.
unsafe impl<A: Send> Split for Listed<A> {
    type Item = A;

    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    unsafe fn take(&self, place: usize) -> A {
        // SAFETY: the place is in the buffer and was initialised; the caller alone has it, and once.
        unsafe { self.buffer.add(place).read() }
    }

    unsafe fn forget(&self, places: Range<usize>) {
        for place in places {
            // SAFETY: as above. A panic of a destructor leaks the items behind it.
            drop(unsafe { self.take(place) });
        }
    }
}

impl<A> Drop for Listed<A> {
    fn drop(&mut self) {
        // SAFETY: the parts of a vector, whose items are others' by now.
        drop(unsafe { Vec::from_raw_parts(self.buffer.as_ptr(), 0, self.capacity) });
    }
}

/// Consecutive integers.
pub(crate) struct Counted<A, N> {
    first: N,
    len: usize,
    item: PhantomData<fn() -> A>,
}

/// The elements of a slice, by reference.
pub(crate) struct Borrowed<'a, A>(pub(crate) &'a [A]);

// SAFETY: nothing is moved out of anything.
unsafe impl<'a, A: Sync> Split for Borrowed<'a, A> {
    type Item = &'a A;

    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    unsafe fn take(&self, place: usize) -> &'a A {
        // SAFETY: the caller knows that the slice has this place.
        unsafe { self.0.get_unchecked(place) }
    }

    unsafe fn forget(&self, _places: Range<usize>) {}
}

/// What is to be done with the source, whatever it is.
pub(crate) trait Visit<A, T> {
    type Output;
    fn visit<S: Split<Item = A> + 'static>(self, source: S) -> Self::Output;
}

/// The id of a type, for which its lifetimes do not count.
fn id_of<T: ?Sized>() -> TypeId {
    trait Known {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }
    impl<T: ?Sized> Known for PhantomData<T> {
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }
    let phantom: PhantomData<T> = PhantomData;
    let known: &dyn Known = &phantom;
    // SAFETY: only the lifetime bound of the trait object changes, to call a method that asks for it and looks at no value. Lifetimes are not known to code that runs.
    let known = unsafe { mem::transmute::<&dyn Known, &(dyn Known + 'static)>(known) };
    known.id()
}

/// Shows the visitor the items as something that can be split: integers in a range as they are, all others as a list, which a vector is already.
pub(crate) fn dispatch<A, T, I, V>(items: I, visitor: V) -> V::Output
where
    A: Send + 'static,
    I: IntoIterator<Item = A>,
    V: Visit<A, T>,
{
    macro_rules! ranges {
        ($($integer:ty)+) => {
            $(if id_of::<I>() == id_of::<Range<$integer>>() {
                let items = ManuallyDrop::new(items);
                // SAFETY: it is of this type, and is not used again.
                let range = unsafe { mem::transmute_copy::<I, Range<$integer>>(&items) };
                if let Ok(len) = usize::try_from(range.len_wide()) {
                    let first = range.start;
                    return visitor.visit(Counted { first, len, item: PhantomData });
                }
                panic!("capacity overflow: a range of more items than memory has places");
            })+
        };
    }
    ranges!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
    visitor.visit(Listed::new(items.into_iter().collect()))
}

/// How many there are, wide enough for each type.
trait LenWide {
    fn len_wide(&self) -> u128;
}

macro_rules! counted {
    ($($integer:ty)+) => {$(
        impl LenWide for Range<$integer> {
            fn len_wide(&self) -> u128 {
                u128::try_from(self.end.wide() - self.start.wide()).unwrap_or(0)
            }
        }

        impl Wide for $integer {
            #[allow(clippy::cast_lossless, reason = "usize has no `From`")]
            fn wide(self) -> i128 {
                self as i128
            }
        }

        // SAFETY: integers are computed, not moved out of anything. Its item is this integer, since only `dispatch` makes one, for a range of items.
        unsafe impl<A> Split for Counted<A, $integer> {
            type Item = A;

            fn len(&self) -> usize {
                self.len
            }

            #[inline]
            unsafe fn take(&self, place: usize) -> A {
                #[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "the sum is in the range, so it is right modulo the type's size")]
                let number = self.first.wrapping_add(place as $integer);
                // SAFETY: `A` is this integer.
                unsafe { mem::transmute_copy::<$integer, A>(&number) }
            }

            unsafe fn forget(&self, _places: Range<usize>) {}
        }
    )+};
}

trait Wide {
    fn wide(self) -> i128;
}

counted!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
