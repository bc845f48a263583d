//! Workers and a queue: hand out work, wait until it is done, close.

use std::sync::Arc;

use selvedge::queue::{Queue, TryPutError};
use selvedge::threading::{Mutex, spawn};

fn main() {
    let jobs = Arc::new(Queue::new(4)); // at most four wait: who makes more is held up
    let results = Arc::new(Mutex::new(Vec::new()));

    let workers: Vec<_> = (0..3)
        .map(|_| {
            let (jobs, results) = (Arc::clone(&jobs), Arc::clone(&results));
            spawn(move || {
                let mut done = 0;
                while let Ok(number) = jobs.get() {
                    results.lock().push(number * number);
                    jobs.task_done().unwrap();
                    done += 1;
                }
                done
            })
        })
        .collect();

    for number in 1..=20_u64 {
        jobs.put(number).unwrap();
    }
    jobs.join(); // every job was reported as done
    println!(
        "the sum of twenty squares: {}",
        results.lock().iter().sum::<u64>()
    );

    jobs.shutdown(false);
    let done: u32 = workers.iter().map(|worker| worker.join().unwrap()).sum();
    println!("jobs done by three workers: {done}");
    match jobs.try_put(21) {
        Err(TryPutError::ShutDown(job)) => println!("job {job} came too late and came back"),
        other => unreachable!("{other:?}"),
    }
}
