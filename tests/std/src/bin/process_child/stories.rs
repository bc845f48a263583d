//! Short scenarios for one test each.
//!
//! # Safety
//!
//! Installs a signal handler that does nothing, and sends the signal to threads of this process, which live until it has stopped doing so.
#![allow(unsafe_code, reason = "signals to threads")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::multiprocessing::connection::{Client, Connection, Listener, pipe, wait};
use selvedge::multiprocessing::synchronize::{Barrier, Condition, Event, Lock, Semaphore};
use selvedge::multiprocessing::{Builder, JoinError, spawn};

/// A child that panics, of a process that says nothing about it.
pub(crate) fn panic() {
    let child = Builder::new()
        .name("the name")
        .spawn(|()| -> () { panic!("the message") }, ());
    let outcome = child.expect("it starts").join();
    assert!(matches!(outcome, Err(JoinError::Panicked(_))));
}

/// A child that prints, whatever has become of the streams.
pub(crate) fn print() {
    let child = spawn(
        |()| {
            use std::io::Write;
            let _ = writeln!(std::io::stdout(), "out");
            let _ = writeln!(std::io::stderr(), "err");
            5
        },
        (),
    );
    let child = child.expect("it starts");
    if child.join().ok() != Some(5) || child.exitcode() != Some(0) {
        std::process::exit(3);
    }
    // The usual last line may have nowhere to go.
    std::process::exit(0);
}

/// The first thing that this program does is to start a process.
pub(crate) fn bomb() {
    println!("main");
    let child = spawn(|()| println!("child"), ()).expect("it starts");
    child.join().expect("it ends");
}

const SIGNAL: i32 = libc::SIGUSR1;
type Wait<'a> = (&'a str, Box<dyn Fn() + Sync + 'a>);

static HANDLED: AtomicUsize = AtomicUsize::new(0);

/// A wait whose time is up, says its outcome, has taken that time. On a slow machine it may see what it waited for all the same.
fn limited(limit: Duration, wait: impl FnOnce() -> bool) {
    let begin = Instant::now();
    assert!(!wait() || begin.elapsed() >= limit);
}

/// Threads that wait for all kinds of things, while signals rain on them.
pub(crate) fn interrupted() {
    extern "C" fn handler(_: i32) {
        HANDLED.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: zero is a valid value for it.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // Without SA_RESTART.
    action.sa_sigaction = handler as extern "C" fn(i32) as usize;
    // SAFETY: an action that lives until the end of the call, with a handler that may run anywhere.
    let set = unsafe { libc::sigaction(SIGNAL, &raw const action, std::ptr::null_mut()) };
    assert_eq!(set, 0);

    let (lock, seats) = (Lock::new().expect("room"), Semaphore::new(1).expect("room"));
    let (event, barrier) = (Event::new().expect("room"), Barrier::new(2).expect("room"));
    let condition = Condition::new().expect("room");
    let (here, there) = pipe().expect("room");
    let (full, drain) = pipe().expect("room");
    let listener = Listener::builder().bind_anywhere().expect("room");
    let address = listener.address().clone();
    let asleep = spawn(
        |there: Connection| there.recv::<()>().expect("it comes"),
        there,
    );
    let asleep = asleep.expect("it starts");
    let _held = (lock.acquire(), seats.acquire());
    let limit = Duration::from_millis(150);
    let large = vec![1_u8; 4_000_000];

    let waits: [Wait<'_>; 12] = [
        ("join", Box::new(|| asleep.join().expect("it ends"))),
        (
            "join_timeout",
            Box::new(|| limited(limit, || asleep.join_timeout(limit).is_err())),
        ),
        (
            "recv",
            Box::new(|| assert_eq!(full.recv::<i32>().expect("it comes"), 7)),
        ),
        (
            "send",
            Box::new(|| full.send_bytes(&large).expect("somebody reads")),
        ),
        (
            "accept",
            Box::new(|| drop(listener.accept().expect("somebody comes"))),
        ),
        (
            "wait",
            Box::new(|| assert_eq!(wait(&[&here]).expect("it ends"), [0])),
        ),
        (
            "lock",
            Box::new(|| drop(lock.acquire().expect("nobody has died"))),
        ),
        ("seats", Box::new(|| drop(seats.acquire()))),
        (
            "seats_timeout",
            Box::new(|| limited(limit, || seats.acquire_timeout(limit).is_err())),
        ),
        ("event", Box::new(|| event.wait())),
        ("barrier", Box::new(|| assert!(barrier.wait().is_ok()))),
        (
            "condition",
            Box::new(|| {
                let guard = condition.acquire().expect("nobody has died");
                assert!(condition.wait(guard).is_ok());
            }),
        ),
    ];
    let over: Vec<_> = waits.iter().map(|_| AtomicBool::new(false)).collect();
    thread::scope(|scope| {
        let begin = Instant::now();
        let threads: Vec<_> = waits
            .iter()
            .zip(&over)
            .map(|((_, wait), over)| {
                let (sender, id) = std::sync::mpsc::channel();
                let thread = scope.spawn(move || {
                    // SAFETY: tells a number.
                    sender
                        .send(unsafe { libc::pthread_self() })
                        .expect("it listens");
                    wait();
                    over.store(true, Ordering::Release);
                });
                (thread, id.recv().expect("it tells"))
            })
            .collect();
        let rain = |count: u32| {
            for _ in 0..count {
                for (thread, id) in &threads {
                    if !thread.is_finished() {
                        // SAFETY: the thread has not been joined, so its number is its own.
                        unsafe { libc::pthread_kill(*id, SIGNAL) };
                    }
                }
                thread::sleep(Duration::from_micros(300));
            }
        };
        while begin.elapsed() < 2 * limit {
            rain(50);
        }
        for ((name, _), over) in waits.iter().zip(&over) {
            let is_over = over.load(Ordering::Acquire);
            // The limits are over by now, unless the machine is slow; nothing else is.
            assert!(
                !is_over || name.ends_with("_timeout"),
                "{name} was interrupted"
            );
        }
        // Now all is to end, under the same rain.
        let drained = scope.spawn(|| drain.recv_bytes().expect("it comes").len());
        drain.send(&7).expect("it waits");
        drop(_held);
        event.set();
        let met = scope.spawn(|| barrier.wait().is_ok());
        // On a slow machine it may not wait yet.
        while !condition.notify_one(&condition.acquire().expect("nobody has died")) {
            thread::sleep(Duration::from_millis(1));
        }
        drop(Client::new().connect(&address).expect("it listens"));
        here.send(&()).expect("it waits");
        while threads.iter().any(|(thread, _)| !thread.is_finished()) {
            rain(1);
        }
        for (thread, _) in threads {
            thread.join().expect("no panic");
        }
        assert!(met.join().expect("no panic"));
        assert_eq!(drained.join().expect("no panic"), large.len());
    });
    assert!(HANDLED.load(Ordering::Relaxed) > 100);
}
