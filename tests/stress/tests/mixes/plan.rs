//! Plans: made, run until the time is up, and shown when they fail.

use std::fmt::Debug;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use selvedge_conformance::host::{Threads, Watchdog};
use selvedge_conformance::probe::Probe;
use selvedge_core::port::Port;

const TESTS: u32 = 6;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn budget() -> Duration {
    Duration::from_secs(variable("SELVEDGE_STRESS_SECONDS").unwrap_or(20)) / TESTS
}

fn seed() -> u64 {
    variable("SELVEDGE_STRESS_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(1, |now| now.as_micros() as u64)
    })
}

/// Runs plans on one port and the other in turn, until the time is up.
pub(crate) fn run<S: Strategy<Value: Debug>>(
    name: &str,
    plans: S,
    one: fn(&S::Value),
    other: fn(&S::Value),
) {
    let seed = seed();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let end = Instant::now() + budget();
    let mut count = 0_u32;
    while count < 2 || Instant::now() < end {
        let plan = plans.new_tree(&mut runner).expect("a plan").current();
        let story = format!("{name}, plan {count} of seed {seed}: {plan:?}");
        let watchdog = Watchdog::new(story);
        let port = if count.is_multiple_of(2) { one } else { other };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| port(&plan))) {
            eprintln!("failed: {}", watchdog.name());
            resume_unwind(panic);
        }
        count += 1;
    }
    println!("{name}: {count} plans");
}

/// Runs one thread for each list of steps.
pub(crate) fn on_threads<T: Sync>(steps: &[Vec<T>], work: impl Fn(usize, &T) + Sync) {
    thread::scope(|scope| {
        for (i, steps) in steps.iter().enumerate() {
            let work = &work;
            scope.spawn(move || steps.iter().for_each(|step| work(i, step)));
        }
    });
}

/// Drives a future.
pub(crate) fn block_on<P: Port, F: Future>(future: F) -> F::Output {
    selvedge_conformance::tools::block_on(&Threads::<P>::new(), future)
}

/// Polls a future some times, and drops it; or gives its outcome, if it is ready before.
pub(crate) fn give_up<F: Future>(future: F, polls: u8) -> Option<F::Output> {
    let probe = Probe::new();
    let mut future = pin!(Some(future));
    for _ in 0..polls {
        if let std::task::Poll::Ready(output) = probe.poll(&mut future) {
            return Some(output);
        }
        thread::yield_now();
    }
    None
}

/// Does something for about so long.
pub(crate) fn dawdle(turns: u8) {
    match turns {
        0..240 => (0..u32::from(turns)).for_each(|_| std::hint::spin_loop()),
        240..250 => thread::yield_now(),
        _ => thread::sleep(Duration::from_micros(200)),
    }
}

pub(crate) fn micros(n: u8) -> Duration {
    Duration::from_micros(u64::from(n))
}
