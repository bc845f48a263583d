//! The threads and what flows between them.
//!
//! ```text
//! walker --paths--> readers --chunks--> counters --join--> merge
//!                     ^-----spare buffers----'
//! ```
//!
//! Both queues are bounded, so memory is, too. Each stage closes the queue behind it when its last thread leaves, however it leaves; an
//! interruption closes both at once. Counters then finish what is in the queue. Nobody waits for readers that hang in a dead file system: they are
//! daemon threads.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use selvedge::queue::Queue;
use selvedge::threading::{Event, Mutex};

use crate::chunk::Chunk;
use crate::count::{Counter, Counts};
use crate::crew::{self, Worker};
use crate::progress::Progress;
use crate::read::{CHUNK, Reader, Sink, Stopped};
use crate::skipped::{Reason, Skipped};
use crate::walk::{self, Found};

/// What the threads share.
#[derive(Debug)]
pub(crate) struct Shared {
    paths: Queue<PathBuf>,
    chunks: Queue<Chunk>,
    spare: Queue<Vec<u8>>,
    /// Files that do not count.
    pub(crate) skipped: Mutex<Skipped>,
    /// How far things are.
    pub(crate) progress: Progress,
    /// Set by Ctrl-C.
    pub(crate) interrupted: Event,
}

impl Shared {
    /// For so many counters.
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            paths: Queue::new(16 * 1024),
            chunks: Queue::new(2 * workers),
            spare: Queue::new(4 * workers),
            skipped: Mutex::new(Skipped::default()),
            progress: Progress::default(),
            interrupted: Event::new(),
        }
    }

    /// The next piece of text, until there is no more.
    pub(crate) fn next_chunk(&self) -> Option<Chunk> {
        self.chunks.get().ok()
    }

    /// Ends the count early: nothing new is read, and what is read is counted.
    pub(crate) fn interrupt(&self) {
        self.interrupted.set();
        self.paths.shutdown(true);
        self.chunks.shutdown(false);
    }
}

/// Counts all files at and below `root`. Fails if the system cannot make the threads.
pub(crate) fn count(
    shared: &Arc<Shared>,
    root: &Path,
    all: bool,
    workers: usize,
) -> io::Result<Counts> {
    let crew = start_counters(shared, workers).and_then(|counters| {
        let readers = start_readers(shared, workers.min(4))?;
        Ok((
            counters,
            readers,
            start_walker(shared, root.to_owned(), all)?,
        ))
    });
    // Those that were started end without the others.
    let (counters, readers, walker) = crew.inspect_err(|_| shared.interrupt())?;

    let mut counts = Counts::default();
    for counter in counters {
        counts.merge(counter.join());
    }
    if !shared.interrupted.is_set() {
        walker.join();
        readers.into_iter().for_each(Worker::join);
    }
    Ok(counts)
}

/// The thread that walks.
pub(crate) fn start_walker(
    shared: &Arc<Shared>,
    root: PathBuf,
    all: bool,
) -> io::Result<Worker<()>> {
    let shared = Arc::clone(shared);
    crew::start_daemon("walker", move || {
        let paths = Closing(&shared.paths);
        let result = walk::walk(&root, all, |found| match found {
            Found::File(path) => {
                shared.progress.found();
                paths.0.put(path).map_err(|_| Stopped)
            }
            Found::Skip(path, reason) => {
                shared.skipped.lock().push(&path, reason);
                Ok(())
            }
        });
        drop(result); // stopped or done: it ends here
    })
}

/// So many threads that read; the last closes the chunks.
pub(crate) fn start_readers(shared: &Arc<Shared>, readers: usize) -> io::Result<Vec<Worker<()>>> {
    let last_out = Arc::new(LastReader(Arc::clone(shared)));
    let start = |number| {
        let last_out = Arc::clone(&last_out);
        crew::start_daemon(&format!("reader-{number}"), move || {
            let shared = &last_out.0;
            let mut reader = Reader::new(ToQueue(shared));
            while let Ok(path) = shared.paths.get() {
                if reader.file(&path).is_err() {
                    return;
                }
            }
            drop(reader.finish()); // stopped or done: it ends here
        })
    };
    (1..=readers).map(start).collect()
}

fn start_counters(shared: &Arc<Shared>, workers: usize) -> io::Result<Vec<Worker<Counts>>> {
    let start = |number| {
        let shared = Arc::clone(shared);
        crew::start(&format!("counter-{number}"), move || {
            let mut counter = Counter::default();
            while let Ok(mut chunk) = shared.chunks.get() {
                counter.add(&mut chunk);
                chunk.bytes.clear();
                drop(shared.spare.try_put(chunk.bytes)); // enough of them: this one goes
            }
            counter.finish()
        })
    };
    (1..=workers).map(start).collect()
}

/// Closes a queue when its only producer leaves.
struct Closing<'a, T>(&'a Queue<T>);

impl<T> Drop for Closing<'_, T> {
    fn drop(&mut self) {
        self.0.shutdown(false);
    }
}

/// Closes the chunks when the last of several readers leaves.
struct LastReader(Arc<Shared>);

impl Drop for LastReader {
    fn drop(&mut self) {
        self.0.chunks.shutdown(false);
    }
}

struct ToQueue<'a>(&'a Shared);

impl Sink for ToQueue<'_> {
    fn chunk(&mut self, chunk: Chunk) -> Result<(), Stopped> {
        self.0.progress.read(chunk.files, chunk.size);
        self.0.chunks.put(chunk).map_err(|_| Stopped)
    }

    fn buffer(&mut self) -> Vec<u8> {
        let spare = self.0.spare.try_get();
        spare.unwrap_or_else(|_| Vec::with_capacity(2 * CHUNK))
    }

    fn skip(&mut self, path: &Path, reason: Reason) {
        self.0.progress.read(1, 0);
        self.0.skipped.lock().push(path, reason);
    }
}
