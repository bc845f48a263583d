//! `multiprocessing` in bad weather: strangers, crowds, too few descriptors, no place for names, forks, and kernels that lack calls.
//!
//! `SELVEDGE_STRESS` says how large the crowd is: 100 if nothing is said.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{Address, AuthKey, Listener, Receiver, one_way};
use selvedge::multiprocessing::shared_memory::{ShareableList, SharedMemory, names};
use selvedge::multiprocessing::synchronize::{Lock, Semaphore};
use selvedge::multiprocessing::{Process, active_children, forkserver, spawn};
use subprocess_support::{alone, eventually, has_children, open_fds};

/// The other program. It ends with code 77 where the system does not permit what it is to do.
const CHILD: &str = env!("CARGO_BIN_EXE_process_child");
const NOT_HERE: i32 = 77;

fn run(args: &[&str]) -> Output {
    Command::new(CHILD).args(args).output().expect("it starts")
}

/// Runs a scenario to its good end; what it told. `None` where it is not permitted.
#[track_caller]
fn scenario(args: &[&str]) -> Option<String> {
    let done = run(args);
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.code() == Some(NOT_HERE) {
        println!("{args:?}: {told}");
        return None;
    }
    let errors = String::from_utf8_lossy(&done.stderr);
    let text = format!("{args:?}: {:?}\n{told}\n{errors}", done.status);
    assert!(done.status.success(), "{text}");
    let told = told.strip_suffix("done\n").expect(&text);
    assert!(!errors.contains("watchdog"), "{text}");
    Some(told.to_owned())
}

/// All steps that every program takes, on a kernel without these calls: those that need one of them are refused, by an error that says which, and the others work. Nothing hangs or panics, or is left.
#[track_caller]
fn kernel_without(calls: &[&str], refused: &[&str]) {
    kernel_without_by("usual", calls, refused);
    // What has nothing to do with the start of a process is the same with all methods.
    if calls
        .iter()
        .any(|call| call.contains("pidfd") || call.contains("PIDFD") || *call == "memfd_create")
    {
        kernel_without_by("spawn", calls, refused);
    }
}

#[track_caller]
fn kernel_without_by(method: &str, calls: &[&str], refused: &[&str]) {
    let args: Vec<_> = ["old-kernel", method]
        .iter()
        .chain(calls)
        .copied()
        .collect();
    let Some(told) = scenario(&args) else {
        return;
    };
    let lines: Vec<_> = told
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    assert_eq!(lines.len(), 11, "{calls:?}: {told}");
    for (step, outcome) in lines {
        if refused.contains(&step) {
            let missing = calls.last().expect("one at least");
            let error = outcome.strip_prefix("refused: ").unwrap_or_default();
            assert!(error.contains(missing), "{args:?}: {step} {outcome}");
        } else {
            assert_eq!(outcome, "works", "{args:?}: {step}");
        }
    }
}

/// Nothing is missing, or what nobody misses.
#[test]
fn kernels_that_lack_what_nobody_needs() {
    let _alone = alone();
    for calls in [
        &[][..],
        &["process_madvise"],
        &["clone3"],
        // Linux before 5.9.
        &["close_range"],
        &["forbidden", "close_range"],
    ] {
        kernel_without(calls, &[]);
    }
}

/// Linux before 5.16: who waits looks again, by and by.
#[test]
fn kernels_that_cannot_wait_for_several_words() {
    let _alone = alone();
    for calls in [&["futex_waitv"][..], &["forbidden", "futex_waitv"]] {
        kernel_without(calls, &[]);
    }
}

/// No pidfd from the start of a child, or none that can be used for signals.
#[test]
fn kernels_that_know_little_of_pidfds() {
    let _alone = alone();
    for calls in [
        &["CLONE_PIDFD"][..],
        &["pidfd_send_signal"],
        &["forbidden", "pidfd_send_signal"],
        &[
            "CLONE_PIDFD",
            "pidfd_send_signal",
            "close_range",
            "futex_waitv",
        ],
    ] {
        kernel_without(calls, &[]);
    }
}

/// What there is no way round: everything that needs it says so.
#[test]
fn kernels_that_lack_what_is_needed() {
    let _alone = alone();
    let shared = ["memory", "locks", "signals", "deaths"];
    for way in [&["get_robust_list"][..], &["forbidden", "get_robust_list"]] {
        kernel_without(way, &shared);
    }
    let all = [
        "values", "ends", "handles", "parents", "messages", "memory", "names", "locks", "signals",
        "deaths",
    ];
    for way in [&["memfd_create"][..], &["forbidden", "memfd_create"]] {
        kernel_without(way, &all);
    }
}

/// A child cannot be told when its parent ends: it does not begin.
#[test]
fn kernels_that_cannot_open_pidfds() {
    let _alone = alone();
    // Children whose end nobody asks about are collected all the same.
    let all = [
        "values", "ends", "parents", "messages", "memory", "names", "locks", "signals", "deaths",
    ];
    for way in [&["pidfd_open"][..], &["forbidden", "pidfd_open"]] {
        kernel_without(way, &all);
    }
}

/// 256 descriptors: whatever cannot be had is refused with that error, and nothing stays of the attempt.
#[test]
fn few_descriptors() {
    let _alone = alone();
    let told = scenario(&["few", "256"]).expect("it is always permitted");
    let children = told
        .split(' ')
        .next()
        .and_then(|count| count.parse::<u32>().ok());
    assert!(children.is_some_and(|count| count > 50), "{told}");
}

/// Where names cannot be kept as usual: they are kept elsewhere, or refused with the system's word; what needs no name works.
#[test]
fn places_for_names() {
    let _alone = alone();
    for what in ["missing", "closed", "open", "full", "nowhere"] {
        let told = scenario(&["place", what]);
        // Where one may have no mounts of one's own, there is only the usual place.
        if told.is_none() {
            let memory = SharedMemory::create(8).unwrap();
            assert!(
                names()
                    .unwrap()
                    .iter()
                    .any(|name| Some(&**name) == memory.name())
            );
        }
    }
}

/// Processes that share the place for names but do not see each other, as in two containers: neither takes the other's for what the dead have left.
#[test]
fn namespaces() {
    let _alone = alone();
    if scenario(&["apart", "outside"]).is_none() {
        // Where none may be made, all are in this one.
        let memory = SharedMemory::create(8).unwrap();
        assert!(SharedMemory::attach(memory.name().unwrap()).is_ok());
    }
}

/// A fork of a process with threads: it has what belongs to all, nothing that belongs to its parent, and does no harm.
#[test]
fn forks_of_threaded_parents() {
    let _alone = alone();
    for what in ["quiet", "busy"] {
        scenario(&["forked", what]).expect("it is always permitted");
    }
}

/// Two programs that know a name, an address and a key of each other; one dies with what they share.
#[test]
fn strangers() {
    let _alone = alone();
    let memory = SharedMemory::create(16).unwrap();
    memory.set(0, &41_u64).unwrap();
    let list = ShareableList::new([
        selvedge::multiprocessing::shared_memory::Item::Int(1),
        "12345678".into(),
    ])
    .unwrap();
    let listener = Listener::builder()
        .authkey(AuthKey::new("between programs").unwrap())
        .bind_anywhere()
        .unwrap();
    let Address::Unix(path) = listener.address() else {
        panic!("a path");
    };
    let name = memory.name().unwrap();
    let mut stranger = Command::new(CHILD)
        .args(["stranger", name])
        .arg(path)
        .spawn()
        .unwrap();
    let there = listener.accept().unwrap();
    assert_eq!(memory.get::<u64>(8).unwrap(), 42);
    there.send(list.memory().name().unwrap()).unwrap();
    let given = SharedMemory::anonymous(8).unwrap();
    let (lock, seats) = (Lock::new().unwrap(), Semaphore::new(2).unwrap());
    there
        .send(&(given.try_clone().unwrap(), lock.clone(), seats.clone()))
        .unwrap();
    for _ in 0..1000 {
        // It may be through and hold it until it dies.
        let Some(Ok(_guard)) = lock.try_acquire() else {
            thread::yield_now();
            continue;
        };
        given
            .set(0, &(given.get::<u64>(0).unwrap() + 1_000_000))
            .unwrap();
    }
    assert_eq!(there.recv::<String>().unwrap(), "held");
    let count = given.get::<u64>(0).unwrap();
    assert_eq!(count % 1_000_000, 1000);
    assert_eq!(list.get(1), Ok("from afar".into()));
    assert!(lock.is_locked() && seats.value() == 1);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| lock.acquire().is_err());
        thread::sleep(Duration::from_millis(5));
        stranger.kill().unwrap();
        assert!(waiting.join().unwrap(), "it died with the lock");
    });
    stranger.wait().unwrap();
    drop(lock.acquire().unwrap());
    // What the dead had comes back to the next who asks.
    let both = [seats.acquire(), seats.acquire()];
    assert!(seats.try_acquire().is_none());
    drop(both);
    // It had the memory by its name, too, and has not taken it away.
    assert!(SharedMemory::attach(name).is_ok());
    assert!(there.recv::<()>().is_err());
}

fn work(n: u64) -> u64 {
    n * 3
}

fn wait_for((there, code): (Receiver, i32)) {
    let _ = there.recv::<()>();
    std::process::exit(code);
}

/// Waves of children of all kinds; after each, nothing is left of it.
#[test]
fn waves() {
    const WAVE: u64 = 50;
    let more = std::env::var("SELVEDGE_STRESS").ok();
    let children: u64 = more.map_or(100, |text| text.parse().expect("a number"));
    let _alone = alone();
    let before = open_fds().len();
    for wave in 0..children.div_ceil(WAVE) {
        let mut ends = Vec::new();
        let mut kept: Vec<(u64, Process<u64>)> = Vec::new();
        let mut waiting: Vec<(u64, Process)> = Vec::new();
        for n in 0..WAVE {
            match n % 5 {
                // Nobody ever asks for these.
                0 => drop(spawn(work, n).unwrap()),
                1 => kept.push((n, spawn(work, n + wave).unwrap())),
                kind => {
                    let (receiver, end) = one_way().unwrap();
                    ends.push(end);
                    waiting.push((
                        kind,
                        spawn(wait_for, (receiver, i32::from(kind == 2))).unwrap(),
                    ));
                }
            }
        }
        for (_, child) in waiting.iter().filter(|(kind, _)| *kind == 3) {
            child.kill().unwrap();
        }
        drop(ends);
        for (n, child) in &kept {
            assert_eq!(child.join().unwrap(), work(n + wave));
        }
        for (kind, child) in waiting {
            let code = match kind {
                2 => 1,
                3 => -9,
                _ => 0,
            };
            let _ = child.join();
            assert_eq!(child.exitcode(), Some(code));
        }
        drop(kept);
        forkserver::stop();
        eventually(|| !has_children() && active_children().is_empty());
        eventually(|| open_fds().len() <= before);
    }
}
