//! [`Event`], scenario by scenario (rows T-88 to T-94).
//!
//! The scenarios are those of CPython 3.10's `lock_tests.EventTests`. Without a counterpart: `_at_fork_reinit` (row T-94; an event has no lock inside).

mod lock_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lock_support::{Bunch, LONG, ms, timed, watch};
use selvedge::threading::{Event, TimedOut};

/// `test_is_set` (rows T-88 to T-91).
#[test]
fn is_set() {
    let _watchdog = watch();
    let event = Event::new();
    assert!(!event.is_set());
    event.set();
    assert!(event.is_set());
    event.set();
    assert!(event.is_set());
    event.clear();
    assert!(!event.is_set());
    event.clear();
    assert!(!event.is_set());
}

fn check_notify(event: &Arc<Event>) {
    const N: usize = 5;
    let passed = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let bunch = Bunch::start(N, {
        let (event, passed) = (event.clone(), passed.clone());
        move |_| {
            for wait in &*passed {
                event.wait();
                wait.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    bunch.wait_asleep(N);
    assert_eq!(passed[0].load(Ordering::SeqCst), 0);
    event.set();
    bunch.join();
    for wait in &*passed {
        assert_eq!(wait.load(Ordering::SeqCst), N);
    }
}

/// `test_notify`: a set wakes all, and the flag stays up for the next wait; again after a clear (row T-90).
#[test]
fn notify() {
    let _watchdog = watch();
    let event = Arc::new(Event::new());
    check_notify(&event);
    event.set();
    event.clear();
    check_notify(&event);
}

/// `test_timeout` (row T-92).
#[test]
fn timeout() {
    const N: usize = 5;
    let _watchdog = watch();
    let event = Arc::new(Event::new());
    Bunch::run(N, {
        let event = event.clone();
        move |_| {
            assert_eq!(event.wait_timeout(Duration::ZERO), Err(TimedOut));
            let (outcome, time) = timed(|| event.wait_timeout(ms(300)));
            assert_eq!(outcome, Err(TimedOut));
            assert!(time >= ms(300));
        }
    });
    event.set();
    Bunch::run(N, {
        let event = event.clone();
        move |_| {
            for span in [Duration::ZERO, ms(300), LONG, Duration::MAX] {
                assert_eq!(event.wait_timeout(span), Ok(()));
            }
        }
    });
}

/// `test_set_and_clear`: whoever sleeps when the flag goes up returns, even if it goes down at once (row T-93).
#[test]
fn set_and_clear() {
    const N: usize = 5;
    let _watchdog = watch();
    for _ in 0..20 {
        let event = Arc::new(Event::new());
        let bunch = Bunch::start(N, {
            let event = event.clone();
            move |i| {
                if i % 2 == 0 {
                    assert_eq!(event.wait_timeout(LONG), Ok(()));
                } else {
                    event.wait();
                }
            }
        });
        bunch.wait_asleep(N);
        event.set();
        event.clear();
        bunch.join();
        assert!(!event.is_set());
    }
}
