//! [`Barrier`], scenario by scenario (rows T-99 to T-108).
//!
//! The scenarios are those of CPython 3.10's `lock_tests.BarrierTests`. `test_default_timeout` is `timeout` here: the limit is the caller's to pass, not the constructor's.

mod lock_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use lock_support::{Bunch, LONG, ms, until, watch};
use selvedge::threading::{Barrier, BarrierError, Broken};

const N: u32 = 5;

/// Runs five threads, as Python's tests do.
fn run(work: impl Fn() + Send + Sync + 'static) {
    Bunch::run(N as usize, move |_| work());
}

fn count() -> Arc<AtomicU32> {
    Arc::default()
}

fn barrier() -> Arc<Barrier> {
    Arc::new(Barrier::new(N))
}

fn passes(n: u32) {
    let (barrier, before, after) = (barrier(), count(), count());
    assert_eq!(barrier.parties(), N);
    run(move || {
        for i in 0..n {
            before.fetch_add(1, SeqCst);
            assert_eq!(after.load(SeqCst), i * N);
            assert!(barrier.wait().is_ok());
            after.fetch_add(1, SeqCst);
            assert_eq!(before.load(SeqCst), (i + 1) * N);
            assert!(barrier.wait().is_ok());
        }
        assert_eq!(barrier.n_waiting(), 0);
        assert!(!barrier.is_broken());
    });
}

/// `test_barrier` (row T-100).
#[test]
fn lockstep() {
    let _watchdog = watch();
    passes(1);
}

/// `test_barrier_10` (row T-108).
#[test]
fn lockstep_10() {
    let _watchdog = watch();
    passes(10);
}

/// `test_wait_return`: the numbers are 0 to 4 (row T-100).
#[test]
fn wait_return() {
    let _watchdog = watch();
    let (barrier, bits) = (barrier(), count());
    run({
        let bits = bits.clone();
        move || {
            bits.fetch_add(1 << barrier.wait().unwrap(), SeqCst);
        }
    });
    assert_eq!(bits.load(SeqCst), (1 << N) - 1);
}

/// `test_action`: once, before anybody goes (row T-101).
#[test]
fn action() {
    let _watchdog = watch();
    let runs = count();
    let barrier = Arc::new(Barrier::with_action(N, {
        let runs = runs.clone();
        move || {
            runs.fetch_add(1, SeqCst);
        }
    }));
    run(move || {
        assert!(barrier.wait().is_ok());
        assert_eq!(runs.load(SeqCst), 1);
    });
}

/// An action that panics: its party gets the panic, the others `Broken` (row T-102).
#[test]
fn action_panics() {
    let _watchdog = watch();
    let barrier = Arc::new(Barrier::with_action(N, || {
        std::panic::resume_unwind(Box::new("expected"))
    }));
    let parties = (0..N).map(|_| {
        let barrier = barrier.clone();
        std::thread::spawn(move || barrier.wait())
    });
    let parties: Vec<_> = parties.collect();
    let outcomes = parties.into_iter().map(std::thread::JoinHandle::join);
    let (mut panics, mut broken) = (0, 0);
    for outcome in outcomes {
        match outcome {
            Err(panic) => {
                assert_eq!(panic.downcast_ref::<&str>(), Some(&"expected"));
                panics += 1;
            }
            Ok(outcome) => {
                assert_eq!(outcome, Err(Broken));
                broken += 1;
            }
        }
    }
    assert_eq!((panics, broken), (1, N - 1));
    assert!(barrier.is_broken());
}

/// An action may abort or reset its own barrier; that cycle ends broken.
#[test]
fn action_breaks_its_own_barrier() {
    static ABORTS: Barrier<fn()> = Barrier::with_action(2, || ABORTS.abort());
    static RESETS: Barrier<fn()> = Barrier::with_action(2, || RESETS.reset());
    let _watchdog = watch();
    for (barrier, stays_broken) in [(&ABORTS, true), (&RESETS, false)] {
        Bunch::run(2, move |_| assert_eq!(barrier.wait(), Err(Broken)));
        assert_eq!(barrier.is_broken(), stays_broken);
        assert_eq!(barrier.n_waiting(), 0);
    }
}

/// `test_abort`: the one in the middle gives up, and all the others learn of it (row T-105).
#[test]
fn abort() {
    let _watchdog = watch();
    let (barrier, passed, broken) = (barrier(), count(), count());
    run({
        let (barrier, passed, broken) = (barrier.clone(), passed.clone(), broken.clone());
        move || {
            if barrier.wait() == Ok(N / 2) {
                barrier.abort();
            } else if barrier.wait().is_ok() {
                passed.fetch_add(1, SeqCst);
            } else {
                broken.fetch_add(1, SeqCst);
            }
        }
    });
    assert_eq!((passed.load(SeqCst), broken.load(SeqCst)), (0, N - 1));
    assert!(barrier.is_broken());
}

/// `test_reset`: frees those that wait, and then all meet again (row T-104).
#[test]
fn reset() {
    let _watchdog = watch();
    let (barrier, broken, met) = (barrier(), count(), count());
    run({
        let (barrier, broken, met) = (barrier.clone(), broken.clone(), met.clone());
        move || {
            if barrier.wait() == Ok(N / 2) {
                until(|| barrier.n_waiting() == N - 1);
                barrier.reset();
            } else {
                assert_eq!(barrier.wait(), Err(Broken));
                broken.fetch_add(1, SeqCst);
            }
            assert!(barrier.wait().is_ok());
            met.fetch_add(1, SeqCst);
        }
    });
    assert_eq!((broken.load(SeqCst), met.load(SeqCst)), (N - 1, N));
}

/// `test_abort_and_reset`: broken, and whole again.
#[test]
fn abort_and_reset() {
    let _watchdog = watch();
    let (one, other, broken, met) = (barrier(), barrier(), count(), count());
    run({
        let (broken, met) = (broken.clone(), met.clone());
        move || {
            if one.wait() == Ok(N / 2) {
                one.abort();
            } else {
                assert_eq!(one.wait(), Err(Broken));
                broken.fetch_add(1, SeqCst);
            }
            // All have left it when it is reset, and nobody comes before that.
            if other.wait() == Ok(N / 2) {
                one.reset();
            }
            assert!(other.wait().is_ok());
            assert!(one.wait().is_ok());
            met.fetch_add(1, SeqCst);
        }
    });
    assert_eq!((broken.load(SeqCst), met.load(SeqCst)), (N - 1, N));
}

/// `test_timeout`, `test_default_timeout`: one is late, and all learn of it, too (row T-103).
#[test]
fn timeout() {
    let _watchdog = watch();
    let (barrier, ran_out, broken) = (barrier(), count(), count());
    run({
        let (barrier, ran_out, broken) = (barrier.clone(), ran_out.clone(), broken.clone());
        move || {
            if barrier.wait() == Ok(N / 2) {
                until(|| barrier.is_broken());
            }
            match barrier.wait_timeout(ms(200)) {
                Err(BarrierError::TimedOut) => ran_out.fetch_add(1, SeqCst),
                Err(BarrierError::Broken) => broken.fetch_add(1, SeqCst),
                Ok(_) => panic!("one was late"),
            };
        }
    });
    assert!(ran_out.load(SeqCst) >= 1);
    assert_eq!(ran_out.load(SeqCst) + broken.load(SeqCst), N);
    assert!(barrier.is_broken());
    assert_eq!(barrier.n_waiting(), 0);
}

/// `test_single_thread` (row T-108).
#[test]
fn single_thread() {
    let _watchdog = watch();
    let barrier: Barrier = Barrier::new(1);
    assert_eq!(barrier.wait(), Ok(0));
    assert_eq!(barrier.wait(), Ok(0));
    assert_eq!(barrier.wait_timeout(LONG), Ok(0));
}

/// Python's constructor accepts none, and the barrier is of no use (row T-99); here it panics.
#[test]
#[should_panic(expected = "a barrier needs at least one party")]
fn of_none() {
    let _: Barrier = Barrier::new(0);
}
