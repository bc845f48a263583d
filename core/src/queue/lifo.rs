//! Last in, first out: row Q-02.

#[cfg(feature = "heapless")]
pub use fixed::{FixedLifo, LifoQueue};
#[cfg(feature = "alloc")]
pub use growing::Lifo;

#[cfg(feature = "heapless")]
mod fixed {
    use crate::port::Port;
    use crate::queue::Queue;
    use crate::queue::guarded::Guarded;
    use crate::queue::kept::{Kept, Section, Stack, store_by_section};

    /// Room for `N` items, of which the last one put is the first to go: the store of [`LifoQueue`](crate::queue::LifoQueue).
    ///
    /// It is a [`heapless::Vec`] behind the port's [`Guard`](crate::port::Guard). Inside the guard an item is moved and a few words are changed, nothing else: that is the longest time for which it keeps
    /// interrupts off, where it does. Nothing foreign runs there.
    ///
    /// # From interrupts
    ///
    /// Everything, if the port's guard masks interrupts.
    pub struct FixedLifo<P: Port, T, const N: usize> {
        kept: Guarded<P::Guard, Kept<Stack<heapless::Vec<T, N>>>>,
    }

    impl<P: Port, T, const N: usize> FixedLifo<P, T, N> {
        maybe_const! {
            /// Empty. `N` is at least 1; another `N` does not compile.
            pub fn new() -> Self {
                const { assert!(N > 0, "a queue has room for one item at least") };
                Self { kept: Guarded::new(Kept::new(Stack(heapless::Vec::new()))) }
            }
        }
    }

    impl<P: Port, T, const N: usize> Default for FixedLifo<P, T, N> {
        fn default() -> Self {
            Self::new()
        }
    }

    impl<P: Port, T, const N: usize> Section for FixedLifo<P, T, N> {
        type Container = Stack<heapless::Vec<T, N>>;

        #[track_caller]
        fn with<R>(&self, f: impl FnOnce(&mut Kept<Self::Container>) -> R) -> R {
            self.kept.with(f)
        }

        fn capacity(&self) -> Option<usize> {
            Some(N)
        }
    }

    /// A queue for up to `N` items, of which the last one put is the first to go; it allocates nothing and works in a `static`. Python's `queue.LifoQueue` (row Q-02).
    ///
    /// Everything that never waits may be called from interrupt handlers where the port's guard masks interrupts; an operation keeps them off while it moves one item. See [`Queue`] for everything else.
    ///
    /// ```
    /// use selvedge_core::{port::Spin, queue::{LifoQueue, TryPutError}};
    ///
    /// static RECENT: LifoQueue<Spin, u32, 2> = LifoQueue::new();
    ///
    /// RECENT.put(1).unwrap();
    /// RECENT.put(2).unwrap();
    /// assert_eq!(RECENT.try_put(3), Err(TryPutError::Full(3)));
    /// assert_eq!(RECENT.get(), Ok(2));
    /// RECENT.put(4).unwrap();
    /// assert_eq!(RECENT.drain().collect::<Vec<_>>(), [4, 1]);
    /// ```
    pub type LifoQueue<P, T, const N: usize> = Queue<P, FixedLifo<P, T, N>>;

    impl<P: Port, T, const N: usize> LifoQueue<P, T, N> {
        maybe_const! {
            /// An empty queue. `N` is at least 1; another `N` does not compile.
            pub fn new() -> Self {
                Self::with_store(FixedLifo::new())
            }
        }
    }

    store_by_section! { "FixedLifo": impl[P: Port, T, const N: usize] FixedLifo<P, T, N>, of T }
}

#[cfg(feature = "alloc")]
mod growing {
    use alloc::vec::Vec;

    use crate::Mutex;
    use crate::port::Port;
    use crate::queue::Queue;
    use crate::queue::kept::{Kept, Section, Stack, store_by_section};

    /// Room for as many items as one says, or memory holds, of which the last one put is the first to go.
    ///
    /// It is a [`Vec`] behind a [`Mutex`], and allocates to grow. A lock and not the port's guard, because allocating takes long: so it is for tasks, and never for interrupt handlers.
    pub struct Lifo<P: Port, T> {
        kept: Mutex<P, Kept<Stack<Vec<T>>>>,
        capacity: Option<usize>,
    }

    impl<P: Port, T> Lifo<P, T> {
        maybe_const! {
            /// Empty, with room for `capacity` items; 0 for as many as memory holds.
            pub fn new(capacity: usize) -> Self {
                Self {
                    kept: Mutex::new(Kept::new(Stack(Vec::new()))),
                    capacity: if capacity == 0 { None } else { Some(capacity) },
                }
            }
        }
    }

    impl<P: Port, T> Default for Lifo<P, T> {
        fn default() -> Self {
            Self::new(0)
        }
    }

    impl<P: Port, T> Section for Lifo<P, T> {
        type Container = Stack<Vec<T>>;

        fn with<R>(&self, f: impl FnOnce(&mut Kept<Self::Container>) -> R) -> R {
            f(&mut self.kept.lock())
        }

        fn capacity(&self) -> Option<usize> {
            self.capacity
        }
    }

    impl<P: Port, T> Queue<P, Lifo<P, T>> {
        maybe_const! {
            /// An empty queue for at most `capacity` items at a time, 0 for as many as memory holds, of which the last one put is the first to go (row Q-02).
            pub fn new(capacity: usize) -> Self {
                Self::with_store(Lifo::new(capacity))
            }
        }
    }

    store_by_section! { "Lifo": impl[P: Port, T] Lifo<P, T>, of T }
}
