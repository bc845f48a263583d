//! Ends the program, and says where it was, when a contender hangs or a thread of it panics.

use std::panic;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Far more than any round takes.
const LIMIT: Duration = Duration::from_secs(60);

struct Job {
    name: String,
    deadline: Instant,
}

/// Watches one job at a time.
pub(crate) struct Watchdog(Arc<Mutex<Option<Job>>>);

impl Watchdog {
    pub(crate) fn start() -> Self {
        let current = Arc::new(Mutex::new(None));
        let watched = Arc::clone(&current);
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_millis(500));
                bark_if_late(&watched);
            }
        });
        let panicking = Arc::clone(&current);
        let usual = panic::take_hook();
        // The other threads of the round might wait for the one that panicked.
        panic::set_hook(Box::new(move |info| {
            usual(info);
            if let Some(job) = &*panicking.lock().unwrap_or_else(PoisonError::into_inner) {
                eprintln!("this happened in {}", job.name);
            }
            process::exit(101);
        }));
        Self(current)
    }

    /// Runs the job, whose name it remembers meanwhile.
    pub(crate) fn over<T>(&self, name: &str, job: impl FnOnce() -> T) -> T {
        let deadline = Instant::now() + LIMIT;
        self.watch(Some(Job {
            name: name.to_owned(),
            deadline,
        }));
        let result = job();
        self.watch(None);
        result
    }

    fn watch(&self, job: Option<Job>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = job;
    }
}

fn bark_if_late(current: &Mutex<Option<Job>>) {
    let current = current.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(job) = &*current
        && Instant::now() > job.deadline
    {
        eprintln!("{} did not end within {LIMIT:?}: it hangs", job.name);
        process::exit(101);
    }
}
