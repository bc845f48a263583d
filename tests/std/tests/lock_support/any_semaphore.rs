//! What is true of both semaphores (CPython's `BaseSemaphoreTests`, rows T-81 to T-87).
#![allow(unreachable_pub, reason = "a module of a test")]

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use selvedge::threading::{BoundedSemaphore, Mutex, Semaphore};

use crate::lock_support::{Bunch, LONG, ms, timed, until};

/// A semaphore in the shape of Python's: without permits as guards.
pub trait AnySemaphore: Default + Debug + Send + Sync + 'static {
    fn new(permits: u32) -> Self;
    fn acquire(&self);
    fn try_acquire(&self) -> bool;
    fn acquire_timeout(&self, timeout: Duration) -> bool;
    fn release(&self, n: u32);
    fn value(&self) -> u32;
    /// Python's `with`.
    fn with(&self, body: impl FnOnce());
}

macro_rules! any_semaphore {
    ($semaphore:ty, |$this:ident, $n:ident| $release:expr) => {
        impl AnySemaphore for $semaphore {
            fn new(permits: u32) -> Self {
                Self::new(permits)
            }
            fn acquire(&self) {
                self.acquire().keep();
            }
            fn try_acquire(&self) -> bool {
                self.try_acquire().map(|permit| permit.keep()).is_some()
            }
            fn acquire_timeout(&self, timeout: Duration) -> bool {
                self.acquire_timeout(timeout)
                    .map(|permit| permit.keep())
                    .is_ok()
            }
            fn release(&self, $n: u32) {
                let $this = self;
                $release;
            }
            fn value(&self) -> u32 {
                self.value()
            }
            fn with(&self, body: impl FnOnce()) {
                let _permit = self.acquire();
                body();
            }
        }
    };
}

any_semaphore!(Semaphore, |this, n| this.release(n));
any_semaphore!(BoundedSemaphore, |this, n| this
    .release(n)
    .expect("within bounds"));

/// Instantiates the tests of this file for a semaphore.
macro_rules! any_semaphore_tests {
    ($semaphore:ty: $($test:ident)*) => {
        $(#[test] fn $test() {
            let _watchdog = $crate::lock_support::watch();
            $crate::any_semaphore::$test::<$semaphore>();
        })*
    };
    ($semaphore:ty) => {
        any_semaphore_tests! { $semaphore:
            acquire acquire_destroy acquire_contended multirelease try_acquire try_acquire_contended
            acquire_timeout default_value with repr
        }
    };
}
pub(crate) use any_semaphore_tests;

pub fn acquire<S: AnySemaphore>() {
    for permits in 1..3 {
        let semaphore = S::new(permits);
        for _ in 0..permits {
            semaphore.acquire();
        }
        assert_eq!(semaphore.value(), 0);
        for _ in 0..permits {
            semaphore.release(1);
        }
        assert_eq!(semaphore.value(), permits);
    }
}

pub fn acquire_destroy<S: AnySemaphore>() {
    let semaphore = S::default();
    semaphore.acquire();
    drop(semaphore);
}

/// Seven permits, ten threads that want two each, releases of seven, of six, of one (row T-87).
fn phases<S: AnySemaphore>(release: impl Fn(&S, u32)) {
    const N: usize = 10;
    let shared = Arc::new((S::new(7), Mutex::new((0_u32, Vec::new()))));
    shared.0.acquire();
    let bunch = Bunch::start(N, {
        let shared = shared.clone();
        move |_| {
            for _ in 0..2 {
                shared.0.acquire();
                let mut results = shared.1.lock();
                let phase = results.0;
                results.1.push(phase);
            }
        }
    });
    let (semaphore, results) = &*shared;
    let mut expected = vec![0; 6];
    for (phase, n) in [(0, 0), (1, 7), (2, 6)] {
        results.lock().0 = phase;
        if n > 0 {
            release(semaphore, n);
        }
        expected.extend(std::iter::repeat_n(phase, n as usize));
        until(|| results.lock().1.len() >= expected.len());
        std::thread::sleep(ms(5));
        let mut sorted = results.lock().1.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        assert_eq!(semaphore.value(), 0);
    }
    bunch.wait_asleep(1);
    assert!(!semaphore.try_acquire(), "it is all taken still");
    assert_eq!(results.lock().1.len(), 2 * N - 1);
    release(semaphore, 1);
    bunch.join();
    assert_eq!(results.lock().1.len(), 2 * N);
    assert_eq!(semaphore.value(), 0);
}

pub fn acquire_contended<S: AnySemaphore>() {
    phases(|semaphore: &S, n| (0..n).for_each(|_| semaphore.release(1)));
}

pub fn multirelease<S: AnySemaphore>() {
    phases(|semaphore: &S, n| semaphore.release(n));
}

pub fn try_acquire<S: AnySemaphore>() {
    let semaphore = S::new(2);
    assert!(semaphore.try_acquire());
    assert!(semaphore.try_acquire());
    assert!(!semaphore.try_acquire());
    semaphore.release(1);
    assert!(semaphore.try_acquire());
}

/// Five threads try twice each for three permits.
pub fn try_acquire_contended<S: AnySemaphore>() {
    let shared = Arc::new((S::new(4), Mutex::new(Vec::new())));
    shared.0.acquire();
    Bunch::run(5, {
        let shared = shared.clone();
        move |_| {
            for _ in 0..2 {
                let got = shared.0.try_acquire();
                shared.1.lock().push(got);
            }
        }
    });
    let results = shared.1.lock();
    assert_eq!(results.len(), 10);
    assert_eq!(results.iter().filter(|got| **got).count(), 3);
}

/// Row T-82.
pub fn acquire_timeout<S: AnySemaphore>() {
    let semaphore = S::new(2);
    assert!(semaphore.acquire_timeout(LONG));
    assert!(semaphore.acquire_timeout(Duration::MAX));
    assert!(!semaphore.acquire_timeout(ms(5)));
    semaphore.release(1);
    assert!(semaphore.acquire_timeout(Duration::ZERO));
    assert!(!semaphore.acquire_timeout(Duration::ZERO));
    let (got, time) = timed(|| semaphore.acquire_timeout(ms(300)));
    assert!(!got);
    assert!(time >= ms(300));
}

/// One permit (row T-81).
pub fn default_value<S: AnySemaphore>() {
    let semaphore = Arc::new(S::default());
    semaphore.acquire();
    let bunch = Bunch::start(1, {
        let semaphore = semaphore.clone();
        move |_| {
            semaphore.acquire();
            semaphore.release(1);
        }
    });
    bunch.wait_asleep(1);
    assert_eq!(bunch.finished(), 0);
    semaphore.release(1);
    bunch.join();
}

/// Nested, and through a panic (row T-84).
pub fn with<S: AnySemaphore>() {
    let semaphore = Arc::new(S::new(2));
    let nested = |semaphore: &S, panics: bool| {
        semaphore.with(|| {
            assert!(semaphore.try_acquire());
            semaphore.release(1);
            semaphore.with(|| {
                assert!(!semaphore.try_acquire());
                if panics {
                    std::panic::resume_unwind(Box::new("expected"));
                }
            });
        });
    };
    nested(&semaphore, false);
    assert_eq!(semaphore.value(), 2);
    let panicking = std::thread::spawn({
        let semaphore = semaphore.clone();
        move || nested(&semaphore, true)
    });
    assert!(panicking.join().is_err());
    assert_eq!(semaphore.value(), 2);
}

pub fn repr<S: AnySemaphore>() {
    let semaphore = S::new(3);
    semaphore.acquire();
    assert!(format!("{semaphore:?}").contains("value: 2"));
}
