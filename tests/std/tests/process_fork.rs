//! Copies of a process (rows M-20, M-33, X-06, M-189): closures, threads, locks, what is inherited and what is not.
//!
//! # Safety
//!
//! Copies a process whose other threads wait and hold nothing that the copy uses.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "fork beside threads")]

mod start_support;
mod subprocess_support;

use std::cell::RefCell;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use selvedge::multiprocessing::synchronize::{Event, Lock};
use selvedge::multiprocessing::{
    Builder, Fd, JoinError, Process, StartError, StartMethod, active_children, current_process,
    fork, forkserver, get_context, parent_process,
};
use selvedge::queue::Queue;
use selvedge::threading;
use start_support::on_stage;
use subprocess_support::{alone, block_on, eventually, has_children, ms, poll_once, runs};

fn sleep(_: ()) {
    std::thread::sleep(Duration::from_secs(100));
}

/// Row M-33: the function captures and borrows, and what it changes, it changes there.
#[test]
fn m33_closures() {
    let _alone = alone();
    on_stage((), |()| {
        let mut words = vec!["a".to_owned()];
        let place = RefCell::new(1);
        let process = fork(|| {
            words.push("b".to_owned());
            *place.borrow_mut() += 1;
            (words.join(" "), *place.borrow(), std::process::id())
        });
        let process = process.unwrap();
        let pid = process.pid().unwrap();
        assert_eq!(process.join().unwrap(), ("a b".to_owned(), 2, pid));
        assert_eq!((words.len(), *place.borrow()), (1, 1));
        let builder = Builder::new().name("copy").daemon(true);
        let told = builder.fork(|| {
            (current_process().name(), current_process().is_daemon())
                .0
                .to_owned()
        });
        assert_eq!(told.unwrap().join().unwrap(), "copy");
        let process = fork(|| -> u8 { panic!("{}", words[0]) }).unwrap();
        let Err(JoinError::Panicked(panic)) = process.join() else {
            panic!("it panicked");
        };
        assert_eq!(panic.message(), "a");
        assert_eq!(process.exitcode(), Some(1));
    });
}

/// The same, started later: what is captured waits, comes back by a refusal, and is dropped once here and once there.
#[test]
fn m33_closures_started_later() {
    let _alone = alone();
    on_stage((), |()| {
        let shared = std::sync::Arc::new(AtomicU32::new(5));
        let build = || {
            let (own, words) = (shared.clone(), vec!["a".to_owned(); 3]);
            let builder = Builder::new()
                .name("later")
                .start_method(StartMethod::Spawn);
            builder.build_fork(move || (own.load(Ordering::SeqCst), words.join("-")))
        };
        let process = build();
        assert_eq!((process.name().as_str(), process.pid()), ("later", None));
        assert_eq!(std::sync::Arc::strong_count(&shared), 2);
        let queue = std::sync::Arc::new(Queue::new(1));
        let own = queue.clone();
        let thread = threading::spawn(move || own.get());
        for _ in 0..2 {
            assert!(matches!(process.start(), Err(StartError::OtherThreads(1))));
        }
        queue.put(()).unwrap();
        thread.join().unwrap().unwrap();
        // As it is at the start, and not when it was made.
        shared.store(6, Ordering::SeqCst);
        process.start().unwrap();
        assert_eq!(std::sync::Arc::strong_count(&shared), 1);
        assert!(matches!(process.start(), Err(StartError::AlreadyStarted)));
        assert_eq!(process.join().unwrap(), (6, "a-a-a".to_owned()));
        let process = build();
        assert_eq!(process.run().unwrap(), (6, "a-a-a".to_owned()));
        assert!(matches!(process.start(), Err(StartError::AlreadyRun)));
        let process = Builder::new().build_fork(|| -> u8 { panic!("there") });
        process.start().unwrap();
        let outcome = process.join();
        assert!(matches!(outcome, Err(JoinError::Panicked(it)) if it.message() == "there"));
        drop(build());
        assert_eq!(std::sync::Arc::strong_count(&shared), 1);
    });
}

/// Row X-06: a typed error while there are other threads, and only then.
#[test]
fn x06_other_threads() {
    let _alone = alone();
    // The test's own process has some.
    assert!(matches!(fork(|| ()), Err(StartError::OtherThreads(n)) if n > 0));
    on_stage((), |()| {
        let queue = std::sync::Arc::new(Queue::new(1));
        let own = queue.clone();
        let thread = threading::spawn(move || own.get());
        assert!(matches!(fork(|| ()), Err(StartError::OtherThreads(1))));
        let process = get_context(StartMethod::Fork).process(|n: u8| n, 3);
        assert!(matches!(process.start(), Err(StartError::OtherThreads(1))));
        queue.put(5).unwrap();
        assert_eq!(thread.join().unwrap().unwrap(), 5);
        // Nothing is lost by the refusal, and an ended thread does not count.
        process.start().unwrap();
        assert_eq!(process.join().unwrap(), 3);
        for n in 0..50_u32 {
            let thread = std::thread::spawn(move || n);
            assert_eq!(thread.join().unwrap(), n);
            assert_eq!(fork(|| n).unwrap().join().unwrap(), n);
        }
    });
}

/// The threads that this library has for processes do not count: that of processes of other methods, and that of tasks.
#[test]
fn own_threads_do_not_count() {
    let _alone = alone();
    on_stage((), |()| {
        for round in 0..20 {
            // The keeper, by another thread than the main one.
            let spawn = move || {
                let context = get_context(StartMethod::Spawn);
                context.spawn(|n: u32| n, round).unwrap()
            };
            let other = std::thread::spawn(spawn).join().unwrap();
            // The reactor.
            let waiting = fork(|| sleep(())).unwrap();
            {
                let mut future = std::pin::pin!(waiting.join_async());
                assert!(poll_once(future.as_mut()).is_pending());
                assert_eq!(fork(move || round).unwrap().join().unwrap(), round);
                waiting.kill().unwrap();
                assert_eq!(fork(move || round).unwrap().join().unwrap(), round);
                assert!(block_on(future).is_err());
            }
            assert_eq!(other.join().unwrap(), round);
            drop(fork(move || round).unwrap());
            // In the copy they are there again, when they are needed.
            let copy = fork(move || {
                let inner = fork(move || round).unwrap();
                let value = block_on(inner.join_async()).unwrap();
                let spawned = get_context(StartMethod::ForkServer).spawn(|n: u32| n, value);
                spawned.unwrap().join().unwrap()
            });
            assert_eq!(copy.unwrap().join().unwrap(), round);
        }
    });
}

/// The unsafe way, beside a thread that holds a lock (`TestForkAwareThreadLock` has a lock that is made anew).
#[test]
fn insisting() {
    static LOCKED: std::sync::Mutex<u32> = std::sync::Mutex::new(0);
    let _alone = alone();
    on_stage((), |()| {
        let queue = std::sync::Arc::new(Queue::new(1));
        let (own, ready) = (queue.clone(), std::sync::Arc::new(threading::Event::new()));
        let told = ready.clone();
        let thread = threading::spawn(move || {
            let _guard = LOCKED.lock().unwrap();
            told.set();
            own.get().unwrap()
        });
        ready.wait();
        // SAFETY: the other thread waits, and the child does not touch its lock but to look.
        let insist = || unsafe { Builder::new().fork_despite_threads() };
        let copy = insist().fork(|| {
            let own = threading::active_count();
            let started = threading::spawn(|| 6).join().unwrap();
            let inner = fork(|| 7).unwrap().join().unwrap();
            (own, started, inner, LOCKED.try_lock().is_err())
        });
        assert_eq!(copy.unwrap().join().unwrap(), (1, 6, 7, true));
        let process = insist()
            .start_method(StartMethod::Fork)
            .spawn(|n: u8| n + 1, 7);
        assert_eq!(process.unwrap().join().unwrap(), 8);
        queue.put(1).unwrap();
        assert_eq!(thread.join().unwrap(), 1);
    });
}

/// A copy that another thread than the main one has made lives on when that thread ends, and ends with the process.
#[test]
fn made_by_another_thread() {
    fn parent(fd: Fd) {
        let made = std::thread::spawn(|| {
            // SAFETY: the main thread waits for this one.
            let insist = unsafe { Builder::new().fork_despite_threads() };
            insist.fork(|| {
                // It may be copied in turn: its watch does not count.
                fork(|| ()).unwrap().join().unwrap();
                sleep(());
            })
        });
        let process = made.join().unwrap().unwrap();
        std::thread::sleep(ms(20));
        assert!(process.is_alive());
        let mut pipe = std::fs::File::from(fd.try_into_owned().unwrap());
        write!(pipe, "{}", process.pid().unwrap()).unwrap();
        drop(pipe);
        sleep(());
    }
    let _alone = alone();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let context = get_context(StartMethod::Spawn);
    let process = context.spawn(parent, writer.into()).unwrap();
    // The copies have the pipe, too: so not until its end.
    let mut pid = [0; 16];
    let len = reader.read(&mut pid).unwrap();
    let pid = std::str::from_utf8(&pid[..len]).unwrap().parse().unwrap();
    assert!(runs(pid));
    process.kill().unwrap();
    assert!(process.join().is_err());
    eventually(|| !runs(pid));
}

/// Handles of the parent are of no use in the copy; its own children are its own (rows M-03, M-04, M-07, M-19).
#[test]
fn m19_a_fresh_life() {
    let _alone = alone();
    on_stage((), |()| {
        start_support::feed_stdin();
        let sibling = fork(|| sleep(())).unwrap();
        let unstarted = Process::new(|n: u8| n, 1);
        let process = fork(|| {
            assert_eq!(active_children(), []);
            assert!(matches!(sibling.join(), Err(JoinError::NotTheParent)));
            assert!(!sibling.is_alive());
            assert!(matches!(unstarted.start(), Err(StartError::NotTheParent)));
            let child = fork(|| current_process().name().to_owned()).unwrap();
            let name = child.join().unwrap();
            assert_eq!(name, format!("{}:1", current_process().name()));
            assert_eq!(
                parent_process().unwrap().pid(),
                std::os::unix::process::parent_id()
            );
            let mut input = String::new();
            std::io::stdin().read_to_string(&mut input).unwrap()
        });
        assert_eq!(process.unwrap().join().unwrap(), 0);
        assert!(sibling.is_alive());
        assert_eq!(active_children(), [sibling.process()]);
        sibling.kill().unwrap();
        assert!(sibling.join().is_err());
        unstarted.start().unwrap();
        assert_eq!(unstarted.join().unwrap(), 1);
        assert!(!has_children() || forkserver::pid().is_some());
    });
}

/// Rows M-20, X-16: at the copy's end only what it has registered itself is called, and nothing is written twice.
#[test]
fn m20_exits() {
    let _alone = alone();
    on_stage((), |()| {
        let mut output = start_support::Redirected::new();
        let memory = selvedge::multiprocessing::shared_memory::SharedMemory::anonymous(8).unwrap();
        static HERE: AtomicU32 = AtomicU32::new(0);
        threading::register_atexit(|| {
            HERE.fetch_add(1, Ordering::SeqCst);
            eprint!("parent;");
        })
        .unwrap();
        print!("before;");
        let process = fork(|| {
            print!("copy;");
            threading::register_atexit(|| eprint!("own;")).unwrap();
            let late = threading::spawn(|| std::thread::sleep(ms(20)));
            drop(late);
            memory.set(0, &1_u8).unwrap();
        });
        process.unwrap().join().unwrap();
        assert_eq!(memory.get::<u8>(0), Ok(1));
        let process = fork(|| {
            print!("exit;");
            std::process::exit(3)
        });
        let process: Process<()> = process.unwrap();
        assert!(process.join().is_err());
        assert_eq!(process.exitcode(), Some(3));
        print!("after;");
        let (out, err) = output.read();
        assert_eq!(out, "before;copy;exit;after;");
        assert_eq!(err, "own;");
        assert_eq!(HERE.load(Ordering::SeqCst), 0);
    });
}

/// Locks between processes work in copies: they are told of a holder's death, whoever that is.
#[test]
fn shared_locks() {
    let _alone = alone();
    on_stage((), |()| {
        let lock = Lock::new().unwrap();
        let here = lock.acquire().unwrap();
        for _ in 0..3 {
            let (lock, event) = (&lock, Event::new().unwrap());
            let copy = fork(|| {
                // It is the parent's.
                assert!(lock.try_acquire().is_none());
                event.set();
                drop(lock.acquire().unwrap());
            });
            let copy = copy.unwrap();
            event.wait();
            assert!(copy.is_alive());
            copy.kill().unwrap();
            assert!(copy.join().is_err());
        }
        drop(here);
        for _ in 0..3 {
            let event = Event::new().unwrap();
            let copy = fork(|| {
                let guard = lock.acquire().unwrap();
                event.set();
                sleep(());
                drop(guard);
            });
            let copy = copy.unwrap();
            event.wait();
            assert!(lock.try_acquire().is_none());
            copy.kill().unwrap();
            assert!(copy.join().is_err());
            let died = lock.acquire().unwrap_err();
            drop(died);
        }
    });
}

/// A copy whose parent is killed at any moment of the start ends.
#[test]
fn parents_killed_while_forking() {
    fn parent(fd: Fd) {
        for _ in 0..1000 {
            let child = fork(|| std::thread::sleep(ms(1))).unwrap();
            let _ = child.join();
        }
        drop(fd);
        sleep(());
    }
    let _alone = alone();
    let context = get_context(StartMethod::Spawn);
    for turn in 0..10 {
        // All have it; its end is that of the last one.
        let (mut reader, writer) = std::io::pipe().unwrap();
        let process = context.spawn(parent, writer.into()).unwrap();
        std::thread::sleep(ms(5 + turn));
        process.kill().unwrap();
        assert!(process.join().is_err());
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    }
}
