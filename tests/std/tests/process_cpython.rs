//! What is left of CPython's `_test_multiprocessing.py` for processes; `process_cpython.md` says for each of its tests which test follows it.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::io::Read;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use selvedge::multiprocessing::connection::{Connection, RecvError, Sender, one_way, pipe, wait};
use selvedge::multiprocessing::synchronize::Event;
use selvedge::multiprocessing::{
    Builder, Fd, JoinTimeoutError, Process, active_children, cpu_count, current_process,
    parent_process, process_cpu_count, spawn,
};
use selvedge::threading;
use subprocess_support::{alone, eventually, ms, open_fds};

const CHILD: &str = env!("CARGO_BIN_EXE_process_child");

/// Every test that the table names is there, and every line says something.
#[test]
fn the_table_is_true() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let (mut tests, mut followed) = (0, 0);
    for line in include_str!("process_cpython.md").lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let ["", _, test, here, ""] = cells[..] else {
            continue;
        };
        if !test.starts_with("`test") {
            continue;
        }
        tests += 1;
        assert!(!here.is_empty(), "{test}");
        let names = here.split('`').filter_map(|word| word.split_once("::"));
        for (file, name) in names.filter(|(file, _)| *file != "threading") {
            let source = std::fs::read_to_string(folder.join(format!("{file}.rs")));
            let source = source.unwrap_or_else(|error| panic!("{file}.rs: {error}"));
            let it = format!("#[test]\nfn {name}()");
            assert!(source.contains(&it), "{file}::{name}");
            followed += 1;
        }
    }
    assert!(tests > 120 && followed > 100, "{tests} {followed}");
}

/// `test_daemon_argument`.
#[test]
fn m01_daemons() {
    fn ask(there: Sender) {
        let inherits = Process::new(|()| (), ());
        let explicit = Builder::new().daemon(false).build(|()| (), ());
        there
            .send(&(inherits.is_daemon(), explicit.is_daemon()))
            .unwrap();
    }
    let _alone = alone();
    assert!(!current_process().is_daemon());
    for daemon in [false, true] {
        assert!(!Process::new(|()| (), ()).is_daemon());
        let (told, there) = one_way().unwrap();
        let child = Builder::new().daemon(daemon).spawn(ask, there).unwrap();
        assert_eq!(child.is_daemon(), daemon);
        assert_eq!(told.recv::<(bool, bool)>().unwrap(), (daemon, false));
        child.join().unwrap();
    }
}

/// `test_process`, `test_active_children`: what is known before, during, and after.
#[test]
fn m01_a_process() {
    type Told = (Vec<i32>, String, u32, bool);
    fn tell((numbers, there): (Vec<i32>, Sender)) {
        let own = current_process();
        let told: Told = (numbers, own.name().to_owned(), own.pid(), own.is_daemon());
        there.send(&told).unwrap();
    }
    let _alone = alone();
    let (told, there) = one_way().unwrap();
    let child = Builder::new()
        .name("SomeProcess")
        .daemon(true)
        .build(tell, (vec![1, 2], there));
    assert!(!child.is_alive() && !active_children().contains(&child.process()));
    child.start().unwrap();
    // It may be over by now; it is known until somebody looks.
    let (numbers, name, pid, daemon): Told = told.recv().unwrap();
    assert_eq!(
        (numbers, &*name, Some(pid), daemon),
        (vec![1, 2], "SomeProcess", child.pid(), true)
    );
    child.join().unwrap();
    assert_eq!((child.exitcode(), child.is_alive()), (Some(0), false));
    assert!(!active_children().contains(&child.process()));

    let asleep = spawn(|()| std::thread::sleep(Duration::from_secs(1000)), ()).unwrap();
    assert!(asleep.is_alive() && active_children() == [asleep.process()]);
    assert!(matches!(
        asleep.join_timeout(Duration::ZERO),
        Err(JoinTimeoutError::TimedOut)
    ));
    asleep.kill().unwrap();
    assert!(asleep.join().is_err());
    assert!(active_children().is_empty());
}

/// `test_parent_process`: a grandchild sees its parent die.
#[test]
fn m47_the_end_of_a_parent() {
    fn watch(there: Sender) {
        let parent = parent_process().unwrap();
        there.send(&parent.is_alive()).unwrap();
        parent.join();
        there.send(&parent.is_alive()).unwrap();
    }
    fn parent(there: Sender) {
        // Else it would die as well.
        let child = Builder::new().detached(true).spawn(watch, there).unwrap();
        child.join().unwrap();
    }
    let _alone = alone();
    let (told, there) = one_way().unwrap();
    let child = spawn(parent, there).unwrap();
    assert!(told.recv::<bool>().unwrap());
    child.terminate().unwrap();
    assert!(child.join().is_err());
    assert!(!told.recv::<bool>().unwrap());
    assert!(matches!(told.recv::<bool>(), Err(RecvError::Closed)));
}

/// `test_process_mainthread_native_id`, `test_wait_for_threads`.
#[test]
fn m19_threads_of_a_child() {
    fn threads((event, there): (Event, Sender)) {
        there.send(&threading::main_thread().native_id()).unwrap();
        threading::spawn(move || {
            std::thread::sleep(ms(30));
            event.set();
        });
        let forever = threading::Builder::new().daemon(true);
        let forever = forever.spawn(|| std::thread::sleep(Duration::from_secs(1000)));
        drop(forever.unwrap());
    }
    let _alone = alone();
    let event = Event::new().unwrap();
    let (told, there) = one_way().unwrap();
    let child = spawn(threads, (event.clone(), there)).unwrap();
    let id = told.recv::<Option<u32>>().unwrap();
    assert!(id == child.pid() && id != threading::main_thread().native_id());
    child.join().unwrap();
    assert!(event.is_set());
}

/// `test_cpu_count`.
#[test]
fn m48_processors() {
    assert!(cpu_count() >= 1 && process_cpu_count() >= 1);
    assert!(process_cpu_count() <= cpu_count());
}

/// `test_recursion`: children of children, in order, as each waits for its own.
#[test]
fn m24_recursion() {
    fn descend((there, path): (Fd, Vec<u8>)) {
        let sender = Connection::new(there.as_fd().try_clone_to_owned().unwrap());
        sender.unwrap().send(&path).unwrap();
        if path.len() < 2 {
            for i in 0..2 {
                let path = path.iter().copied().chain([i]).collect();
                spawn(descend, (there.clone(), path))
                    .unwrap()
                    .join()
                    .unwrap();
            }
        }
    }
    let _alone = alone();
    let (here, there) = pipe().unwrap();
    let copy = Fd::from(there.as_fd().try_clone_to_owned().unwrap());
    drop(there);
    descend((copy, Vec::new()));
    let paths: [&[u8]; 7] = [&[], &[0], &[0, 0], &[0, 1], &[1], &[1, 0], &[1, 1]];
    for path in paths {
        assert_eq!(here.recv::<Vec<u8>>().unwrap(), path);
    }
    assert!(matches!(here.recv::<Vec<u8>>(), Err(RecvError::Closed)));
}

/// `test_sentinel`, `test_wait_integer`: among other things that can be waited for.
#[test]
fn m14_sentinel() {
    let _alone = alone();
    let event = Event::new().unwrap();
    let child = Process::new(|event: Event| event.wait(), event.clone());
    assert!(child.sentinel().is_none());
    child.start().unwrap();
    let (receiver, sender) = one_way().unwrap();
    let sentinel = child.sentinel().unwrap();
    let both = [sentinel, receiver.as_fd()];
    sender.send(&1).unwrap();
    assert_eq!(wait(&both).unwrap(), [1]);
    event.set();
    eventually(|| wait(&both).unwrap() == [0, 1]);
    assert_eq!(receiver.recv::<i32>().unwrap(), 1);
    child.join().unwrap();
    // Still so when it has been collected.
    assert_eq!(wait(&both).unwrap(), [0]);
}

/// `test_child_fd_inflation`: the tenth child has no more descriptors than the first.
#[test]
fn m24_descriptors_of_siblings() {
    fn count((there, event): (Sender, Event)) {
        there.send(&open_fds().len()).unwrap();
        event.wait();
    }
    let _alone = alone();
    let event = Event::new().unwrap();
    let (counts, children): (Vec<_>, Vec<_>) = (0..10)
        .map(|_| {
            let (told, there) = one_way().unwrap();
            let child = spawn(count, (there, event.clone())).unwrap();
            (told.recv::<usize>().unwrap(), child)
        })
        .unzip();
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    event.set();
    for child in children {
        child.join().unwrap();
    }
}

/// `test_error_on_stdio_flush_1` and `_2`, `test_flushing`: streams that are closed or full are nobody's concern but theirs; standard input is empty (row M-198).
#[test]
fn m19_broken_streams() {
    fn print(stream: i32) -> u64 {
        // What nobody reads or can write is lost, as with any program.
        if stream == 1 {
            println!("lost, or not");
        }
        let mut input = String::new();
        std::io::stdin()
            .read_to_string(&mut input)
            .map_or(0, |_| input.len() as u64)
    }
    let _alone = alone();
    for stream in [1, 2] {
        assert_eq!(spawn(print, stream).unwrap().join().unwrap(), 0);
    }
    for line in [
        ">&-",
        "2>&-",
        "<&-",
        ">/dev/full",
        "2>/dev/full",
        "<&- >&- 2>&-",
    ] {
        let line = format!("exec \"$0\" print {line}");
        let status = Command::new("sh")
            .args(["-c", &line, CHILD])
            .status()
            .unwrap();
        assert!(status.success(), "{line}: {status:?}");
    }
}

/// `test_stderr_flush`: all of the message of a panic is there (row M-12).
#[test]
fn m12_standard_error() {
    let _alone = alone();
    let done = Command::new(CHILD)
        .args(["panic"])
        .env("RUST_BACKTRACE", "0")
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    for part in ["Process the name:", "the message", "stories.rs:"] {
        assert!(said.contains(part), "{said}");
    }
}

/// `test_poll_eintr`, `TestIgnoreEINTR`: signals that are handled end no wait.
#[test]
fn m63_signals_interrupt_nobody() {
    let _alone = alone();
    let done = Command::new(CHILD).arg("interrupted").output().unwrap();
    let text = format!("{done:?}");
    assert!(
        done.status.success() && done.stdout.ends_with(b"done\n"),
        "{text}"
    );
}

/// `test_noforkbomb`: a program whose `main` starts a process first of all.
#[test]
fn m42_main_does_not_run_again() {
    let _alone = alone();
    let done = Command::new(CHILD).arg("bomb").output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(done.stdout, b"main\nchild\ndone\n");
}
