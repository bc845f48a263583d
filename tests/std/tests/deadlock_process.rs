//! What the detector does to a process: it prints, it aborts, it survives a `fork`.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "calls fork")]

mod deadlock_support;
mod timer_support;

use std::os::unix::process::ExitStatusExt;
use std::process::Output;
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use deadlock_support::until;
use selvedge::deadlock::{self, Action, Certainty, Kind};
use selvedge::threading::{Lock, Mutex};
use timer_support::alone;

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Two threads of the system that wait for each other until the process ends.
fn deadlock() {
    let shared = Arc::new((Mutex::new(()), Mutex::new(()), Barrier::new(2)));
    let other = shared.clone();
    named("foreign-left", move || {
        let _first = shared.0.lock();
        shared.2.wait();
        let _second = shared.1.lock();
    });
    named("foreign-right", move || {
        let _second = other.1.lock();
        other.2.wait();
        let _first = other.0.lock();
    });
}

fn named(name: &str, target: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn(target).unwrap()
}

#[test]
fn by_default_it_is_printed() {
    let output = alone("by_default_it_is_printed", || {
        static LOCK: Lock = Lock::new();
        static MUTEX: Mutex<()> = Mutex::new(());
        let left = named("foreign-left", || {
            let _lock = LOCK.acquire();
            while !MUTEX.is_locked() {
                thread::yield_now();
            }
            let _mutex = MUTEX.lock();
        });
        let right = named("foreign-right", || {
            let _mutex = MUTEX.lock();
            until("foreign-left", |state| {
                state
                    .waiting
                    .is_some_and(|waiting| waiting.object.kind == Kind::Mutex)
            });
            let _lock = LOCK.acquire();
        });
        let found = loop {
            if let [found] = &deadlock::check_now()[..] {
                break found.clone();
            }
        };
        assert_eq!(found.certainty, Certainty::Probable);
        assert_eq!(deadlock::check_now(), [found], "it lasts");
        // A lock can be released by anybody, and so the threads go on after they have printed.
        LOCK.release().unwrap();
        right.join().unwrap();
        left.join().unwrap();
        assert_eq!(deadlock::check_now(), []);
    });
    if let Some(output) = output {
        let text = stderr(&output);
        assert!(output.status.success(), "{text}");
        for part in [
            "probable deadlock",
            "foreign-left",
            "foreign-right",
            file!(),
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}

#[test]
fn it_can_abort() {
    let output = alone("it_can_abort", || {
        deadlock::on_deadlock(|report| {
            deadlock::print(report);
            Action::Abort
        });
        deadlock();
        thread::sleep(Duration::from_secs(100));
    });
    if let Some(output) = output {
        let text = stderr(&output);
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{text}");
        assert!(text.contains("2 threads wait for each other"), "{text}");
    }
}

/// Whatever the threads of the parent were doing in the detector, the child can use locks and look at the picture.
#[test]
fn a_forked_child_is_watched() {
    let output = alone("a_forked_child_is_watched", || {
        let mutexes: &'static [Mutex<u64>; 2] = Box::leak(Box::default());
        for n in 0..3 {
            named(&format!("busy-{n}"), || {
                loop {
                    let mut outer = mutexes[0].lock();
                    *mutexes[1].lock() += 1;
                    *outer += 1;
                }
            });
        }
        let own = Mutex::new(());
        for _ in 0..30 {
            let guard = own.lock();
            // SAFETY: the child uses its own locks and the detector, and leaves by `_exit`.
            let child = unsafe { libc::fork() };
            if child == 0 {
                let threads = deadlock::snapshot().threads;
                let held: usize = threads.iter().map(|state| state.held.len()).sum();
                drop(guard);
                let nested = (Mutex::new(()), Mutex::new(()));
                let _nested = (nested.0.lock(), nested.1.lock());
                let good = threads.len() == 1 && held == 1 && deadlock::check_now().is_empty();
                // SAFETY: ends the child, and nothing else.
                unsafe { libc::_exit(i32::from(!good)) };
            }
            let mut status = -1;
            // SAFETY: waits for the child above.
            assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
            assert_eq!(status, 0);
        }
        println!("all children were well");
    });
    if let Some(output) = output {
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
        assert!(output.status.success(), "{text}");
        assert!(text.contains("all children were well"), "{text}");
    }
}
