//! A fork of a process that has threads and uses all of this.
//!
//! # Safety
//!
//! Calls `fork` in a process with threads and then more than a signal handler may: that is what is tested. glibc keeps its allocator usable in the child.
#![allow(unsafe_code, reason = "tests what happens after a fork")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{Address, Client, Connection, Listener, pipe};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::sharedctypes::Value;
use selvedge::multiprocessing::synchronize::{Barrier, Event, Lock, Semaphore};
use selvedge::multiprocessing::{JoinError, Process, StartError, active_children, spawn};

pub(crate) fn run(what: &str) {
    match what {
        "quiet" => quiet(),
        "busy" => busy(),
        _ => panic!("no fork {what}"),
    }
}

fn square(n: u64) -> u64 {
    n * n
}

/// Calls `child` in a fork, and waits for its good end.
fn fork(child: impl FnOnce()) {
    // SAFETY: see above.
    match unsafe { libc::fork() } {
        0 => {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child));
            let code = i32::from(outcome.is_err());
            // SAFETY: ends the process.
            unsafe { libc::_exit(code) }
        }
        pid => {
            assert!(pid > 0);
            let mut status = 0;
            // SAFETY: our child, and a place for its status.
            assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
            assert_eq!(status, 0, "the fork failed");
        }
    }
}

/// Everything is there and nothing is going on: the fork has what belongs to all processes, and not what belongs to its parent.
fn quiet() {
    let lock = Lock::new().expect("there is room");
    let seats = Semaphore::new(2).expect("there is room");
    let event = Event::new().expect("there is room");
    let barrier = Barrier::new(2).expect("there is room");
    let value = Value::new(1_u64).expect("there is room");
    let (here, there) = pipe().expect("there is room");
    let name = format!("forked-{}", std::process::id());
    let memory = SharedMemory::create_named(&name, 8).expect("there is room");
    let mut memory = Some(memory);
    let listener = Listener::builder().bind_anywhere().expect("there is room");
    let Address::Unix(path) = listener.address().clone() else {
        panic!("a path");
    };
    let mut listener = Some(listener);
    let child = spawn(|()| thread::sleep(Duration::from_secs(1000)), ()).expect("there is room");
    let unstarted = Process::new(square, 3);
    // Threads that wait for this and that: the keeper, those who serve tasks, and ours.
    thread::scope(|scope| {
        scope.spawn(|| event.wait());
        scope.spawn(|| barrier.wait().expect("the fork comes"));
        while barrier.waiting() == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        let _held = seats.acquire();
        let guard = lock.acquire().expect("nobody has died");
        fork(|| {
            // What is the parent's.
            assert!(matches!(child.join(), Err(JoinError::NotTheParent)));
            assert!(!child.is_alive() && active_children().is_empty());
            assert!(matches!(unstarted.start(), Err(StartError::NotTheParent)));
            drop((listener.take(), memory.take()));
            // What is everybody's.
            assert!(lock.try_acquire().is_none(), "the parent has it");
            seats.acquire().keep();
            assert!(seats.try_acquire().is_none());
            seats.release(1).expect("it was taken");
            value.set(value.get() + 1);
            here.send("from the fork").expect("it works");
            // What is its own.
            let own = Lock::new().expect("there is room");
            std::mem::forget(own.acquire());
            let heir = spawn(|own: Lock| own.release().is_ok(), own).expect("there is room");
            assert!(heir.join().expect("it ends"));
            let (one, other) = pipe().expect("there is room");
            let echo =
                |there: Connection| there.send(&there.recv::<u8>().expect("it lives")).is_ok();
            let heir = spawn(echo, other).expect("there is room");
            one.send(&9_u8).expect("it lives");
            assert_eq!(one.recv::<u8>().expect("it lives"), 9);
            assert!(heir.join().expect("it ends"));
            event.set();
            barrier.wait().expect("the parent waits");
        });
        drop(guard);
    });
    assert_eq!(
        there.recv::<String>().expect("it was sent"),
        "from the fork"
    );
    assert_eq!((value.get(), seats.value()), (2, 2));
    drop(lock.acquire().expect("who died did not have it"));
    assert!(child.is_alive() && path.exists());
    child.kill().expect("it is ours");
    assert!(child.join().is_err());
    // The name, and the socket's file.
    assert!(SharedMemory::attach(&name).is_ok());
    Client::new().connect(path.as_path()).expect("it listens");
}

/// Forks at any time, while threads take, release, start, send and make. The fork confines itself to what needs no lock, and ends; it may have copies of locks that are held. The parent goes on.
fn busy() {
    let lock = Lock::new().expect("there is room");
    let value = Value::new(0_u64).expect("there is room");
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let counter = memory.atomic::<AtomicU64>(0).expect("it is inside");
    let (end, turns) = (AtomicBool::new(false), AtomicU64::new(0));
    let go_on = || {
        turns.fetch_add(1, Ordering::Relaxed);
        !end.load(Ordering::Relaxed)
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            while go_on() {
                drop(lock.acquire().expect("a fork that ends had not taken it"));
                value.set(value.get());
            }
        });
        scope.spawn(|| {
            while go_on() {
                let locks: Vec<_> = (0..50)
                    .map(|_| Lock::new().expect("there is room"))
                    .collect();
                drop(locks);
            }
        });
        scope.spawn(|| {
            while go_on() {
                let child = spawn(square, 5).expect("there is room");
                assert_eq!(child.join().expect("it ends"), 25);
            }
        });
        scope.spawn(|| {
            let (here, there) = pipe().expect("there is room");
            while go_on() {
                here.send("x").expect("it works");
                assert_eq!(there.recv::<String>().expect("it works"), "x");
            }
        });
        for _ in 0..40 {
            let before = turns.load(Ordering::Relaxed);
            while turns.load(Ordering::Relaxed) < before + 3 {
                thread::yield_now();
            }
            fork(|| {
                counter.fetch_add(1, Ordering::Relaxed);
            });
        }
        end.store(true, Ordering::Relaxed);
    });
    assert_eq!(counter.load(Ordering::Relaxed), 40);
    drop(lock.acquire().expect("nobody has died with it"));
}
