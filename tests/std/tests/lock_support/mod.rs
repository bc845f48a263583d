//! What the scenarios of the locks share.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of it"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use selvedge_conformance::host::Watchdog;

/// Ends the process if the calling test hangs.
#[must_use]
pub fn watch() -> Watchdog {
    Watchdog::new(thread::current().name().unwrap_or("a test").to_owned())
}

pub const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// All the time that anything may need.
pub const LONG: Duration = Duration::from_secs(3_000);

/// Waits until something holds that must come to hold.
pub fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        thread::sleep(ms(1));
    }
}

/// `wait`, and how long it took.
pub fn timed<R>(wait: impl FnOnce() -> R) -> (R, Duration) {
    let start = Instant::now();
    let result = wait();
    (result, start.elapsed())
}

/// Several threads that do the same.
pub struct Bunch {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    started: AtomicUsize,
    finished: AtomicUsize,
    ids: Vec<AtomicU64>,
}

impl Bunch {
    /// Starts `n` threads; each gets its number.
    pub fn start(n: usize, work: impl Fn(usize) + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared {
            ids: (0..n).map(|_| AtomicU64::new(0)).collect(),
            ..Shared::default()
        });
        let work = Arc::new(work);
        let threads = (0..n).map(|i| {
            let (shared, work) = (shared.clone(), work.clone());
            thread::spawn(move || {
                shared.ids[i].store(native_id(), Ordering::SeqCst);
                shared.started.fetch_add(1, Ordering::SeqCst);
                work(i);
                shared.finished.fetch_add(1, Ordering::SeqCst);
            })
        });
        Self {
            threads: threads.collect(),
            shared,
        }
    }

    /// Runs `n` threads to their end.
    pub fn run(n: usize, work: impl Fn(usize) + Send + Sync + 'static) {
        Self::start(n, work).join();
    }

    pub fn finished(&self) -> usize {
        self.shared.finished.load(Ordering::SeqCst)
    }

    /// Waits until all have begun.
    pub fn wait_started(&self) {
        until(|| self.shared.started.load(Ordering::SeqCst) == self.threads.len());
    }

    /// Waits until `n` of them are asleep and the rest has ended, twice in a row. Where that cannot be seen, waits a while.
    pub fn wait_asleep(&self, n: usize) {
        self.wait_started();
        for _ in 0..2 {
            until(|| match self.asleep() {
                Some(asleep) => asleep == n && self.finished() == self.threads.len() - n,
                None => {
                    thread::sleep(ms(50));
                    true
                }
            });
            thread::sleep(ms(2));
        }
    }

    #[cfg(target_os = "linux")]
    fn asleep(&self) -> Option<usize> {
        let is_asleep = |id: &AtomicU64| {
            let path = format!("/proc/self/task/{}/stat", id.load(Ordering::SeqCst));
            // "id (name) S ...": the state comes after the last parenthesis.
            std::fs::read_to_string(path)
                .ok()
                .and_then(|stat| Some(stat.rsplit_once(") ")?.1.starts_with('S')))
                .unwrap_or(false)
        };
        Some(self.shared.ids.iter().filter(|id| is_asleep(id)).count())
    }

    #[cfg(not(target_os = "linux"))]
    fn asleep(&self) -> Option<usize> {
        None
    }

    /// Waits for their end; a panic in one of them is a panic here.
    pub fn join(self) {
        for thread in self.threads {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

fn native_id() -> u64 {
    #[cfg(target_os = "linux")]
    // std does not tell the kernel's number of a thread, the file system does.
    return std::fs::read_link("/proc/thread-self")
        .ok()
        .and_then(|path| path.file_name()?.to_str()?.parse().ok())
        .unwrap_or(0);
    #[cfg(not(target_os = "linux"))]
    0
}
