//! A world of threads, and the watchdog.

use std::cell::Cell;
use std::io::Write as _;
use std::marker::PhantomData;
use std::panic;
use std::sync::{Condvar, Mutex, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use selvedge_core::port::Port;

use crate::World;

/// Ends the process with a message if it is not dropped in time. A test that hangs cannot be ended otherwise: its threads wait for ever.
#[derive(Debug)]
pub struct Watchdog {
    name: String,
    id: u64,
}

/// Who must be dropped until when.
static WATCHED: Mutex<Vec<(u64, Instant, String)>> = Mutex::new(Vec::new());
static CHANGED: Condvar = Condvar::new();

/// Longer than any test takes on the slowest machine that is worth waiting for. `SELVEDGE_PATIENCE` (seconds) replaces it.
const PATIENCE: u64 = 120;

fn patience() -> Duration {
    let seconds = std::env::var("SELVEDGE_PATIENCE")
        .ok()
        .and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(PATIENCE))
}

impl Watchdog {
    /// Watches from now on, with the usual patience.
    pub fn new(name: impl Into<String>) -> Self {
        Self::with_patience(name, patience())
    }

    /// Watches from now on.
    ///
    /// # Panics
    ///
    /// If no thread can be started for it.
    pub fn with_patience(name: impl Into<String>, patience: Duration) -> Self {
        static START: Once = Once::new();
        static IDS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        START.call_once(|| {
            thread::Builder::new()
                .name("watchdog".into())
                .spawn(watch)
                .expect("a thread for the watchdog");
        });
        let name = name.into();
        let id = IDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
        watched.push((id, Instant::now() + patience, name.clone()));
        CHANGED.notify_one();
        Self { name, id }
    }

    /// What is watched.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|(id, ..)| *id != self.id);
    }
}

fn watch() {
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let now = Instant::now();
        for (_, end, name) in &*watched {
            if *end <= now {
                // Not by the test harness's print, which may be captured and lost.
                let _ = writeln!(
                    std::io::stderr(),
                    "\nwatchdog: {name} hangs; the process is ended"
                );
                std::process::abort();
            }
        }
        watched = CHANGED
            .wait_timeout(watched, Duration::from_millis(500))
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
}

thread_local!(static IS_TASK: Cell<bool> = const { Cell::new(false) });

/// From now on the panic of a task is said at once. The test harness would say it when the test has ended, which it never does if the other tasks wait for the one that panicked: then the watchdog's is the only word.
fn tell_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let harness = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_TASK.get() {
                let _ = writeln!(std::io::stderr(), "\na task of a rung {info}");
            }
            harness(info);
        }));
    });
}

/// A world whose tasks are threads.
#[derive(Debug)]
pub struct Threads<P> {
    rounds_percent: u32,
    tasks: usize,
    watchdog: Mutex<Option<(Watchdog, Instant)>>,
    port: PhantomData<fn() -> P>,
}

impl<P: Port> Threads<P> {
    /// Eight threads, full rounds.
    pub const fn new() -> Self {
        Self::with(8, 100)
    }

    /// Eight threads, and so many per cent of the rounds.
    pub const fn with_rounds(percent: u32) -> Self {
        Self::with(8, percent)
    }

    /// So many threads, at most 8, and so many per cent of the rounds; `SELVEDGE_ROUNDS` (per cent) multiplies it. Fewer of both for ports that spin.
    pub const fn with(tasks: usize, rounds_percent: u32) -> Self {
        Self {
            rounds_percent,
            tasks,
            watchdog: Mutex::new(None),
            port: PhantomData,
        }
    }
}

impl<P: Port> Default for Threads<P> {
    fn default() -> Self {
        Self::new()
    }
}

fn rounds_of_environment() -> u32 {
    std::env::var("SELVEDGE_ROUNDS")
        .ok()
        .and_then(|percent| percent.parse().ok())
        .unwrap_or(100)
}

impl<P: Port> World for Threads<P> {
    type Port = P;

    fn run(&self, tasks: &[&(dyn Fn() + Sync)]) {
        tell_panics();
        thread::scope(|scope| {
            for task in tasks {
                scope.spawn(move || {
                    IS_TASK.set(true);
                    task();
                });
            }
        });
    }

    fn tasks(&self) -> usize {
        self.tasks
    }

    fn nap(&self) {
        thread::sleep(Duration::from_millis(1));
    }

    fn yield_now(&self) {
        thread::yield_now();
    }

    fn rounds(&self, rounds: u32) -> u32 {
        let percent = u64::from(self.rounds_percent) * u64::from(rounds_of_environment());
        let rounds = u64::from(rounds) * percent / 10_000;
        u32::try_from(rounds.max(1)).unwrap_or(u32::MAX)
    }

    fn begins(&self, ladder: &'static str, rung: &'static str) {
        let name = format!("{}: {ladder}: {rung}", std::any::type_name::<P>());
        let began = Some((Watchdog::new(name), Instant::now()));
        *self.watchdog.lock().unwrap_or_else(PoisonError::into_inner) = began;
    }

    fn ends(&self, ladder: &'static str, rung: &'static str) {
        let began = self
            .watchdog
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let time = began.map_or(Duration::ZERO, |(_, start)| start.elapsed());
        println!("{ladder}: {rung}: passed ({} ms)", time.as_millis());
    }

    fn skips(&self, ladder: &'static str, rung: &'static str) {
        println!("{ladder}: {rung}: skipped, it needs more tasks");
    }
}
