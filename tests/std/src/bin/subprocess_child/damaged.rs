//! A parent at its limits, or with odd ideas about signals and children.
#![allow(unsafe_code, reason = "signals, limits and waits of libc")]

use std::fs::File;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::multiprocessing::connection::wait;
use selvedge::subprocess::{Command, ExitStatus, Signal, Stdio, Step};
use std_tests::kernel::forget;

use crate::report::{done, say};
use crate::sentinels::tell;

pub(crate) fn run(what: &str) -> bool {
    match what {
        "at-limit" => at_limit(),
        "many-children" => many_children(),
        "no-pidfd" => no_pidfd(),
        "sentinel-no-pidfd" => sentinel_no_pidfd(),
        "lowered-limit" => lowered_limit(),
        "sigchld-ignored" => sigchld_ignored(),
        "stolen" => stolen(),
        "stolen-no-pidfd" => stolen_no_pidfd(),
        "handlers" => handlers(),
        "handlers-by-clone" => by_clone(&["forbidden", "clone3"], handlers),
        "group-storm" => group_storm(),
        "group-storm-by-clone" => by_clone(&["clone3"], group_storm),
        "signal-storm" => signal_storm(),
        "signal-storm-by-clone" => by_clone(&["clone3"], signal_storm),
        "forked-copy" => forked_copy(),
        "no-more-processes" => no_more_processes(),
        _ => return false,
    }
    done();
    true
}

/// Where `clone3` is refused: a child is made by `clone`, and has to look after its handlers itself.
fn by_clone(calls: &[&str], scenario: fn()) {
    match forget(calls) {
        Ok(()) => scenario(),
        Err(error) => say(&format!("no filters here, nothing to see: {error}")),
    }
}

/// The soft limit of open files.
fn limit_files(to: u64) -> u64 {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: places for and of the right type.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit), 0);
        let before = limit.rlim_cur;
        limit.rlim_cur = to;
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit), 0);
        before
    }
}

/// Leaves room for so many descriptors, and runs something.
fn with_room<T>(room: usize, body: impl FnOnce() -> T) -> T {
    let before = limit_files(64);
    let mut files: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    files.truncate(files.len() - room);
    let result = body();
    drop(files);
    limit_files(before);
    result
}

fn no_pidfd_child(line: &str) -> selvedge::subprocess::Popen {
    let child = with_room(0, || Command::shell(line).start().expect("it starts"));
    assert!(child.pidfd().is_none());
    child
}

/// Starting at the limit of descriptors.
fn at_limit() {
    with_room(0, || {
        assert!(
            Command::new("true")
                .start()
                .expect("no descriptor is needed")
                .wait()
                .success()
        );
        let error = Command::new("true")
            .stdout(Stdio::Pipe)
            .start()
            .unwrap_err();
        assert_eq!(
            (error.step(), error.raw_os_error()),
            (Step::Pipe, libc::EMFILE)
        );
        let error = Command::new("true")
            .stdout(Stdio::Null)
            .start()
            .unwrap_err();
        assert_eq!(
            (error.step(), error.raw_os_error()),
            (Step::Null, libc::EMFILE)
        );
        let error = Command::new("/no/such").start().unwrap_err();
        assert_eq!(
            (error.step(), error.raw_os_error()),
            (Step::Exec, libc::ENOENT)
        );
    });
    // A copy is needed in the child, and there is no room: what is to be closed anyway makes some.
    let first: OwnedFd = File::open("/dev/null").expect("null").into();
    let second: OwnedFd = File::open("/dev/zero").expect("zero").into();
    use std::os::fd::AsRawFd;
    let (one, two) = (first.as_raw_fd(), second.as_raw_fd());
    let line = format!(
        "test $(readlink /proc/self/fd/{one}) = /dev/zero && test $(readlink /proc/self/fd/{two}) = /dev/null"
    );
    let command = Command::shell(line).fd(two, first).fd(one, second);
    with_room(0, || {
        assert!(command.start().expect("it starts").wait().success());
        let error = command.clone().close_fds(false).start().unwrap_err();
        assert_eq!(
            (error.step(), error.raw_os_error()),
            (Step::Redirect, libc::EMFILE)
        );
    });
}

/// As many children with pipes as there is room for: the last ones work, and everything can be had again.
fn many_children() {
    let before = limit_files(64);
    let cat = || {
        Command::new("cat")
            .stdin(Stdio::Pipe)
            .stdout(Stdio::Pipe)
            .stderr(Stdio::Pipe)
    };
    let mut rounds = Vec::new();
    for _ in 0..2 {
        let mut children = Vec::new();
        let error = loop {
            match cat().start() {
                Ok(child) => children.push(child),
                Err(error) => break error,
            }
        };
        assert_eq!(error.raw_os_error(), libc::EMFILE);
        rounds.push(children.len());
        // Those that need no descriptor of their own.
        for child in children.iter().rev() {
            let done = child.communicate("banana").expect("they talk");
            assert_eq!(done.stdout(), b"banana");
        }
    }
    assert!(rounds[0] > 5 && rounds[0] == rounds[1], "{rounds:?}");
    limit_files(before);
}

/// All that works by a pidfd works without one.
fn no_pidfd() {
    assert_eq!(no_pidfd_child("exit 3").wait(), ExitStatus::Exited(3));

    let child = no_pidfd_child("exec sleep 1000");
    assert_eq!(child.try_wait(), None);
    let begin = Instant::now();
    child.wait_timeout(Duration::from_millis(50)).unwrap_err();
    assert!(begin.elapsed() >= Duration::from_millis(50));
    child.send_signal(Signal::TERM).unwrap();
    assert_eq!(
        child.wait_timeout(Duration::MAX).unwrap().signal(),
        Some(Signal::TERM)
    );
    child.kill().unwrap();

    let child = no_pidfd_child("exec sleep 1000");
    child.kill().unwrap();
    let deadline = Instant::now() + Duration::from_secs(50);
    assert_eq!(
        child.wait_deadline(deadline).unwrap().signal(),
        Some(Signal::KILL)
    );

    let child = no_pidfd_child("exec sleep 1000");
    let mut future = pin!(child.wait_async());
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    child.terminate().unwrap();
    loop {
        if let Poll::Ready(status) = future.as_mut().poll(&mut context) {
            assert_eq!(status.signal(), Some(Signal::TERM));
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }

    // Dropped: it is collected all the same.
    let child = no_pidfd_child("exit 0");
    let pid = child.pid();
    drop(child);
    while std::path::Path::new(&format!("/proc/{pid}")).exists() {
        thread::sleep(Duration::from_millis(1));
    }
}

/// A descriptor that stands for a child that has no pidfd: as soon as there is room for one.
fn sentinel_no_pidfd() {
    tell(no_pidfd_child);
    let child = no_pidfd_child("exec sleep 1000");
    with_room(0, || {
        let error = child.sentinel().unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
    });
    assert!(child.sentinel().is_ok());
    child.kill().unwrap();
    wait(&[&child]).unwrap();
    // One that is nobody's any more.
    let child = no_pidfd_child("exit 7");
    steal(child.pid());
    wait(&[&child]).unwrap();
    assert_eq!(child.wait(), ExitStatus::Unknown);
}

/// Descriptors above a limit that was lowered later are closed, too (row S-36).
fn lowered_limit() {
    let files: Vec<File> = (0..40)
        .map(|_| File::open("/dev/null").expect("null"))
        .collect();
    for file in &files {
        // SAFETY: a number; the flag says that it is inherited.
        unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(file), libc::F_SETFD, 0) };
    }
    let before = limit_files(20);
    let own = std::env::current_exe().expect("this program");
    let child = Command::new(&own).arg("fds").stdout(Stdio::Pipe);
    let started = child.start();
    limit_files(before);
    let child = match started {
        Ok(child) => child,
        // No room for the pipe below the limit: make it before.
        Err(_) => {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            let command = Command::new(&own).arg("fds").stdout(writer);
            let before = limit_files(20);
            let child = command.start().expect("it starts");
            limit_files(before);
            drop(command);
            assert_eq!(std::io::read_to_string(reader).expect("text"), "0 1 2\n");
            assert!(child.wait().success());
            return;
        }
    };
    assert_eq!(
        child.communicate(b"").expect("they talk").stdout(),
        b"0 1 2\n"
    );
}

/// The kernel collects children by itself (row S-63).
fn sigchld_ignored() {
    // SAFETY: the action is "ignore".
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
    for _ in 0..20 {
        let child = Command::shell("exit 7").start().expect("it starts");
        let status = child.wait();
        assert!(
            matches!(status, ExitStatus::Exited(7) | ExitStatus::Unknown),
            "{status:?}"
        );
        child.kill().unwrap();
    }
    let child = Command::shell("exec sleep 1000")
        .start()
        .expect("it starts");
    assert_eq!(child.try_wait(), None);
    child.wait_timeout(Duration::from_millis(20)).unwrap_err();
    child.kill().unwrap();
    let status = child.wait();
    assert!(
        matches!(status.signal(), Some(Signal::KILL)) || status == ExitStatus::Unknown,
        "{status:?}"
    );
    // A start that fails has a child to collect, too.
    let error = Command::new("/no/such").start().unwrap_err();
    assert_eq!(error.step(), Step::Exec);
}

fn steal(pid: u32) -> i32 {
    let mut status = 0;
    // SAFETY: a number and a place.
    let got = unsafe { libc::waitpid(pid.cast_signed(), &raw mut status, 0) };
    assert_eq!(got, pid.cast_signed());
    status
}

/// Somebody else has collected the child.
fn stolen() {
    let child = Command::shell("exit 7").start().expect("it starts");
    steal(child.pid());
    let status = child.wait();
    assert!(
        matches!(status, ExitStatus::Exited(7) | ExitStatus::Unknown),
        "{status:?}"
    );
    child.kill().unwrap();

    let child = Command::shell("exit 7").start().expect("it starts");
    steal(child.pid());
    // No look before the signal.
    child.terminate().unwrap();
    let status = child.wait_timeout(Duration::ZERO).unwrap();
    assert!(
        matches!(status, ExitStatus::Exited(7) | ExitStatus::Unknown),
        "{status:?}"
    );
}

fn stolen_no_pidfd() {
    let child = no_pidfd_child("exit 7");
    steal(child.pid());
    child.terminate().unwrap();
    assert_eq!(child.wait(), ExitStatus::Unknown);
    assert_eq!(
        (child.wait().returncode(), child.wait().success()),
        (None, false)
    );
}

extern "C" fn handler(_: i32) {}

/// Handlers do not go into the child, the mask and what is ignored do (row S-40).
fn handlers() {
    // SAFETY: a handler that does nothing; actions; a mask.
    unsafe {
        libc::signal(libc::SIGUSR1, handler as *const () as libc::sighandler_t);
        libc::signal(libc::SIGUSR2, libc::SIG_IGN);
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        let mut mask = std::mem::zeroed();
        libc::sigemptyset(&raw mut mask);
        libc::sigaddset(&raw mut mask, libc::SIGALRM);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const mask, std::ptr::null_mut());
    }
    let bit = |signal: i32| 1_u64 << (signal - 1);
    let look = |command: Command| {
        let done = command
            .stdout(Stdio::Pipe)
            .start()
            .unwrap()
            .communicate(b"")
            .unwrap();
        let text = String::from_utf8(done.stdout().to_vec()).unwrap();
        let value = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            u64::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap()
        };
        let asked = [
            libc::SIGUSR1,
            libc::SIGUSR2,
            libc::SIGPIPE,
            libc::SIGXFSZ,
            libc::SIGALRM,
        ];
        let asked: u64 = asked.map(bit).into_iter().sum();
        (value("SigBlk"), value("SigIgn") & asked)
    };
    // A program that changes nothing by itself, as Rust's runtime would.
    let look_at = |change: fn(Command) -> Command| {
        look(change(
            Command::new("grep").args(["Sig", "/proc/self/status"]),
        ))
    };
    let plain = bit(libc::SIGUSR2);
    let all = plain | bit(libc::SIGPIPE) | bit(libc::SIGXFSZ);
    let blocked = bit(libc::SIGALRM);
    assert_eq!(look_at(|command| command), (blocked, plain));
    assert_eq!(
        look_at(|command| command.restore_signals(false)),
        (blocked, all)
    );
    // The other two ways of making a process, and the one by the thread that stays.
    assert_eq!(
        look_at(|command| command.share_memory(false)),
        (blocked, plain)
    );
    assert_eq!(
        look_at(|command| command.dies_with_parent(Signal::KILL)),
        (blocked, plain)
    );
    let with_closure = |command: Command| {
        // SAFETY: the closure does nothing.
        unsafe { command.pre_exec(|| Ok(())) }
    };
    assert_eq!(look_at(with_closure), (blocked, plain));
    // And this thread's own mask is as it was.
    // SAFETY: places of the right type.
    unsafe {
        let mut now = std::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &raw mut now);
        assert_eq!(libc::sigismember(&raw const now, libc::SIGALRM), 1);
        assert_eq!(libc::sigismember(&raw const now, libc::SIGTERM), 0);
    }
}

static CAUGHT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

extern "C" fn count(_: i32) {
    CAUGHT.fetch_add(1, Ordering::Relaxed);
}

/// Runs of the handler in another process than this one, whose memory that process shares.
static STRANGERS: AtomicU32 = AtomicU32::new(0);
static OWN: AtomicU32 = AtomicU32::new(0);

extern "C" fn count_strangers(_: libc::c_int) {
    if std::process::id() != OWN.load(Ordering::Relaxed) {
        STRANGERS.fetch_add(1, Ordering::Relaxed);
    }
}

/// Signals to the whole process group while children are made: one that is in a child's way to its program ends it, as by default, and never runs this process's handler.
fn group_storm() {
    OWN.store(std::process::id(), Ordering::Relaxed);
    // SAFETY: a handler that counts; numbers.
    unsafe {
        libc::signal(
            libc::SIGUSR1,
            count_strangers as *const () as libc::sighandler_t,
        );
        assert_eq!(libc::setpgid(0, 0), 0);
    }
    let stop = std::sync::Arc::new(AtomicBool::new(false));
    let storm = {
        let stop = stop.clone();
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                // SAFETY: numbers: this process and its children, no others.
                unsafe { libc::kill(0, libc::SIGUSR1) };
            }
        })
    };
    // The folder is looked up before the mask is the program's, which makes the way longer.
    let command = Command::new("true").cwd("/proc/..".repeat(200));
    let mut hit = 0;
    while hit < 10 {
        assert_eq!(STRANGERS.load(Ordering::Relaxed), 0, "it stays at home");
        match command.start() {
            Ok(child) => {
                let _ = child.wait();
            }
            Err(error) => {
                assert_eq!(error.step(), Step::Killed, "{error}");
                hit += 1;
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    storm.join().unwrap();
}

/// Signals that interrupt every call all the time do no harm: not to the start, nor to waits, nor to a conversation.
fn signal_storm() {
    // SAFETY: a handler that only counts; without SA_RESTART, so that calls are interrupted.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = count as *const () as libc::sighandler_t;
        libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut());
    }
    // SAFETY: no arguments.
    let target = unsafe { libc::pthread_self() };
    let stop = std::sync::Arc::new(AtomicBool::new(false));
    let storm = {
        let stop = stop.clone();
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                // SAFETY: the main thread lives longer than this one.
                unsafe { libc::pthread_kill(target, libc::SIGUSR1) };
                thread::sleep(Duration::from_micros(50));
            }
        })
    };
    let big = vec![b'x'; 300_000];
    for round in 0..30 {
        let child = Command::new("cat")
            .stdin(Stdio::Pipe)
            .stdout(Stdio::Pipe)
            .share_memory(round % 2 == 0)
            .start()
            .expect("it starts");
        assert_eq!(
            child
                .communicate(big.clone())
                .expect("they talk")
                .stdout()
                .len(),
            big.len()
        );
        let error = Command::new("/no/such").start().unwrap_err();
        assert_eq!(error.step(), Step::Exec);
        // SAFETY: the closure does nothing.
        let child = unsafe { Command::new("true").pre_exec(|| Ok(())) }
            .start()
            .expect("it starts");
        assert!(child.wait().success());
        assert_eq!(
            Command::shell("exit 3")
                .start()
                .expect("it starts")
                .wait()
                .code(),
            Some(3)
        );
    }
    stop.store(true, Ordering::Relaxed);
    storm.join().expect("the storm ends");
    assert!(CAUGHT.load(Ordering::Relaxed) > 100);
}

/// A forked copy of this process has the handle, and not the child.
fn forked_copy() {
    let child = Command::new("cat")
        .stdin(Stdio::Pipe)
        .start()
        .expect("it starts");
    // SAFETY: the copy calls what needs no other thread, and `_exit`.
    let copy = unsafe { libc::fork() };
    if copy == 0 {
        let right =
            child.try_wait().is_none() && child.wait_timeout(Duration::from_millis(5)).is_err();
        // SAFETY: ends the copy.
        unsafe { libc::_exit(if right { 0 } else { 1 }) };
    }
    assert_eq!(steal(copy.cast_unsigned()), 0);
    drop(child.take_stdin());
    assert!(child.wait().success());
}

/// The system refuses to make a process (row S-47).
fn no_more_processes() {
    let limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // Root is not limited, so this is somebody else.
    // SAFETY: numbers, and a limit. Only this thread changes, by the system call itself.
    unsafe {
        assert_eq!(libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit), 0);
        libc::syscall(libc::SYS_setresgid, 12345, 12345, 12345);
        libc::syscall(libc::SYS_setresuid, 12345, 12345, 12345);
    }
    for share in [true, false] {
        match Command::new("true").share_memory(share).start() {
            Ok(child) => assert!(child.wait().success(), "it was allowed after all"),
            Err(error) => {
                assert_eq!(
                    (error.step(), error.raw_os_error()),
                    (Step::Clone, libc::EAGAIN)
                );
                assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
            }
        }
    }
}
