//! How a map is to be done.

use std::time::{Duration, Instant};

/// Chunk size, buffer size and time limit of a map; by default chunks are chosen, everything is submitted at once, and there is no limit.
///
/// ```
/// use std::time::Duration;
/// use selvedge::concurrent::futures::MapOptions;
///
/// let options = MapOptions::new().chunksize(64).timeout(Duration::from_secs(10));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct MapOptions {
    chunksize: Option<usize>,
    pub(super) buffersize: Option<usize>,
    timeout: Option<Duration>,
}

/// Enough chunks that no worker has to wait long for the last one, and few enough that they cost nothing.
const CHUNKS_FOR_EACH: usize = 32;

impl MapOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// So many items go into one task (row F-30). Without it, items are spread over a few dozen tasks for each worker; one by one with a [`buffersize`](Self::buffersize).
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[must_use]
    #[track_caller]
    pub fn chunksize(self, items: usize) -> Self {
        assert!(items > 0, "chunksize must be at least one");
        Self {
            chunksize: Some(items),
            ..self
        }
    }

    /// At most so many tasks are submitted whose results have not been taken; items are taken from their source as there is room (row X-18). So the source may be endless.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[must_use]
    #[track_caller]
    pub fn buffersize(self, tasks: usize) -> Self {
        assert!(tasks > 0, "buffersize must be at least one");
        Self {
            buffersize: Some(tasks),
            ..self
        }
    }

    /// No result is waited for any more when so much time has passed since the call (row F-05). What is ready is handed out even then.
    #[must_use]
    pub fn timeout(self, limit: Duration) -> Self {
        Self {
            timeout: Some(limit),
            ..self
        }
    }

    /// From now; none if it is too far.
    pub(in crate::concurrent::futures) fn deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.timeout?)
    }

    /// The items of a chunk, of so many items for so many workers.
    pub(in crate::concurrent::futures) fn size(&self, items: usize, workers: usize) -> usize {
        let chunks = workers.saturating_mul(CHUNKS_FOR_EACH).max(1);
        self.chunksize.unwrap_or(items.div_ceil(chunks)).max(1)
    }

    /// The items of a chunk, if nobody knows how many come.
    pub(super) fn size_of_unknown(&self) -> usize {
        self.chunksize.unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_ones_go_one_by_one_and_large_ones_in_a_few_dozen_for_each_worker() {
        let options = MapOptions::new();
        assert_eq!(options.size(6, 2), 1);
        assert_eq!(options.size(64, 2), 1);
        assert_eq!(options.size(65, 2), 2);
        assert_eq!(options.size(1_000_000, 2), 15_625);
        assert_eq!(options.size(0, 2), 1);
        assert_eq!(options.size(usize::MAX, usize::MAX), 1);
        assert_eq!(options.chunksize(7).size(1_000_000, 2), 7);
        assert_eq!(options.size_of_unknown(), 1);
    }
}
