//! The server that copies itself (rows M-34, M-41; `TestForkServer`): killed, restarted, prepared, with other rights.
//!
//! # Safety
//!
//! A function of the signature that the loader calls, which starts a thread if the environment says so.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "a constructor")]

mod start_support;
mod subprocess_support;

use std::io::ErrorKind::Unsupported;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::{
    Fd, Process, StartError, StartMethod, active_children, force_start_method, forkserver,
    get_all_start_methods, get_context, get_start_method,
};
use start_support::on_stage;
use subprocess_support::{alone, eventually, has_children, ms, runs};

fn square(n: u64) -> u64 {
    n * n
}

fn sleep(_: ()) {
    std::thread::sleep(Duration::from_secs(100));
}

fn start<T>(target: fn(u64) -> T, n: u64) -> T
where
    T: serde::Serialize + serde::de::DeserializeOwned + 'static,
{
    let context = get_context(StartMethod::ForkServer);
    context.spawn(target, n).unwrap().join().unwrap()
}

/// Sends a signal to a process that the library gives no handle for.
fn signal(pid: u32, number: i32) {
    start_support::kill(pid, number);
}

/// Row M-34: one small process with one thread, which is not listed, and which the children are no children of.
#[test]
fn m34_one_small_process() {
    fn parent(_: u64) -> (u32, usize) {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().count();
        (std::os::unix::process::parent_id(), tasks)
    }
    let _alone = alone();
    assert_eq!(forkserver::pid(), None);
    forkserver::ensure_running().unwrap();
    let server = forkserver::pid().unwrap();
    assert_eq!(active_children(), []);
    for _ in 0..3 {
        assert_eq!(start(parent, 0), (std::process::id(), 1));
        assert_eq!(forkserver::pid(), Some(server));
    }
    let tasks = std::fs::read_dir(format!("/proc/{server}/task")).unwrap();
    assert_eq!(tasks.count(), 1);
    let status = std::fs::read_to_string(format!("/proc/{server}/status")).unwrap();
    let size = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let size: u64 = size
        .unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap();
    assert!(size < 4096, "{size} kB");
    // Standard streams, socket, page, and nothing of requests.
    eventually(|| {
        let fds = std::fs::read_dir(format!("/proc/{server}/fd"));
        fds.unwrap().count() == 5
    });
    forkserver::stop();
    assert!(!runs(server));
    assert_eq!(forkserver::pid(), None);
    assert!(!has_children());
}

/// `test_forkserver_sigint`, `test_forkserver_sigkill`: what was started goes on, what is started next works.
#[test]
fn m34_killed_servers() {
    let _alone = alone();
    let context = get_context(StartMethod::ForkServer);
    for number in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGKILL] {
        let before = context.spawn(sleep, ()).unwrap();
        let server = forkserver::pid().unwrap();
        signal(server, number);
        if number == libc::SIGKILL {
            eventually(|| !runs(server));
        }
        assert_eq!(start(square, 5), 25);
        let same = forkserver::pid() == Some(server);
        assert_eq!(same, number != libc::SIGKILL, "{number}");
        std::thread::sleep(ms(5));
        assert!(before.is_alive());
        before.kill().unwrap();
        assert!(before.join().is_err());
        assert_eq!(before.exitcode(), Some(-9));
    }
}

/// A server that is killed at any moment of a start: each process runs once, and none is lost.
#[test]
fn m34_killed_at_any_moment() {
    fn count((memory, n): (SharedMemory, u64)) -> u64 {
        memory
            .atomic::<AtomicU32>(0)
            .unwrap()
            .fetch_add(1, Ordering::SeqCst);
        n + 1
    }
    let _alone = alone();
    let context = get_context(StartMethod::ForkServer);
    let memory = SharedMemory::anonymous(4).unwrap();
    for n in 0..60 {
        forkserver::ensure_running().unwrap();
        let server = forkserver::pid().unwrap();
        let killer = std::thread::spawn(move || {
            let start = std::time::Instant::now();
            while start.elapsed() < Duration::from_micros(n * 13) {
                std::hint::spin_loop();
            }
            signal(server, libc::SIGKILL);
        });
        let argument = (memory.try_clone().unwrap(), n);
        let process = context.spawn(count, argument).unwrap();
        assert_eq!(process.join().unwrap(), n + 1);
        killer.join().unwrap();
        drop(process);
        forkserver::stop();
        // Nobody is there whom nobody knows.
        assert!(!has_children());
        let ran = memory
            .atomic::<AtomicU32>(0)
            .unwrap()
            .load(Ordering::SeqCst);
        assert_eq!(u64::from(ran), n + 1);
    }
}

/// A server that is stopped is no reason to wait for ever: another one takes its place. What it has made goes on, and nothing is made twice.
#[test]
fn m34_stopped_servers() {
    fn count((memory, n): (SharedMemory, u64)) -> u64 {
        let counter = memory.atomic::<AtomicU32>(0).unwrap();
        u64::from(counter.fetch_add(1, Ordering::SeqCst)) + n
    }
    let _alone = alone();
    let context = get_context(StartMethod::ForkServer);
    let memory = SharedMemory::anonymous(4).unwrap();
    let before = context.spawn(sleep, ()).unwrap();
    for round in 0..3_u64 {
        let server = forkserver::pid().unwrap();
        let stopper = std::thread::spawn(move || {
            // The last one in the middle, perhaps.
            let start = std::time::Instant::now();
            while start.elapsed() < Duration::from_micros(round / 2 * 150) {
                std::hint::spin_loop();
            }
            signal(server, libc::SIGSTOP);
        });
        if round < 2 {
            stopper.join().unwrap();
            let process = context.spawn(count, (memory.try_clone().unwrap(), 0));
            assert_eq!(process.unwrap().join().unwrap(), round);
            assert_ne!(forkserver::pid().unwrap(), server);
            assert!(!runs(server));
        } else {
            let process = context.spawn(count, (memory.try_clone().unwrap(), 0));
            assert_eq!(process.unwrap().join().unwrap(), round);
            stopper.join().unwrap();
        }
        assert!(before.is_alive());
    }
    before.kill().unwrap();
    assert!(before.join().is_err());
    // Whatever state it is in.
    forkserver::stop();
    assert!(!has_children());
}

/// A server that takes long to prepare itself is not one that is stopped.
#[test]
fn m41_long_preparations() {
    static PREPARED: AtomicU32 = AtomicU32::new(0);
    fn prepare() {
        std::thread::sleep(ms(1300));
        PREPARED.store(std::process::id(), Ordering::SeqCst);
    }
    let _alone = alone();
    on_stage((), |()| {
        forkserver::set_preload(prepare);
        forkserver::ensure_running().unwrap();
        let server = forkserver::pid();
        assert_eq!(Some(start(|_| PREPARED.load(Ordering::SeqCst), 0)), server);
        assert_eq!(forkserver::pid(), server);
    });
}

/// Many threads start at once; the server is killed meanwhile.
#[test]
fn m34_many_threads() {
    let _alone = alone();
    let threads: Vec<_> = (0..4_u64)
        .map(|thread| {
            std::thread::spawn(move || {
                for n in 0..15 {
                    assert_eq!(start(square, thread + n), (thread + n) * (thread + n));
                    if n % 5 == thread
                        && let Some(server) = forkserver::pid()
                    {
                        signal(server, libc::SIGKILL);
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    eventually(|| !has_children());
}

/// Row M-41: what the server prepares is there in all processes, without doing it again.
#[test]
fn m41_preparations() {
    static PREPARED: AtomicU32 = AtomicU32::new(0);
    fn prepare() {
        PREPARED.store(std::process::id(), Ordering::SeqCst);
    }
    fn look(_: u64) -> u32 {
        PREPARED.load(Ordering::SeqCst)
    }
    fn threads() {
        std::mem::forget(std::thread::spawn(|| sleep(())));
    }
    fn panics() {
        panic!("not prepared");
    }
    let _alone = alone();
    on_stage((), |()| {
        assert_eq!(start(look, 0), 0);
        forkserver::set_preload(prepare);
        for _ in 0..2 {
            assert_eq!(Some(start(look, 0)), forkserver::pid());
        }
        assert_eq!(PREPARED.load(Ordering::SeqCst), 0);
        for wrong in [threads as fn(), panics] {
            forkserver::set_preload(wrong);
            let refused = get_context(StartMethod::ForkServer).spawn(look, 0);
            assert!(matches!(refused, Err(StartError::Server(_))), "{refused:?}");
            eventually(|| {
                let _ = active_children();
                !has_children()
            });
        }
        forkserver::set_preload(|| ());
        assert_eq!(start(look, 0), 0);
    });
}

/// A process with fewer rights gets no children with more.
#[test]
fn other_rights() {
    fn no_new_privs(_: u64) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        status.lines().any(|line| line == "NoNewPrivs:\t1")
    }
    let _alone = alone();
    on_stage((), |()| {
        let before = start(no_new_privs, 0);
        let server = forkserver::pid();
        start_support::no_new_privs();
        assert!(start(no_new_privs, 0));
        assert_eq!(forkserver::pid() == server, before);
    });
}

/// Before the library's own.
#[used]
#[unsafe(link_section = ".init_array.00200")]
static CONSTRUCTOR: extern "C" fn() = constructor;

extern "C" fn constructor() {
    if std::env::var_os("START_TEST_THREAD").is_some() {
        std::mem::forget(std::thread::spawn(|| sleep(())));
    }
}

/// A program whose constructors start threads has no use for a server: who insists is told, all others are spawned.
#[test]
fn constructors_with_threads() {
    let _alone = alone();
    on_stage((), |()| {
        force_start_method(None);
        start_support::set_env("START_TEST_THREAD", Some("1"));
        assert_ne!(get_start_method(), StartMethod::Spawn);
        for n in 0..2 {
            let process = Process::new(square, n);
            process.start().unwrap();
            assert_eq!(process.join().unwrap(), n * n);
            assert_eq!(get_start_method(), StartMethod::Spawn);
        }
    });
    on_stage((), |()| {
        start_support::set_env("START_TEST_THREAD", Some("1"));
        let asked = get_context(StartMethod::ForkServer).spawn(square, 1);
        assert!(matches!(&asked, Err(StartError::Server(error)) if error.kind() == Unsupported));
        assert_eq!(
            get_all_start_methods(),
            [StartMethod::Spawn, StartMethod::Fork]
        );
        assert!(!has_children());
    });
}

/// The end of the program's output is seen although the server lives.
#[test]
fn the_server_has_no_output() {
    let _alone = alone();
    on_stage((), |()| {
        let mut output = start_support::Redirected::new();
        forkserver::ensure_running().unwrap();
        assert_eq!(start(square, 3), 9);
        assert!(forkserver::pid().is_some());
        print!("x");
        assert_eq!(output.read(), ("x".to_owned(), String::new()));
        assert_eq!(start(square, 4), 16);
    });
}

/// Values go both ways while others are started; a process of a process has a server of its own.
#[test]
fn servers_of_children() {
    fn deep(n: u64) -> u64 {
        if n == 0 { 1 } else { start(deep, n - 1) * 2 }
    }
    fn echo(fd: Fd) {
        let mut file = std::fs::File::from(fd.try_into_owned().unwrap());
        let mut byte = [0];
        file.read_exact(&mut byte).unwrap();
        file.write_all(&byte).unwrap();
    }
    let _alone = alone();
    assert_eq!(start(deep, 4), 16);
    let context = get_context(StartMethod::ForkServer);
    let (mut here, there) = std::os::unix::net::UnixStream::pair().unwrap();
    let process = context.spawn(echo, Fd::from(OwnedFd::from(there))).unwrap();
    assert_eq!(start(deep, 1), 2);
    here.write_all(&[7]).unwrap();
    let mut byte = [0];
    here.read_exact(&mut byte).unwrap();
    assert_eq!(byte, [7]);
    process.join().unwrap();
}
