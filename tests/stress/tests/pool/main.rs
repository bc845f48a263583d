//! Pools under random cancels, panics, nested submits, waits and shutdowns: every future ends in exactly one state, everything that was allocated is dropped, and no thread remains.
//!
//! A plan of numbers decides what each task does; what is counted must add up whatever the order was.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use selvedge::concurrent::futures::{
    Future, Shutdown, SubmitErrorKind, TaskError, ThreadPoolExecutor,
};
use selvedge::threading;

fn watched(test: impl FnOnce() + Send + 'static) {
    let (send, receive) = mpsc::channel();
    let runner = thread::spawn(move || {
        test();
        let _ = send.send(());
    });
    match receive.recv_timeout(Duration::from_secs(300)) {
        Err(RecvTimeoutError::Timeout) => {
            // Not by the test harness's print, which is captured, and lost.
            let _ = writeln!(std::io::stderr(), "\nwatchdog: a test of the pool hangs");
            std::process::abort();
        }
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {
            if let Err(panic) = runner.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// Numbers that look random, the same in each run.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % sides
    }

    /// Others, for somebody else.
    fn child(&mut self) -> Self {
        let seed = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.roll(2);
        Self(seed | 1)
    }
}

/// What is counted in one run.
#[derive(Default)]
struct Books {
    /// Values and arguments that live.
    alive: AtomicI64,
    /// Futures that were handed out, and how they ended.
    submitted: AtomicU64,
    values: AtomicU64,
    panics: AtomicU64,
    cancelled: AtomicU64,
    /// Futures that were let go of without a look.
    dropped: AtomicU64,
    refused: AtomicU64,
    /// Closures that were called, and callbacks.
    ran: AtomicU64,
    called: AtomicU64,
    callbacks: AtomicU64,
}

impl Books {
    fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Something that must be dropped.
struct Counted(Arc<Books>);

impl Counted {
    fn new(books: &Arc<Books>) -> Self {
        books.alive.fetch_add(1, Ordering::Relaxed);
        Self(books.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

fn submit(
    pool: &Arc<ThreadPoolExecutor>,
    books: &Arc<Books>,
    mut dice: Dice,
    depth: u64,
) -> Option<Future<Counted>> {
    let argument = Counted::new(books);
    let (inner, own) = (pool.clone(), books.clone());
    let priority = if dice.roll(8) == 0 {
        i32::try_from(dice.roll(5)).unwrap() - 2
    } else {
        0
    };
    let bare = dice.roll(4) == 0;
    let work = move |argument: Counted| {
        Books::add(&own.ran);
        task(inner, &own, argument, dice, depth)
    };
    let submitted = if bare {
        pool.try_submit(work, argument)
    } else {
        pool.with_priority(priority).submit(work, argument)
    };
    match submitted {
        Ok(future) => {
            Books::add(&books.submitted);
            Some(future)
        }
        Err(error) => {
            assert!(matches!(
                error.kind(),
                SubmitErrorKind::Shutdown | SubmitErrorKind::Full
            ));
            Books::add(&books.refused);
            None
        }
    }
}

/// What a task does.
fn task(
    pool: Arc<ThreadPoolExecutor>,
    books: &Arc<Books>,
    argument: Counted,
    mut dice: Dice,
    depth: u64,
) -> Counted {
    for _ in 0..dice.roll(depth + 1) {
        if let Some(future) = submit(&pool, books, dice.child(), depth - 1) {
            settle(future, books, &mut dice);
        }
    }
    match dice.roll(40) {
        0 => std::panic::panic_any("by plan"),
        1 => pool.shutdown(Shutdown::new().cancel_futures(dice.roll(2) == 0)),
        2..6 => thread::yield_now(),
        6 => thread::sleep(Duration::from_micros(dice.roll(200))),
        _ => {}
    }
    argument
}

/// What somebody does with a future.
fn settle(future: Future<Counted>, books: &Arc<Books>, dice: &mut Dice) {
    if dice.roll(4) == 0 {
        Books::add(&books.callbacks);
        let own = books.clone();
        let guard = Counted::new(books);
        future.shared().add_done_callback(move |_| {
            Books::add(&own.called);
            drop(guard);
        });
        return Books::add(&books.dropped);
    }
    match dice.roll(4) {
        0 => {
            let cancelled = future.cancel();
            assert!(!cancelled || future.cancelled());
        }
        1 => return Books::add(&books.dropped),
        _ => {}
    }
    let ended = match future.result() {
        Ok(value) => {
            drop(value);
            &books.values
        }
        Err(TaskError::Panicked(panic)) => {
            assert_eq!(panic.message(), "by plan");
            &books.panics
        }
        Err(TaskError::Cancelled) => &books.cancelled,
        Err(other) => panic!("{other}"),
    };
    Books::add(ended);
}

fn run(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) | 1);
    let books = Arc::new(Books::default());
    let prefix = format!("stressed-{seed}");
    let mut builder = ThreadPoolExecutor::builder()
        .max_workers(1 + usize::try_from(dice.roll(4)).unwrap())
        .spare_workers(usize::try_from(dice.roll(3)).unwrap())
        .thread_name_prefix(&prefix);
    if dice.roll(3) == 0 {
        builder = builder.capacity(1 + usize::try_from(dice.roll(4)).unwrap());
    }
    if dice.roll(3) == 0 {
        builder = builder.keep_alive(Duration::from_micros(dice.roll(300)));
    }
    if dice.roll(2) == 0 {
        builder = builder.lifo();
    }
    let pool = Arc::new(builder.build().unwrap());
    thread::scope(|scope| {
        for _ in 0..1 + dice.roll(3) {
            let mut dice = dice.child();
            let (pool, books) = (&pool, &books);
            scope.spawn(move || {
                for _ in 0..30 {
                    if let Some(future) = submit(pool, books, dice.child(), 3) {
                        settle(future, books, &mut dice);
                    }
                }
                if dice.roll(4) == 0 {
                    pool.shutdown(Shutdown::new().wait(dice.roll(2) == 0));
                }
            });
        }
    });
    pool.shutdown(Shutdown::new().cancel_futures(dice.roll(2) == 0));
    let stats = pool.stats();
    assert_eq!(
        (stats.workers, stats.queued, stats.running),
        (0, 0, 0),
        "seed {seed}"
    );
    drop(pool);
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    // Tasks hold the pool, so the last handle may go in a worker's hands; by now all are gone.
    let ended = of(&books.values) + of(&books.panics) + of(&books.cancelled) + of(&books.dropped);
    assert_eq!(ended, of(&books.submitted), "seed {seed}");
    assert!(of(&books.ran) <= of(&books.submitted));
    assert!(of(&books.ran) >= of(&books.values) + of(&books.panics));
    assert_eq!(of(&books.called), of(&books.callbacks), "seed {seed}");
    assert_eq!(books.alive.load(Ordering::Relaxed), 0, "seed {seed}");
    assert!(
        threading::enumerate()
            .iter()
            .all(|thread| !thread.name().starts_with(&format!("{prefix}_"))),
        "seed {seed}"
    );
    assert_ne!(of(&books.submitted), 0);
}

/// How many runs; more by `SELVEDGE_STRESS`.
fn runs() -> u64 {
    let more = std::env::var("SELVEDGE_STRESS").ok();
    more.and_then(|text| text.parse().ok()).unwrap_or(150)
}

#[test]
fn everything_adds_up() {
    watched(|| {
        for seed in 1..=runs() {
            run(seed);
        }
    });
}

/// Shut down at every moment of a burst, from several sides at once: what was taken is run.
#[test]
fn shutdowns_meet_submits() {
    watched(|| {
        for round in 0..runs() * 2 {
            let pool =
                Arc::new(ThreadPoolExecutor::new(1 + usize::try_from(round % 3).unwrap()).unwrap());
            let count = Arc::new(AtomicU64::new(0));
            let taken = thread::scope(|scope| {
                let submitters: Vec<_> = (0..2)
                    .map(|_| {
                        let (pool, count) = (&pool, &count);
                        scope.spawn(move || {
                            let mut futures = Vec::new();
                            for _ in 0..200 {
                                let count = count.clone();
                                match pool.spawn(move || count.fetch_add(1, Ordering::Relaxed)) {
                                    Ok(future) => futures.push(future),
                                    Err(_) => break,
                                }
                            }
                            futures
                        })
                    })
                    .collect();
                for _ in 0..2 {
                    scope.spawn(|| {
                        for _ in 0..(round * 37) % 500 {
                            std::hint::spin_loop();
                        }
                        pool.shutdown(Shutdown::new());
                    });
                }
                let futures = submitters
                    .into_iter()
                    .flat_map(|submitter| submitter.join().unwrap());
                futures.collect::<Vec<_>>()
            });
            let mut ran = 0;
            for future in taken {
                match future.result() {
                    Ok(_) => ran += 1,
                    Err(TaskError::Cancelled) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            assert_eq!(count.load(Ordering::Relaxed), ran);
            assert_eq!(pool.stats().workers, 0);
        }
    });
}
