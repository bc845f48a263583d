//! `multiprocessing::Process` by the start method `spawn` (rows M-01 to M-27, M-46 to M-48).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use selvedge::contextvars::ContextVar;
use selvedge::multiprocessing::connection::{Receiver, one_way};
use selvedge::multiprocessing::{
    Builder, Fd, JoinError, JoinTimeoutError, Process, SignalError, StartError, StartMethod,
    TryJoinError, active_children, current_process, get_context, parent_process, spawn,
};
use selvedge::subprocess::{ExitStatus, Signal};
use serde::{Deserialize, Serialize};
use subprocess_support::{
    alone, block_on, eventually, has_children, ms, open_fds, poll_once, runs,
};

fn square(n: u64) -> u64 {
    n * n
}

fn sleep(_: ()) {
    std::thread::sleep(Duration::from_secs(100));
}

/// Rows M-01, M-03, M-04, M-09, M-10: the life of a process.
#[test]
fn m04_life() {
    let _alone = alone();
    let process = Process::new(square, 12);
    assert!(matches!(process.join(), Err(JoinError::NotStarted)));
    assert_eq!((process.pid(), process.exitcode()), (None, None));
    assert!(!process.is_alive());
    assert!(process.sentinel().is_none());
    assert!(matches!(process.terminate(), Err(SignalError::NotStarted)));
    assert!(format!("{process:?}").contains("initial"));
    process.start().unwrap();
    assert!(matches!(process.start(), Err(StartError::AlreadyStarted)));
    assert!(process.pid().is_some());
    assert_eq!(process.join().unwrap(), 144);
    assert!(matches!(process.join(), Err(JoinError::ValueTaken)));
    assert_eq!(process.exit_status(), Some(ExitStatus::Exited(0)));
    assert!(!process.is_alive());
    assert!(format!("{process:?}").contains("stopped"));
    process.kill().unwrap();
    process.close().unwrap();
}

/// Row M-02.
#[test]
fn m02_run_here() {
    let process = Process::new(|n: u8| (n, std::process::id()), 3);
    assert_eq!(process.run().unwrap(), (3, std::process::id()));
    assert!(matches!(process.run(), Err(StartError::AlreadyRun)));
    assert!(matches!(process.start(), Err(StartError::AlreadyRun)));
}

/// Rows M-06, M-08, M-47: names, daemons, who is who; a child of a child (row M-24).
#[test]
fn m06_names() {
    fn tell(depth: u32) -> Vec<(String, bool, String, u32)> {
        let (me, parent) = (current_process(), parent_process().unwrap());
        assert!(parent.is_alive());
        let mut told = vec![(
            me.name().to_owned(),
            me.is_daemon(),
            parent.name().to_owned(),
            parent.pid(),
        )];
        if depth > 0 {
            told.extend(spawn(tell, depth - 1).unwrap().join().unwrap());
        }
        told
    }
    let _alone = alone();
    assert!(parent_process().is_none());
    assert_eq!(current_process().name(), "MainProcess");
    let process = Process::new(tell, 1);
    let name = process.name();
    assert!(name.starts_with("Process-"));
    process.start().unwrap();
    let pid = process.pid().unwrap();
    let told = process.join().unwrap();
    let child = format!("{name}:1");
    assert_eq!(
        told,
        [
            (
                name.clone(),
                false,
                "MainProcess".to_owned(),
                std::process::id()
            ),
            (child, false, name, pid)
        ]
    );
    let daemon = Builder::new()
        .name("d")
        .daemon(true)
        .spawn(tell, 0)
        .unwrap();
    assert!(daemon.is_daemon() && daemon.set_daemon(false).is_err());
    assert_eq!(daemon.join().unwrap()[0].0, "d");
}

/// Row M-03.
#[test]
fn m03_a_daemon_has_no_children() {
    let _alone = alone();
    let refused = |()| matches!(spawn(square, 1), Err(StartError::Daemon));
    let daemon = Builder::new().daemon(true).spawn(refused, ()).unwrap();
    assert!(daemon.join().unwrap());
}

/// Rows M-10, M-12: a panic comes here with message and place, and is printed there.
#[test]
fn m12_panic() {
    let _alone = alone();
    let process = spawn(|n: u32| -> u32 { panic!("no {n}") }, 5).unwrap();
    for _ in 0..2 {
        let Err(JoinError::Panicked(panic)) = process.join() else {
            panic!("it panicked");
        };
        assert_eq!(panic.message(), "no 5");
        assert!(panic.location().unwrap().contains("process.rs"));
    }
    assert_eq!(process.exitcode(), Some(1));
}

/// Rows M-10, M-11: ends without a value.
#[test]
fn m10_exit_codes() {
    let _alone = alone();
    for (code, expected) in [(0, 0), (7, 7), (300, 44), (-1, 255)] {
        let process = spawn(|code: i32| -> () { std::process::exit(code) }, code).unwrap();
        let Err(JoinError::Exited(status)) = process.join() else {
            panic!("no value");
        };
        assert_eq!(status, ExitStatus::Exited(expected));
    }
    let aborted = spawn(|()| -> () { std::process::abort() }, ()).unwrap();
    assert!(aborted.join().is_err());
    assert_eq!(aborted.exitcode(), Some(-6));
    let exited = spawn(|()| -> () { selvedge::threading::exit() }, ()).unwrap();
    assert!(matches!(
        exited.join(),
        Err(JoinError::Exited(ExitStatus::Exited(0)))
    ));
}

/// Rows M-05, M-14 to M-17: signals, time limits, all forms.
#[test]
fn m15_signals_and_limits() {
    let _alone = alone();
    for (signal, send) in [
        (
            Signal::TERM,
            Process::terminate as fn(&Process) -> Result<(), SignalError>,
        ),
        (Signal::KILL, Process::kill),
        (Signal::INT, Process::interrupt),
    ] {
        let process = spawn(sleep, ()).unwrap();
        assert!(process.is_alive());
        assert!(matches!(process.try_join(), Err(TryJoinError::Running)));
        let start = Instant::now();
        assert!(matches!(
            process.join_timeout(ms(20)),
            Err(JoinTimeoutError::TimedOut)
        ));
        assert!(start.elapsed() >= ms(20));
        assert!(matches!(
            process.join_deadline(start),
            Err(JoinTimeoutError::TimedOut)
        ));
        assert!(process.sentinel().is_some());
        {
            let mut future = std::pin::pin!(process.join_async());
            assert!(poll_once(future.as_mut()).is_pending());
            send(&process).unwrap();
            assert!(matches!(block_on(future), Err(JoinError::Exited(_))));
        }
        assert!(process.join_timeout(Duration::MAX).is_err());
        assert!(process.try_join().is_err());
        assert_eq!(process.exit_status().unwrap().signal(), Some(signal));
        send(&process).unwrap();
    }
    let process = spawn(sleep, ()).unwrap();
    let process = process.close().unwrap_err().0;
    process.kill().unwrap();
    assert!(process.join().is_err());
}

/// Row M-05: a process is over when it is, also for who waits with a limit, whatever it has left behind, and whatever that has inherited.
#[test]
fn m05_what_a_process_leaves_behind() {
    fn stay(gate: Receiver) {
        let _ = gate.recv::<()>();
    }
    fn leave((gate, method): (Receiver, StartMethod)) -> u32 {
        let builder = Builder::new().detached(true).start_method(method);
        let process = builder.spawn(stay, gate).unwrap();
        process.pid().unwrap()
    }
    let _alone = alone();
    for method in [
        StartMethod::Spawn,
        StartMethod::ForkServer,
        StartMethod::Fork,
    ] {
        let (gate, open) = one_way().unwrap();
        let process = get_context(StartMethod::Spawn).spawn(leave, (gate, method));
        let process = process.unwrap();
        let pid = process.join_timeout(Duration::from_secs(1000)).unwrap();
        assert!(runs(pid), "{method}: it has no reason to end");
        assert!(!process.is_alive() && process.try_join().is_err());
        drop(open);
        eventually(|| !runs(pid));
    }
}

/// Values of some size, there and back (no pipe to fill: row M-195).
#[test]
fn large_values() {
    let _alone = alone();
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|n| n as u8).collect();
    let process = spawn(
        |mut bytes: Vec<u8>| {
            bytes.reverse();
            bytes
        },
        bytes.clone(),
    )
    .unwrap();
    eventually(|| !process.is_alive());
    assert!(process.join().unwrap().iter().eq(bytes.iter().rev()));
}

/// Row M-26: what the parent held of the argument is gone after the start.
#[test]
fn m26_arguments_are_released() {
    #[derive(Serialize, Deserialize)]
    struct Noisy(u8);
    static DROPS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    impl Drop for Noisy {
        fn drop(&mut self) {
            DROPS.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }
    let _alone = alone();
    let process = Process::new(|noisy: Noisy| noisy.0, Noisy(4));
    process.start().unwrap();
    assert_eq!(DROPS.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!(process.join().unwrap(), 4);
}

/// Descriptors as arguments; nothing else is inherited.
#[test]
fn descriptors() {
    let _alone = alone();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let (_unseen, _also) = std::io::pipe().unwrap();
    let process = spawn(
        |(fd, name): (Fd, String)| {
            let open = open_fds();
            let own = fd.as_fd().as_raw_fd() as u32;
            let fd: OwnedFd = fd.try_into_owned().unwrap();
            write!(std::fs::File::from(fd), "{name} was here").unwrap();
            (open.contains(&own), open.len())
        },
        (Fd::from(writer), "bob".to_owned()),
    )
    .unwrap();
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    assert_eq!(said, "bob was here");
    let (has, count) = process.join().unwrap();
    assert!(has);
    // Standard streams, the memo, the descriptor, its parent's, and the folder that was read.
    assert!(count <= 7, "{count} descriptors");
}

/// What does not fit is said, on whichever side it shows.
#[test]
fn bad_values() {
    #[derive(Deserialize)]
    struct Mute;
    impl Serialize for Mute {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("mute"))
        }
    }
    #[derive(Serialize)]
    struct Deaf;
    impl<'de> Deserialize<'de> for Deaf {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Err(serde::de::Error::custom("deaf"))
        }
    }
    let _alone = alone();
    let process = Process::new(|_: Mute| (), Mute);
    for _ in 0..2 {
        assert!(matches!(process.start(), Err(StartError::Argument(_))));
    }
    let argument = spawn(|_: Deaf| (), Deaf).unwrap();
    assert!(matches!(argument.join(), Err(JoinError::Argument(_))));
    let value = spawn(|()| Mute, ()).unwrap();
    assert!(matches!(value.join(), Err(JoinError::Value(_))));
    let value = spawn(|()| Deaf, ()).unwrap();
    assert!(matches!(value.join(), Err(JoinError::BadValue(_))));
    let value = spawn(|()| Fd::from(std::io::pipe().unwrap().0), ()).unwrap();
    assert!(matches!(value.join(), Err(JoinError::Value(_))));
}

/// Context variables go along where they say so.
#[test]
fn context() {
    static USER: ContextVar<String> = ContextVar::new("user").inherited_by_processes();
    let _alone = alone();
    let _set = USER.set("Ada".to_owned());
    let process = spawn(|()| USER.get().ok(), ()).unwrap();
    assert_eq!(process.join().unwrap().as_deref(), Some("Ada"));
}

/// Rows M-22, M-25, M-46: many at once; nobody waits, and no zombie stays.
#[test]
fn m25_many() {
    let _alone = alone();
    let processes: Vec<_> = (0..60).map(|n| spawn(square, n).unwrap()).collect();
    for (n, process) in (0..).zip(&processes) {
        assert_eq!(process.join().unwrap(), n * n);
    }
    let killed: Vec<_> = (0..30).map(|_| spawn(sleep, ()).unwrap()).collect();
    assert_eq!(active_children().len(), 30);
    for process in &killed {
        process.terminate().unwrap();
    }
    for process in &killed {
        assert!(process.join().is_err());
        assert_eq!(process.exitcode(), Some(-15));
    }
    assert_eq!(active_children(), []);
    for _ in 0..5 {
        drop(spawn(square, 1).unwrap());
    }
    eventually(|| !has_children());
}

/// A child dies with its parent, however that ends; a detached one does not (row M-21).
#[test]
fn dies_with_its_parent() {
    fn parent(fd: Fd) {
        let child = spawn(sleep, ()).unwrap();
        let other = Builder::new().detached(true).spawn(sleep, ()).unwrap();
        let pids = [child.pid().unwrap(), other.pid().unwrap()];
        let mut pipe = std::fs::File::from(fd.try_into_owned().unwrap());
        writeln!(pipe, "{} {}", pids[0], pids[1]).unwrap();
        drop(pipe);
        sleep(());
    }
    let _alone = alone();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let process = spawn(parent, Fd::from(writer)).unwrap();
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    let pids: Vec<u32> = said
        .split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect();
    assert!(runs(pids[0]) && runs(pids[1]));
    process.kill().unwrap();
    assert!(process.join().is_err());
    eventually(|| !runs(pids[0]));
    assert!(runs(pids[1]));
    let killed = std::process::Command::new("sh")
        .arg("-c")
        .arg(format!("kill -9 {}", pids[1]))
        .status();
    assert!(killed.unwrap().success());
    eventually(|| !runs(pids[1]));
}

/// Row M-21: at its exit a process ends its daemons and waits for the others.
#[test]
fn m21_exit() {
    fn parent(fd: Fd) {
        let daemon = Builder::new().daemon(true).spawn(sleep, ()).unwrap();
        let late = spawn(
            |fd: Fd| {
                std::thread::sleep(ms(50));
                write!(std::fs::File::from(fd.try_into_owned().unwrap()), "late").unwrap();
            },
            fd,
        )
        .unwrap();
        std::mem::forget((daemon, late));
    }
    let _alone = alone();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let start = Instant::now();
    let process = spawn(parent, Fd::from(writer)).unwrap();
    process.join().unwrap();
    assert!(start.elapsed() >= ms(50));
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    assert_eq!(said, "late");
}

/// A hostile environment starts nothing.
#[test]
fn a_wrong_memo() {
    let _alone = alone();
    let memo = tempfile();
    for text in ["", "x", "-1", "999999", &memo.as_raw_fd().to_string()] {
        let done = selvedge::subprocess::Command::new("/proc/self/exe")
            .executable(std::env::current_exe().unwrap())
            .env("SELVEDGE_PROCESS", text)
            .fd(memo.as_raw_fd(), memo.try_clone().unwrap())
            .stderr(selvedge::subprocess::Stdio::Pipe)
            .start()
            .unwrap()
            .communicate(b"")
            .unwrap();
        assert_eq!(done.status(), ExitStatus::Exited(255), "{text}");
        assert!(String::from_utf8_lossy(done.stderr()).contains("could not begin"));
    }
}

fn tempfile() -> std::fs::File {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    std::fs::File::from(OwnedFd::from(writer))
}
