//! Deadlocks that are there are found, and reported with all that one needs to know.

mod deadlock_support;
mod timer_support;

use std::sync::{Arc, Barrier};

use deadlock_support::{found_now, listen, reports_of, start, until_it_waits};
use selvedge::deadlock::{self, Certainty, Kind, Link, Report};
use selvedge::threading::{Condition, Lock, Mutex, RLock, Thread};
use timer_support::watched;

type Pair<A, B> = Arc<(A, B, Barrier)>;

fn pair<A, B>(a: A, b: B) -> Pair<A, B> {
    Arc::new((a, b, Barrier::new(2)))
}

/// The only report of these threads. Everything is in this file, and the chain is closed.
fn the_report(prefix: &str) -> Report {
    let mut reports = reports_of(prefix);
    assert_eq!(reports.len(), 1, "{reports:#?}");
    let report = reports.remove(0);
    for (n, link) in report.links.iter().enumerate() {
        let next = &report.links[(n + 1) % report.links.len()];
        let must_have = link.waiting.retakes.unwrap_or(link.waiting.object);
        assert_eq!(must_have, next.wanted.object, "{report}");
        assert_eq!(link.waiting.at.file(), file!(), "{report}");
        assert_eq!(link.wanted.at.unwrap().file(), file!(), "{report}");
        assert!(link.held.contains(&link.wanted), "{report}");
        assert!(link.thread.name.starts_with(prefix), "{report}");
    }
    report
}

fn link<'a>(report: &'a Report, name: &str) -> &'a Link {
    let mut links = report.links.iter().filter(|link| link.thread.name == name);
    links.next().expect("it is in the report")
}

#[test]
fn two_mutexes_crosswise() {
    watched(|| {
        listen();
        const OUTER: u32 = line!() + 3;
        const INNER: u32 = line!() + 4;
        fn nest(outer: &Mutex<u32>, inner: &Mutex<u32>, both: &Barrier) -> u32 {
            let outer = outer.lock();
            both.wait();
            let inner = inner.lock();
            *outer + *inner
        }
        let shared = pair(Mutex::new(1), Mutex::new(2));
        let (one, other) = (shared.clone(), shared);
        let left = start("mutexes-left", move || nest(&one.0, &one.1, &one.2));
        let right = start("mutexes-right", move || nest(&other.1, &other.0, &other.2));
        let idents = (left.thread().ident(), right.thread().ident());
        let outcomes = [left.join(), right.join()];
        let values: Vec<_> = outcomes
            .iter()
            .filter_map(|out| out.as_ref().ok())
            .collect();
        assert_eq!(values, [&3], "one went on, one panicked");

        let report = the_report("mutexes-");
        assert_eq!(report.certainty, Certainty::Probable);
        assert_eq!(report.links.len(), 2);
        assert_eq!(Some(link(&report, "mutexes-left").thread.ident), idents.0);
        assert_eq!(Some(link(&report, "mutexes-right").thread.ident), idents.1);
        for link in &report.links {
            assert_eq!(link.waiting.object.kind, Kind::Mutex);
            assert_eq!(link.waiting.at.line(), INNER);
            assert_eq!(link.wanted.at.unwrap().line(), OUTER);
            assert!(!link.waiting.timed);
        }
        let text = report.to_string();
        for part in ["mutexes-left", "mutexes-right", "2 threads"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(text.matches(&format!("{}:{INNER}:", file!())).count(), 2);
        assert_eq!(text.matches(&format!("{}:{OUTER}:", file!())).count(), 2);
        assert!(found_now("mutexes-").is_empty());
    });
}

#[test]
fn a_lock_and_an_rlock_crosswise() {
    watched(|| {
        listen();
        let shared = pair(Lock::new(), RLock::new(()));
        let (one, other) = (shared.clone(), shared);
        let left = start("mixed-left", move || {
            let _lock = one.0.acquire();
            one.2.wait();
            let _rlock = one.1.acquire();
        });
        let right = start("mixed-right", move || {
            let _rlock = other.1.acquire();
            let _again = other.1.acquire();
            other.2.wait();
            let _lock = other.0.acquire();
        });
        assert!(left.join().is_ok() != right.join().is_ok());
        let report = the_report("mixed-");
        assert_eq!(report.certainty, Certainty::Probable);
        let right = link(&report, "mixed-right");
        assert_eq!(right.waiting.object.kind, Kind::Lock);
        assert_eq!(right.wanted.object.kind, Kind::RLock);
        assert_eq!(right.wanted.level, 2);
    });
}

#[test]
fn three_reentrant_locks_in_a_circle_are_certain() {
    watched(|| {
        listen();
        let shared: Arc<([RLock; 3], Barrier)> = Arc::new((Default::default(), Barrier::new(3)));
        let threads: Vec<_> = (0..3)
            .map(|n| {
                let shared = shared.clone();
                start(&format!("three-{n}"), move || {
                    let _one = shared.0[n].acquire();
                    shared.1.wait();
                    let _next = shared.0[(n + 1) % 3].acquire();
                })
            })
            .collect();
        let outcomes: Vec<_> = threads.iter().map(Thread::join).collect();
        let panics = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert_eq!(panics, 1);
        let report = the_report("three-");
        assert_eq!(report.certainty, Certainty::Certain);
        assert_eq!(report.links.len(), 3);
    });
}

#[test]
fn a_thread_that_waits_for_itself() {
    watched(|| {
        listen();
        let mutex = start("self-mutex", || {
            let mutex = Mutex::new(());
            let _once = mutex.lock();
            let _twice = mutex.lock();
        });
        let lock = start("self-lock", || {
            let lock = Lock::new();
            let other = Lock::new();
            let _other = other.acquire();
            let _once = lock.acquire();
            let _twice = lock.acquire();
        });
        assert!(mutex.join().is_err());
        assert!(lock.join().is_err());
        for name in ["self-mutex", "self-lock"] {
            let report = the_report(name);
            assert_eq!(report.links.len(), 1);
            assert_eq!(report.certainty, Certainty::Probable);
            let text = report.to_string();
            assert!(text.contains("a thread waits for itself"), "{text}");
        }
    });
}

/// Who waits on a condition must have its lock again to come out, whether it is notified or not.
#[test]
fn a_condition_whose_lock_cannot_be_had_again() {
    watched(|| {
        listen();
        struct Shared {
            outer: RLock,
            condition: Condition,
        }
        let shared = Arc::new(Shared {
            outer: RLock::default(),
            condition: Condition::default(),
        });
        let one = shared.clone();
        let waiter = start("condition-waiter", move || {
            let _outer = one.outer.acquire();
            let mut guard = one.condition.acquire();
            let _again = one.condition.lock().acquire();
            guard.wait();
            one.condition.lock().level()
        });
        let state = until_it_waits("condition-waiter");
        assert_eq!(state.held.len(), 1, "the condition's lock is laid down");
        assert_eq!(state.waiting.unwrap().object.kind, Kind::Condition);
        let notifier = start("condition-notifier", move || {
            let guard = shared.condition.acquire();
            guard.notify_all();
            let _outer = shared.outer.acquire();
        });
        // The waiter is asleep, so the other one closes the circle, and panics.
        assert!(notifier.join().is_err());
        assert_eq!(waiter.join().unwrap(), 2);
        let report = the_report("condition-");
        assert_eq!(report.certainty, Certainty::Certain);
        assert_eq!(report.links[0].thread.name, "condition-notifier");
        assert!(report.links[1].waiting.retakes.is_some());
    });
}

/// The same again and again, so that the two meet in every possible way: each time exactly one report, and the other thread goes on.
#[test]
fn every_deadlock_is_found_once() {
    const ROUNDS: usize = 200;
    watched(|| {
        listen();
        let shared = pair(Mutex::new(()), RLock::new(()));
        let (one, other) = (shared.clone(), shared);
        let left = start("again-left", move || {
            let round = || {
                let _mutex = one.0.lock();
                one.2.wait();
                let _rlock = one.1.acquire();
            };
            (0..ROUNDS).filter(|_| panics(&one.2, round)).count()
        });
        let right = start("again-right", move || {
            let round = || {
                let _rlock = other.1.acquire();
                other.2.wait();
                let _mutex = other.0.lock();
            };
            (0..ROUNDS).filter(|_| panics(&other.2, round)).count()
        });
        let panics = left.join().unwrap() + right.join().unwrap();
        assert_eq!(panics, ROUNDS);
        assert_eq!(reports_of("again-").len(), ROUNDS);
    });

    fn panics(both: &Barrier, round: impl Fn()) -> bool {
        let outcome = selvedge::threading::catch_panic(round);
        both.wait();
        outcome.is_err()
    }
}

#[test]
fn the_picture_can_be_read_and_drawn() {
    watched(|| {
        listen();
        let mutex: &'static Mutex<()> = Box::leak(Box::new(Mutex::new(())));
        let guard = mutex.lock();
        let waiter = start("picture \"waiter\"", || {
            let _guard = mutex.lock_timeout(std::time::Duration::from_secs(3600));
        });
        let state = until_it_waits("picture \"waiter\"");
        assert!(state.held.is_empty() && !state.over);
        let waiting = state.waiting.unwrap();
        assert!(waiting.timed);
        let snapshot = deadlock::snapshot();
        let me = selvedge::threading::get_ident();
        let mine = snapshot
            .threads
            .iter()
            .find(|state| state.thread.ident == me);
        let held = mine.expect("this thread has a lock").held[0];
        assert_eq!(held.object, waiting.object);

        let text = snapshot.to_string();
        assert!(text.contains(&format!("has Mutex {:#x}", held.object.address)));
        assert!(text.contains("with a time limit"), "{text}");
        let dot = snapshot.dot().to_string();
        assert!(dot.starts_with("digraph"), "{dot}");
        assert!(dot.contains("picture \\\"waiter\\\""), "{dot}");
        assert!(dot.contains("style=dashed"), "{dot}");
        drop(guard);
        waiter.join().unwrap();
    });
}
