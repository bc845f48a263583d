//! Where the events are kept: [`Fixed`](super::Fixed), or `Growing` with the feature `alloc`.

use super::Full;
use super::key::Key;
use super::slots::Content;

/// Keeps the events of a [`Scheduler`](super::Scheduler) in their order: [`Fixed`](super::Fixed), or `Growing` with the feature `alloc`.
pub trait Store: private::Keeps {}

impl<S: private::Keeps> Store for S {}

/// What is found at the head of a store.
pub(super) enum Popped<A, I> {
    /// Its time has come, and it has been taken out.
    Due(Key, Content<A, I>),
    /// It is due at these ticks, which are this time.
    Later(u64, Option<I>),
    Empty,
}

pub(super) mod private {
    use super::{Content, Full, Key, Popped};

    /// The inside of [`Store`](super::Store), out of reach. All of it is called inside a guard: none of it calls foreign code.
    #[allow(private_interfaces, reason = "out of reach")]
    pub trait Keeps {
        /// What is done when the time has come.
        type Action;
        /// A point in time.
        type Instant: Copy;
        /// Room for the list of all events.
        type Listing: AsMut<[Listed<Self::Instant>]> + AsRef<[Listed<Self::Instant>]>;

        fn insert(
            &mut self,
            ticks: u64,
            priority: i32,
            content: Content<Self::Action, Self::Instant>,
        ) -> Result<Key, Full<Self::Action>>;

        /// Takes an event out, if it is there.
        fn remove(&mut self, sequence: u64, slot: u32) -> Option<Self::Action>;

        /// The first event.
        fn first(&mut self) -> Option<(Key, Option<Self::Instant>)>;

        /// Takes the first event out if it is due at `now`, which is not `NEVER`.
        fn pop(&mut self, now: u64) -> Popped<Self::Action, Self::Instant>;

        fn len(&self) -> usize;

        /// Room for a list of so many events. Called outside of the guard.
        fn listing(len: usize) -> Self::Listing;

        /// Lists all events in any order and says how many; `None` if there is not room for all.
        fn list(&self, listing: &mut Self::Listing) -> Option<usize>;
    }

    /// An event in a list.
    #[derive(Debug, Clone, Copy)]
    pub struct Listed<I> {
        pub(in super::super) key: Key,
        pub(in super::super) time: Option<I>,
    }

    impl<I> Listed<I> {
        pub(in super::super) const VACANT: Self = Self {
            key: Key::VACANT,
            time: None,
        };
    }
}
