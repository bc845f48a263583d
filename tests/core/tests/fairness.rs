//! Who is next: what is promised about it, and no more.

mod support;

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use selvedge::port::{Native, Parking};
use selvedge_conformance::host::Watchdog;
use selvedge_conformance::probe::Probe;
use selvedge_core::port::Port;
use selvedge_core::{Lock, Mutex};
use support::host_spin::HostSpin;
use support::live_tasks::LiveTasks;

/// Two threads that release fairly hand the lock to each other.
fn takes_turns<P: Port>() {
    const ROUNDS: u32 = 500;
    let lock = Lock::<P>::new();
    let (last, handed_over) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for me in 0..2_usize {
            let (lock, last, handed_over) = (&lock, &last, &handed_over);
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    let guard = lock.acquire();
                    if last.swap(me as u32, Ordering::SeqCst) != me as u32 {
                        handed_over.fetch_add(1, Ordering::SeqCst);
                    }
                    thread::yield_now();
                    guard.release_fair();
                }
            });
        }
    });
    assert!(!lock.locked());
    assert!(handed_over.load(Ordering::SeqCst) > 0);
}

/// A fair release passes by those that come: only one that waits can have it.
fn passes_by<P: Port>() {
    let mutex = Mutex::<P, u32>::new(0);
    for round in 0..50 {
        let probe = Probe::new();
        let guard = mutex.lock();
        let mut waiter = pin!(Some(mutex.lock_async()));
        assert!(probe.poll(&mut waiter).is_pending());
        guard.unlock_fair();
        assert!(probe.woken());
        for _ in 0..10 {
            assert!(mutex.try_lock().is_none(), "it is on its way to the waiter");
        }
        let std::task::Poll::Ready(mut n) = probe.poll(&mut waiter) else {
            panic!("it was kept for this one");
        };
        assert_eq!(*n, round);
        *n += 1;
        drop(n);
        assert_eq!(mutex.try_lock().map(|n| *n), Some(round + 1));
    }
}

/// One that takes the lock again and again does not keep a waiter out for ever.
fn nobody_starves<P: Port>() {
    let lock = Lock::<P>::new();
    let passed = AtomicU32::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while passed.load(Ordering::SeqCst) < 20 {
                let guard = lock.acquire();
                std::hint::spin_loop();
                drop(guard);
            }
        });
        scope.spawn(|| {
            for _ in 0..20 {
                drop(lock.acquire());
                passed.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    assert_eq!(passed.load(Ordering::SeqCst), 20);
}

macro_rules! on_ports {
    ($($port:ident => $name:ident),*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn takes_turns() {
                let _watchdog = Watchdog::new("takes_turns");
                super::takes_turns::<$port>();
            }

            #[test]
            fn passes_by() {
                let _watchdog = Watchdog::new("passes_by");
                super::passes_by::<$port>();
            }

            #[test]
            fn nobody_starves() {
                let _watchdog = Watchdog::new("nobody_starves");
                super::nobody_starves::<$port>();
            }
        }
    )*};
}

on_ports! { Native => native, Parking => parking, LiveTasks => live_tasks, HostSpin => host_spin }
