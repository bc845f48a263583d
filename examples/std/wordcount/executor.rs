//! Counting on an executor, whichever it is: each chunk is a task.
//!
//! ```text
//! walker --paths--> readers --chunks--> tasks --results as they are ready--> merge
//! ```
//!
//! Walking and reading are as in `pipeline.rs`. The map takes a chunk from the queue when there is room for another task, so memory is bounded here, too.

use std::io;
use std::iter;
use std::path::Path;
use std::sync::Arc;

use selvedge::concurrent::futures::{MapOptions, Submit};

use crate::chunk::Chunk;
use crate::count::{Counter, Counts};
use crate::crew::Worker;
use crate::pipeline::{Shared, start_readers, start_walker};

/// A task.
fn count_chunk(mut chunk: Chunk) -> Counter {
    let mut counter = Counter::default();
    counter.add(&mut chunk);
    counter
}

/// Counts all files at and below `root`. Fails if the system cannot make the threads.
pub(crate) fn count<E: Submit<Chunk, Counter>>(
    executor: &E,
    shared: &Arc<Shared>,
    root: &Path,
    all: bool,
) -> io::Result<Counts> {
    let crew = start_readers(shared, executor.max_workers().min(4))
        .and_then(|readers| Ok((readers, start_walker(shared, root.to_owned(), all)?)));
    let (readers, walker) = crew.inspect_err(|_| shared.interrupt())?;

    let chunks = iter::from_fn(|| shared.next_chunk());
    let options = MapOptions::new().buffersize(4 * executor.max_workers());
    let results = executor
        .map_unordered_with(options, count_chunk, chunks)
        .map_err(io::Error::other);
    let results = results.inspect_err(|_| shared.interrupt())?;
    let mut counter = Counter::default();
    for result in results {
        match result {
            Ok((_, counted)) => counter.merge(counted),
            Err(error) => {
                shared.interrupt();
                return Err(io::Error::other(error));
            }
        }
    }
    if !shared.interrupted.is_set() {
        walker.join();
        readers.into_iter().for_each(Worker::join);
    }
    Ok(counter.finish())
}
