//! Running one model through all interleavings, or its weakened twin.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::World;
use selvedge_core::atomics::{Half, look_closely, weaken, without};

/// The environment variable that names an edge to weaken: `name`, `name/acquire`, `name/release`, or `name@file:line` for one access.
pub const WEAKEN: &str = "SELVEDGE_WEAKEN";

/// How many times a running thread may be interrupted in one run. Loom counts switches away from a thread that could go on; those of a thread
/// that blocks are free.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    preemptions: Option<usize>,
    closely: bool,
    without: Option<&'static str>,
}

impl Bound {
    /// As often as possible: everything that loom can find.
    pub const NONE: Self = Self {
        preemptions: None,
        closely: true,
        without: None,
    };

    /// `words` times where threads sleep on words, `table` times where all goes through the table of waiters.
    pub const fn preemptions<P: World>(words: usize, table: usize) -> Self {
        Self {
            preemptions: Some(if P::PARKS { table } else { words }),
            ..Self::NONE
        }
    }

    /// With loads interleaved less thoroughly than changes (`selvedge_core::atomics::look_closely` says what that leaves out), for models that would take
    /// too long otherwise.
    pub const fn roughly(self) -> Self {
        Self {
            closely: false,
            ..self
        }
    }

    /// Without an edge that the model does not need, for models in which nobody waits: loom's fences in place of sequentially consistent accesses would stand in for weaker edges.
    pub const fn without(self, edge: &'static str) -> Self {
        Self {
            without: Some(edge),
            ..self
        }
    }
}

/// A thread of a model, with what it shares.
pub fn spawn<S: 'static, T: 'static>(
    shared: &Arc<S>,
    run: impl FnOnce(&S) -> T + 'static,
) -> loom::thread::JoinHandle<T> {
    let shared = shared.clone();
    loom::thread::spawn(move || run(&shared))
}

/// Runs `model` through all interleavings within `bound`.
///
/// # Panics
///
/// With loom's report of the first run that fails.
pub fn explore(bound: Bound, model: impl Fn() + Send + Sync + 'static) {
    weaken_as_asked();
    without(bound.without);
    look_closely(bound.closely);
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    // `LOOM_MAX_PREEMPTIONS` wins.
    builder.preemption_bound = builder.preemption_bound.or(bound.preemptions);
    let runs = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let counted = {
        let runs = runs.clone();
        move || {
            runs.fetch_add(1, Ordering::Relaxed);
            model();
        }
    };
    builder.check(counted);
    let runs = runs.load(Ordering::Relaxed);
    let thread = std::thread::current();
    println!(
        "{}: {runs} runs in {:.1?}",
        thread.name().unwrap_or("model"),
        start.elapsed()
    );
    assert!(runs > 1, "nothing was interleaved");
}

/// Weakens what [`WEAKEN`] names, so that a twin is the same test in another environment.
fn weaken_as_asked() {
    let Ok(asked) = std::env::var(WEAKEN) else {
        return weaken(None);
    };
    let asked: &'static str = asked.leak();
    let (name, half) = match asked.split_once(['/', '@']) {
        None => (asked, Half::Whole),
        Some((name, "acquire")) => (name, Half::Acquire),
        Some((name, "release")) => (name, Half::Release),
        Some((name, place)) => {
            let (file, line) = place.split_once(':').expect("name@file:line");
            let line = line.parse().expect("name@file:line");
            (name, Half::At(file, line))
        }
    };
    weaken(Some((name, half)));
}
