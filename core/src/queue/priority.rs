//! Smallest first: row Q-03.
//!
//! # Foreign code inside
//!
//! A heap compares items, so `Ord::cmp` runs where the store keeps everybody else out. What it may do there:
//!
//! * **Take its time**: it lengthens the stretch for which others wait, and where the guard masks interrupts, interrupts are late by so much. See the types for how many comparisons that can be.
//! * **Panic** (rows Q-04, Q-17): the panic goes to the caller of put or get. The store is as it was before the call: an item that was to be put is dropped, outside; one that was to be taken is still there; nothing is
//!   counted. See `heap.rs` for how.
//! * **Not call the same queue**: where the guard masks interrupts that panics (`guarded.rs`), elsewhere it hangs, as locking a lock twice does. Other queues and locks may be used.
//! * **Be wrong**: then items leave in a wrong order.

#[cfg(feature = "heapless")]
pub use fixed::{FixedPriority, PriorityQueue};
#[cfg(feature = "alloc")]
pub use growing::Priority;

#[cfg(feature = "heapless")]
mod fixed {
    use crate::port::Port;
    use crate::queue::Queue;
    use crate::queue::guarded::Guarded;
    use crate::queue::heap::Heap;
    use crate::queue::kept::{Kept, Section, store_by_section};

    type InOrder<T, const N: usize> = Heap<heapless::Vec<T, N>, heapless::Vec<u64, N>>;

    /// Room for `N` items, of which the smallest is the first to go, and among equals the one that was put first: the store of [`PriorityQueue`](crate::queue::PriorityQueue).
    ///
    /// It is a heap in a [`heapless::Vec`] behind the port's [`Guard`](crate::port::Guard). Each item carries a number of eight bytes, for the order among equals.
    ///
    /// # Inside the guard
    ///
    /// With n items in it, and d the logarithm of n to the base 4, rounded up, a put makes at most d comparisons, a get at most 4 d, and either moves at most 2 d + 6 items and their numbers: with `N` = 64, that is 3, 12 and 12. That is the
    /// longest time for which it keeps interrupts off, where the guard does. Large items are best kept elsewhere, and put as an index or a reference.
    ///
    /// # Panics
    ///
    /// If a comparison panics: then nothing was put, or nothing taken, and the queue is as before. If a comparison calls the very queue whose items it compares: that panics where the guard masks interrupts, and hangs
    /// where it is a lock.
    ///
    /// # From interrupts
    ///
    /// Everything, if the port's guard masks interrupts; comparisons then run in the handler.
    pub struct FixedPriority<P: Port, T: Ord, const N: usize> {
        kept: Guarded<P::Guard, Kept<InOrder<T, N>>>,
    }

    impl<P: Port, T: Ord, const N: usize> FixedPriority<P, T, N> {
        maybe_const! {
            /// Empty. `N` is at least 1; another `N` does not compile.
            pub fn new() -> Self {
                const { assert!(N > 0, "a queue has room for one item at least") };
                Self { kept: Guarded::new(Kept::new(Heap::new(heapless::Vec::new(), heapless::Vec::new()))) }
            }
        }
    }

    impl<P: Port, T: Ord, const N: usize> Default for FixedPriority<P, T, N> {
        fn default() -> Self {
            Self::new()
        }
    }

    impl<P: Port, T: Ord, const N: usize> Section for FixedPriority<P, T, N> {
        type Container = InOrder<T, N>;

        #[track_caller]
        fn with<R>(&self, f: impl FnOnce(&mut Kept<Self::Container>) -> R) -> R {
            self.kept.with(f)
        }

        fn capacity(&self) -> Option<usize> {
            Some(N)
        }
    }

    /// A queue for up to `N` items, of which the smallest is the first to go, and among equals the one that was put first; it allocates nothing and works in a `static`. Python's `queue.PriorityQueue` (row Q-03), but stable.
    ///
    /// For the greatest first, put [`core::cmp::Reverse`]. How long an operation keeps interrupts off, where the port's guard does, and what a comparison may do, is told at its store, [`FixedPriority`]. See [`Queue`] for everything else.
    ///
    /// ```
    /// use selvedge_core::{port::Spin, queue::PriorityQueue};
    ///
    /// static JOBS: PriorityQueue<Spin, (u8, &str), 4> = PriorityQueue::new();
    ///
    /// JOBS.put((2, "sweep")).unwrap();
    /// JOBS.put((1, "put out the fire")).unwrap();
    /// assert_eq!(JOBS.get(), Ok((1, "put out the fire")));
    /// assert_eq!(JOBS.get(), Ok((2, "sweep")));
    /// ```
    pub type PriorityQueue<P, T, const N: usize> = Queue<P, FixedPriority<P, T, N>>;

    impl<P: Port, T: Ord, const N: usize> PriorityQueue<P, T, N> {
        maybe_const! {
            /// An empty queue. `N` is at least 1; another `N` does not compile.
            pub fn new() -> Self {
                Self::with_store(FixedPriority::new())
            }
        }
    }

    store_by_section! { "FixedPriority": impl[P: Port, T: Ord, const N: usize] FixedPriority<P, T, N>, of T }
}

#[cfg(feature = "alloc")]
mod growing {
    use alloc::vec::Vec;

    use crate::Mutex;
    use crate::port::Port;
    use crate::queue::Queue;
    use crate::queue::heap::Heap;
    use crate::queue::kept::{Kept, Section, store_by_section};

    type InOrder<T> = Heap<Vec<T>, Vec<u64>>;

    /// Room for as many items as one says, or memory holds, of which the smallest is the first to go, and among equals the one that was put first.
    ///
    /// It is a heap in a [`Vec`] behind a [`Mutex`], and allocates to grow. A lock and not the port's guard, because allocating takes long: so it is for tasks, and never for interrupt handlers.
    ///
    /// # Panics
    ///
    /// If a comparison panics: then nothing was put, or nothing taken, and the queue is as before. A comparison that calls the very queue whose items it compares hangs.
    pub struct Priority<P: Port, T: Ord> {
        kept: Mutex<P, Kept<InOrder<T>>>,
        capacity: Option<usize>,
    }

    impl<P: Port, T: Ord> Priority<P, T> {
        maybe_const! {
            /// Empty, with room for `capacity` items; 0 for as many as memory holds.
            pub fn new(capacity: usize) -> Self {
                Self {
                    kept: Mutex::new(Kept::new(Heap::new(Vec::new(), Vec::new()))),
                    capacity: if capacity == 0 { None } else { Some(capacity) },
                }
            }
        }
    }

    impl<P: Port, T: Ord> Default for Priority<P, T> {
        fn default() -> Self {
            Self::new(0)
        }
    }

    impl<P: Port, T: Ord> Section for Priority<P, T> {
        type Container = InOrder<T>;

        fn with<R>(&self, f: impl FnOnce(&mut Kept<Self::Container>) -> R) -> R {
            f(&mut self.kept.lock())
        }

        fn capacity(&self) -> Option<usize> {
            self.capacity
        }
    }

    impl<P: Port, T: Ord> Queue<P, Priority<P, T>> {
        maybe_const! {
            /// An empty queue for at most `capacity` items at a time, 0 for as many as memory holds, of which the smallest is the first to go, and among equals the one that was put first (row Q-03).
            pub fn new(capacity: usize) -> Self {
                Self::with_store(Priority::new(capacity))
            }
        }
    }

    store_by_section! { "Priority": impl[P: Port, T: Ord] Priority<P, T>, of T }
}
