//! [`Semaphore`] and [`BoundedSemaphore`], scenario by scenario (rows T-81 to T-87).
//!
//! The scenarios are those of CPython 3.10's `lock_tests.BaseSemaphoreTests`, `SemaphoreTests` and `BoundedSemaphoreTests`, and of `test_threading`. Without a
//! counterpart: negative values and a limit for a form that does not block (they cannot be written).

#[path = "lock_support/any_semaphore.rs"]
mod any_semaphore;
mod lock_support;

use std::sync::Arc;

use any_semaphore::any_semaphore_tests;
use lock_support::{Bunch, watch};
use selvedge::threading::{BoundedSemaphore, Semaphore, TooManyReleases};

mod unbounded {
    use super::*;

    any_semaphore_tests!(Semaphore);

    /// `test_release_unacquired`: permits come from anywhere (row T-83).
    #[test]
    fn release_unacquired() {
        let _watchdog = watch();
        let semaphore = Semaphore::new(1);
        semaphore.release(1);
        semaphore.acquire().keep();
        semaphore.acquire().keep();
        semaphore.release(1);
        assert_eq!(semaphore.value(), 1);
    }

    /// Python refuses to release none (row T-83); here that does nothing, so that a count may be passed on unseen.
    #[test]
    fn release_of_none() {
        let _watchdog = watch();
        let semaphore = Semaphore::new(0);
        semaphore.release(0);
        assert_eq!(semaphore.value(), 0);
    }
}

mod bounded {
    use super::*;

    any_semaphore_tests!(BoundedSemaphore);

    /// `test_release_unacquired`: not beyond the initial value (row T-86).
    #[test]
    fn release_unacquired() {
        let _watchdog = watch();
        let semaphore = BoundedSemaphore::default();
        assert_eq!(semaphore.release(1), Err(TooManyReleases));
        drop(semaphore.acquire());
        assert_eq!(semaphore.release(1), Err(TooManyReleases));
        assert_eq!(semaphore.value(), 1);
    }

    /// `test_threading.test_BoundedSemaphore_limit` (row T-86).
    #[test]
    fn limit() {
        let _watchdog = watch();
        for limit in 1..10 {
            let semaphore = Arc::new(BoundedSemaphore::new(limit));
            Bunch::run(limit as usize, {
                let semaphore = semaphore.clone();
                move |_| semaphore.acquire().keep()
            });
            assert_eq!(semaphore.value(), 0);
            Bunch::run(limit as usize, {
                let semaphore = semaphore.clone();
                move |_| assert_eq!(semaphore.release(1), Ok(()))
            });
            assert_eq!(semaphore.release(1), Err(TooManyReleases));
            assert_eq!(semaphore.value(), limit);
        }
    }

    /// None at all is legal: then every release fails (row T-86).
    #[test]
    fn of_none() {
        let _watchdog = watch();
        let semaphore = BoundedSemaphore::new(0);
        assert!(semaphore.try_acquire().is_none());
        assert_eq!(semaphore.release(1), Err(TooManyReleases));
        assert_eq!(semaphore.value(), 0);
    }
}
