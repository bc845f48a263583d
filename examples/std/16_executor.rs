//! A pool of threads: submitting, waiting, failing; and two waits that would be deadlocks in Python (rows F-E01 to F-E04).

use std::fs;
use std::sync::{Arc, OnceLock};

use selvedge::concurrent::futures::{
    Future, ReturnWhen, TaskError, ThreadPoolExecutor, unpack, wait,
};

fn power() {
    let executor = ThreadPoolExecutor::new(1).unwrap();
    let future = executor.submit(unpack(u64::pow), (323, 5)).unwrap();
    println!("323 to the fifth: {}", future.result().unwrap());
}

/// Four copies at the same time. Leaving the block waits for all of them.
fn copies() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: String| folder.path().join(name);
    for number in 1..=4 {
        fs::write(path(format!("src{number}.txt")), "x".repeat(number))?;
    }
    {
        let executor = ThreadPoolExecutor::new(4).unwrap();
        for number in 1..=4 {
            let (from, to) = (
                path(format!("src{number}.txt")),
                path(format!("dest{number}.txt")),
            );
            drop(executor.spawn(move || fs::copy(from, to)).unwrap());
        }
    }
    let sizes: Result<Vec<u64>, _> = (1..=4)
        .map(|number| Ok(fs::metadata(path(format!("dest{number}.txt")))?.len()))
        .collect();
    println!(
        "copied: {:?} bytes",
        sizes.map_err(|error: std::io::Error| error)?
    );
    Ok(())
}

/// A task waits for a task of its own pool, which has one thread: that runs it in the place of the wait.
fn waiting_for_the_own_pool() {
    let executor = Arc::new(ThreadPoolExecutor::new(1).unwrap());
    let inner = Arc::clone(&executor);
    let outer = executor.spawn(move || {
        let future = inner.spawn(|| 5_u32.pow(2)).unwrap();
        future.result().unwrap()
    });
    println!("in a pool of one: {}", outer.unwrap().result().unwrap());
}

/// Two tasks wait for each other: the one that closes the circle panics, and with it the other one.
fn waiting_for_each_other() {
    let executor = ThreadPoolExecutor::new(2).unwrap();
    let futures: Arc<[OnceLock<Future<u32>>; 2]> = Arc::default();
    for (own, other) in [(0, 1), (1, 0)] {
        let all = Arc::clone(&futures);
        let task = executor.spawn(move || match all[other].wait().wait() {
            Ok(value) => *value,
            Err(error) => panic!("the other one failed: {}", error.as_panic().is_some()),
        });
        futures[own].set(task.unwrap()).unwrap();
    }
    let all: Vec<&Future<u32>> = futures.iter().filter_map(OnceLock::get).collect();
    wait(&all, ReturnWhen::AllCompleted);
    let failed = all.iter().all(|future| {
        let error = future.exception();
        matches!(error, Some(TaskError::Panicked(_)))
    });
    println!("each waits for the other: both failed: {failed}");
}

fn main() -> std::io::Result<()> {
    power();
    copies()?;
    waiting_for_the_own_pool();
    waiting_for_each_other();
    Ok(())
}
