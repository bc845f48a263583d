//! Where the entries live.

use super::{Entry, Shape};

/// Holds the entries of a [`Timers`](super::Timers), and says how wide its wheel is.
///
/// An implementation that grows is a few lines:
///
/// ```
/// use selvedge_core::timer::{Entry, Storage, Timers, Wide};
///
/// struct Growing<T>(Vec<Entry<T>>);
///
/// impl<T> Storage for Growing<T> {
///     type Value = T;
///     type Shape = Wide;
///
///     fn entries(&self) -> &[Entry<T>] {
///         &self.0
///     }
///
///     fn entries_mut(&mut self) -> &mut [Entry<T>] {
///         &mut self.0
///     }
///
///     fn grow(&mut self) -> bool {
///         self.0.push(Entry::VACANT);
///         true
///     }
/// }
///
/// let mut timers = Timers::new(Growing(Vec::new()));
/// timers.insert(u64::MAX, "the end of time").unwrap();
/// assert_eq!(timers.next_deadline(), Some(u64::MAX));
/// ```
///
/// Entries never move to another index and never vanish. One that did would not endanger memory, but timers would be lost, or the owner would panic.
pub trait Storage {
    /// What is kept until its deadline.
    type Value;

    /// How wide the digits of the wheel are: [`Narrow`](super::Narrow) or [`Wide`](super::Wide).
    type Shape: Shape;

    /// All entries, vacant ones too.
    fn entries(&self) -> &[Entry<Self::Value>];

    /// All entries, vacant ones too.
    fn entries_mut(&mut self) -> &mut [Entry<Self::Value>];

    /// Adds at least one [vacant](Entry::VACANT) entry at the end; `false` when there is no room for it. At most `u32::MAX` entries are used.
    fn grow(&mut self) -> bool;
}
