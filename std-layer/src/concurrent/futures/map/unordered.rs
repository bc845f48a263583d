//! The results of a map, as they are ready.

use std::fmt;
use std::iter::FusedIterator;

use super::error::MapError;
use super::results::Map;

/// The results of a [map](crate::concurrent::futures::Submit::map_unordered) as they are ready, each with the place of its item.
///
/// In all else it is as [`Map`]: the first failure is the last thing that comes, and cancels what has not begun; dropping it does, too, once it was asked for a result.
///
/// ```
/// use selvedge::concurrent::futures::ThreadPoolExecutor;
///
/// let pool = ThreadPoolExecutor::new(2).unwrap();
/// let words = ["fast", "slow", "fast"];
/// for result in pool.map_unordered(str::len, words).unwrap() {
///     let (place, len) = result.unwrap();
///     assert_eq!(words[place].len(), len);
/// }
/// ```
#[must_use = "a map runs without it, but nobody learns what came of it"]
pub struct Unordered<'a, T>(Map<'a, T>);

impl<'a, T: Send + 'a> Unordered<'a, T> {
    /// Whose results nobody has asked for yet.
    pub(crate) fn from_map(map: Map<'a, T>) -> Self {
        Self(map.unordered())
    }

    /// The next result if one is ready: nothing if none is, and `Some(None)` if there are no more.
    pub fn try_next(&mut self) -> Option<Option<Result<(usize, T), MapError>>> {
        let next = self.0.try_next()?;
        Some(self.with_place(next))
    }

    /// The next result, awaited; see [`Map::next_async`].
    ///
    /// **Cancellation.** The future may be dropped at any time; nothing is lost.
    pub async fn next_async(&mut self) -> Option<Result<(usize, T), MapError>> {
        let next = self.0.next_async().await;
        self.with_place(next)
    }

    /// How many results have not been taken, if that is known.
    #[must_use]
    pub fn remaining(&self) -> Option<usize> {
        self.0.remaining()
    }

    #[inline]
    fn with_place(
        &self,
        next: Option<Result<T, MapError>>,
    ) -> Option<Result<(usize, T), MapError>> {
        next.map(|result| result.map(|value| (self.0.last_place(), value)))
    }
}

impl<'a, T: Send + 'a> Iterator for Unordered<'a, T> {
    type Item = Result<(usize, T), MapError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let next = self.0.next();
        self.with_place(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<'a, T: Send + 'a> FusedIterator for Unordered<'a, T> {}

impl<T> fmt::Debug for Unordered<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unordered").field(&self.0).finish()
    }
}
