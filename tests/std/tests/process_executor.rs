//! The traits `Executor` and `Submit` on processes: generic code that was written for threads runs there unchanged (row F-E06). The executor is the test's own: a process for each call.
#![cfg(target_os = "linux")]

mod futures_map_support;

use std::process;
use std::time::Instant;

use futures_map_support::watched;
use selvedge::concurrent::futures::{
    Chunk, Executor, Future, MapError, MapOptions, Shutdown, StillRunning, Submit, SubmitError,
    TaskError, ThreadPoolExecutor,
};
use selvedge::multiprocessing::Process;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Threads that start processes and wait for them.
struct Processes(ThreadPoolExecutor);

fn call<A, T>(function: fn(A) -> T, argument: A) -> T
where
    A: Serialize + DeserializeOwned + Send + 'static,
    T: Serialize + DeserializeOwned + 'static,
{
    let process = Process::new(function, argument);
    process.start().unwrap();
    process.join().unwrap()
}

impl Executor for Processes {
    fn max_workers(&self) -> usize {
        self.0.max_workers()
    }

    fn shutdown(&self, how: Shutdown) {
        self.0.shutdown(how);
    }

    fn shutdown_deadline(&self, deadline: Instant) -> Result<(), StillRunning> {
        self.0.shutdown_deadline(deadline)
    }
}

impl<A, T> Submit<A, T> for Processes
where
    A: Serialize + DeserializeOwned + Send + 'static,
    T: Serialize + DeserializeOwned + Send + 'static,
{
    fn submit(&self, function: fn(A) -> T, argument: A) -> Result<Future<T>, SubmitError<A>> {
        let task = move |argument| call(function, argument);
        self.0.submit(task, argument)
    }

    fn submit_chunk(
        &self,
        function: fn(A) -> T,
        items: Vec<A>,
    ) -> Result<Future<Chunk<T>>, SubmitError<Vec<A>>> {
        let task = move |items| Chunk::of(items, |item| call(function, item));
        self.0.submit(task, items)
    }
}

/// With the process in which it was found.
fn is_prime(number: u64) -> (bool, u32) {
    let is_prime = number > 1 && (2..number).all(|n| !number.is_multiple_of(n));
    (is_prime, process::id())
}

fn strict(number: u64) -> (bool, u32) {
    assert_ne!(number, 3, "not three");
    is_prime(number)
}

/// Code that knows of neither threads nor processes: how many primes, and whether all were found in this process.
fn generic<E: Submit<u64, (bool, u32)>>(executor: &E) -> (usize, bool) {
    let one = executor.submit(is_prime, 7).unwrap().result().unwrap();
    let options = MapOptions::new().buffersize(2).chunksize(2);
    let some = executor.map_with(options, is_prime, 0..5).unwrap();
    let some: Vec<_> = some.map(Result::unwrap).collect();
    let closure = executor.map_unordered(|n| is_prime(n + 1), vec![1, 2]);
    let others = closure.unwrap().map(|result| result.unwrap().1);
    let all: Vec<_> = some.into_iter().chain([one]).chain(others).collect();
    let here = all.iter().all(|&(_, pid)| pid == process::id());
    let elsewhere = all.iter().all(|&(_, pid)| pid != process::id());
    assert!(here || elsewhere);
    (all.iter().filter(|(prime, _)| *prime).count(), here)
}

/// What comes of a panic.
fn failing<E: Submit<u64, (bool, u32)>>(executor: &E) -> String {
    let mut map = executor.map(strict, [2, 3]).unwrap();
    assert!(map.next().unwrap().unwrap().0);
    let Some(Err(MapError::Failed(TaskError::Panicked(panic)))) = map.next() else {
        panic!("it has panicked");
    };
    panic.message().to_owned()
}

#[test]
fn the_same_code_on_threads_and_on_processes() {
    watched(|| {
        let threads = ThreadPoolExecutor::new(2).unwrap();
        assert_eq!(generic(&threads), (5, true));
        assert!(failing(&threads).contains("not three"));
        let processes = Processes(threads);
        assert_eq!(generic(&processes), (5, false));
        assert!(failing(&processes).contains("not three"));
    });
}
