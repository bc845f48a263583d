//! A process with few descriptors: what cannot be had is refused with an error, and nothing stays of the attempt.
//!
//! # Safety
//!
//! `setrlimit` with a limit on the stack.
#![allow(unsafe_code, reason = "setrlimit")]

use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{Listener, Receiver, one_way, pipe};
use selvedge::multiprocessing::shared_memory::{OpenError, SharedMemory};
use selvedge::multiprocessing::sharedctypes::Value;
use selvedge::multiprocessing::synchronize::Lock;
use selvedge::multiprocessing::{StartError, active_children, forkserver, spawn};

use crate::basics::left;

fn square(n: u64) -> u64 {
    n * n
}

fn wait(there: Receiver) {
    assert!(there.recv::<()>().is_err(), "nothing was sent");
}

fn is_full(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(libc::EMFILE)
}

fn must_be_full(error: &OpenError) {
    assert!(
        matches!(error, OpenError::Os(error) if is_full(error)),
        "{error}"
    );
}

pub(crate) fn run(limit: u64) {
    let limits = libc::rlimit {
        rlim_cur: limit,
        rlim_max: limit,
    };
    // SAFETY: a limit that lives until the end of the call.
    let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limits) };
    assert_eq!(set, 0);
    // What is made once.
    let lock = Lock::new().expect("there is room");
    drop(spawn(square, 2).expect("there is room"));
    settle(usize::MAX);
    let before = left().1;

    // Children until there is no room.
    let (mut children, mut ends) = (Vec::new(), Vec::new());
    let error = loop {
        let (receiver, sender) = match one_way() {
            Ok(pair) => pair,
            Err(error) => break StartError::Memory(error),
        };
        match spawn(wait, receiver) {
            Ok(child) => children.push(child),
            Err(error) => break error,
        }
        ends.push(sender);
    };
    let refused = match &error {
        StartError::Memory(error) | StartError::Server(error) => is_full(error),
        StartError::Start(error) => error.raw_os_error() == libc::EMFILE,
        _ => false,
    };
    assert!(refused, "{error:?}");
    println!("{} children of {limit} descriptors", children.len());
    assert!(children.len() as u64 > limit / 5);
    assert_eq!(active_children().len(), children.len());
    fill_up(&lock);
    drop(ends);
    for child in &children {
        child.join().expect("they have lost nothing");
    }
    drop(children);
    settle(before);

    // Connections and memory until there is no room.
    let mut ends = Vec::new();
    let error = loop {
        match pipe() {
            Ok(pair) => ends.push(pair),
            Err(error) => break error,
        }
    };
    assert!(is_full(&error), "{error}");
    fill_up(&lock);
    let (here, there) = ends.pop().expect("one at least");
    here.send("still").expect("it works");
    assert_eq!(there.recv::<String>().expect("it works"), "still");
    drop((ends, here, there));
    settle(before);

    // Descriptors that come with a message and have no room.
    let (receiver, sender) = one_way().expect("there is room");
    let memory = SharedMemory::anonymous(8).expect("there is room");
    let mut fill: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    sender
        .send(&memory)
        .expect("one's own descriptors can be lent");
    let error = receiver
        .recv::<SharedMemory>()
        .expect_err("there is no room");
    println!("refused: {error}");
    fill.clear();
    drop((fill, receiver, sender, memory));
    settle(before);
    assert_eq!(
        spawn(square, 7)
            .expect("there is room")
            .join()
            .expect("it ends"),
        49
    );
    settle(before);
}

/// The last few descriptors are had, one by one; nothing works then, and everything says so.
fn fill_up(lock: &Lock) {
    let mut fill: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    // 0, then 1, then 2 of them are left.
    for room in 0..3 {
        let before = left_by_number();
        for error in [one_way().err(), pipe().err()].into_iter().flatten() {
            assert!(is_full(&error), "{error}");
        }
        if let Err(error) = SharedMemory::anonymous(8) {
            must_be_full(&error);
        }
        if let Err(error) = SharedMemory::create(8) {
            must_be_full(&error);
        }
        if let Err(error) = Value::new(0_u8) {
            must_be_full(&error);
        }
        if let Err(error) = Listener::builder().bind_anywhere() {
            assert!(is_full(&error), "{error}");
        }
        // May work, in the child that has other limits of its own; or not.
        match spawn(square, 3) {
            Ok(child) => drop(child),
            Err(StartError::Memory(error) | StartError::Server(error)) => {
                assert!(is_full(&error), "{error}");
            }
            Err(StartError::Start(error)) => assert_eq!(error.raw_os_error(), libc::EMFILE),
            Err(error) => panic!("{error}"),
        }
        assert!(room > 0 || one_way().is_err());
        // What is there goes on.
        drop(lock.acquire().expect("it is free"));
        let more = Lock::new().expect("it needs none");
        drop(more.acquire().expect("it is free"));
        while left_by_number() > before {
            thread::sleep(Duration::from_millis(1));
        }
        fill.pop();
    }
}

/// How many descriptors there are, where no folder can be opened to see it.
fn left_by_number() -> usize {
    let open = |fd: i32| {
        // SAFETY: asks whether it is open.
        unsafe { libc::fcntl(fd, libc::F_GETFD) >= 0 }
    };
    (0..4096).filter(|fd| open(*fd)).count()
}

/// Waits until nothing else is left.
fn settle(most: usize) {
    forkserver::stop();
    let mut turns = 0;
    while left().0 || left().1 > most {
        turns += 1;
        assert!(turns < 20_000, "left: {:?}, at most {most}", left());
        thread::sleep(Duration::from_millis(1));
    }
}
