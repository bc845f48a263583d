//! A bounded semaphore guards a pool: at most three connections at a time, whoever asks (row T-E05).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use selvedge::threading::{BoundedSemaphore, spawn};

const CONNECTIONS: u32 = 3;

/// A database that notices how many are connected.
#[derive(Default)]
struct Database {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Database {
    fn query(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(5));
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

fn main() {
    let pool = Arc::new((BoundedSemaphore::new(CONNECTIONS), Database::default()));
    let workers: Vec<_> = (0..10)
        .map(|_| {
            let pool = Arc::clone(&pool);
            spawn(move || {
                let (permits, database) = &*pool;
                let _connection = permits.acquire(); // given back at the end of the scope
                database.query();
            })
        })
        .collect();
    workers.iter().for_each(|worker| worker.join().unwrap());

    let (permits, database) = &*pool;
    let most = database.most.load(Ordering::SeqCst);
    assert!(most <= CONNECTIONS as usize);
    println!("10 queries, never more than {CONNECTIONS} at a time");
    println!("free connections: {}", permits.value());
    // A bounded semaphore notices a release too many.
    println!("one more release: {}", permits.release(1).unwrap_err());
}
