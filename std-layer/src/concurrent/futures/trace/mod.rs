//! A timeline of the tasks that run, for Perfetto and other viewers of Chrome traces (feature `trace`).
//!
//! While a [`Recording`] is under way, every task that is submitted to an executor of this process notes when it was submitted, when it began, when it ended, and in which thread. Each thread writes into memory of its own, which is bounded: the oldest go when there are too many. Tasks are named by
//! [`submit_named`](super::ThreadPoolExecutor::submit_named), or else by the type of their function.
//!
//! Without a recording, a task costs one look at a word that nobody writes; without the feature, nothing.
//!
//! ```
//! use selvedge::concurrent::futures::{ThreadPoolExecutor, trace::Recording};
//!
//! let pool = ThreadPoolExecutor::new(2).unwrap();
//! let recording = Recording::start(10_000).unwrap();
//! let sum = pool.map(|n: u64| n * n, 0..100).unwrap().into_vec().unwrap();
//! let timeline = recording.finish();
//! assert!(timeline.len() > 0);
//! let mut json = Vec::new();
//! timeline.write_chrome(&mut json).unwrap();
//! ```

mod chrome;
mod running;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::threading::Mutex;

pub(super) use running::Submitted;

/// The number of the recording under way, or zero. One role: a switch; tasks that come while it is turned are recorded or not. Relaxed.
static UNDER_WAY: AtomicU64 = AtomicU64::new(0);
/// What the threads write into.
static TRACKS: Mutex<Tracks> = Mutex::new(Tracks {
    recordings: 0,
    capacity: 0,
    list: Vec::new(),
});

struct Tracks {
    recordings: u64,
    capacity: usize,
    list: Vec<Arc<Track>>,
}

/// The tasks of one thread.
struct Track {
    recording: u64,
    number: u64,
    thread: String,
    capacity: usize,
    spans: Mutex<(VecDeque<Span>, u64)>,
}

/// A task that ran.
#[derive(Debug, Clone)]
pub struct Span {
    name: Cow<'static, str>,
    submitted: Instant,
    begun: Instant,
    ended: Instant,
}

impl Span {
    /// The name that it was submitted with, or the type of its function.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long it waited for a thread.
    #[must_use]
    pub fn queued(&self) -> Duration {
        self.begun.duration_since(self.submitted)
    }

    /// How long it ran.
    #[must_use]
    pub fn ran(&self) -> Duration {
        self.ended.duration_since(self.begun)
    }
}

/// Tasks are being recorded until this is finished or dropped. There is one at a time.
#[derive(Debug)]
#[must_use = "dropped, it records nothing"]
pub struct Recording {
    number: u64,
    begun: Instant,
}

/// There is a recording under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyRecording;

impl fmt::Display for AlreadyRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tasks are being recorded already")
    }
}

impl Error for AlreadyRecording {}

impl Recording {
    /// Starts, with room for so many tasks for each thread; of more, the last are kept.
    ///
    /// # Errors
    ///
    /// [`AlreadyRecording`].
    pub fn start(capacity: usize) -> Result<Self, AlreadyRecording> {
        let mut tracks = TRACKS.lock();
        if UNDER_WAY.load(Ordering::Relaxed) != 0 {
            return Err(AlreadyRecording);
        }
        tracks.recordings += 1;
        tracks.capacity = capacity.max(1);
        UNDER_WAY.store(tracks.recordings, Ordering::Relaxed);
        Ok(Self {
            number: tracks.recordings,
            begun: Instant::now(),
        })
    }

    /// Stops, and takes what was recorded. Tasks that run still are not in it.
    #[must_use]
    pub fn finish(self) -> Timeline {
        let tracks = stop();
        let threads = tracks.iter().map(|track| {
            let (spans, lost) = std::mem::take(&mut *track.spans.lock());
            Thread {
                number: track.number,
                name: track.thread.clone(),
                spans: spans.into(),
                lost,
            }
        });
        Timeline {
            begun: self.begun,
            threads: threads.collect(),
        }
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if UNDER_WAY.load(Ordering::Relaxed) == self.number {
            drop(stop());
        }
    }
}

fn stop() -> Vec<Arc<Track>> {
    let mut tracks = TRACKS.lock();
    UNDER_WAY.store(0, Ordering::Relaxed);
    std::mem::take(&mut tracks.list)
}

/// What was recorded: for each thread the tasks that it ran.
#[derive(Debug, Clone)]
pub struct Timeline {
    begun: Instant,
    threads: Vec<Thread>,
}

/// What one thread ran.
#[derive(Debug, Clone)]
pub struct Thread {
    number: u64,
    name: String,
    spans: Vec<Span>,
    lost: u64,
}

impl Thread {
    /// Its name when it ran the first of the tasks.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tasks, in the order in which they ended.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// How many there were that are not here, for lack of room.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

impl Timeline {
    /// The threads that ran tasks.
    #[must_use]
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// How many tasks it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.threads.iter().map(|thread| thread.spans.len()).sum()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
