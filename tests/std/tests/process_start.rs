//! The start methods of `multiprocessing`, all three of them in the same scenarios (rows M-01 to M-27, M-32 to M-39, M-45).
#![cfg(target_os = "linux")]

mod start_support;
mod subprocess_support;

use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use selvedge::contextvars::ContextVar;
use selvedge::multiprocessing::{
    AlreadyChosen, Builder, Fd, JoinError, LogLevel, Process, StartError, StartMethod,
    active_children, chosen_start_method, current_process, force_start_method, forkserver,
    get_all_start_methods, get_context, get_logger, get_start_method, log_to_stderr,
    parent_process, set_start_method,
};
use selvedge::subprocess::{ExitStatus, Signal};
use start_support::{METHODS, on_stage, on_stages};
use subprocess_support::{alone, block_on, eventually, has_children, ms, open_fds, runs};

fn square(n: u64) -> u64 {
    n * n
}

fn sleep(_: ()) {
    std::thread::sleep(Duration::from_secs(100));
}

/// Rows M-03, M-04, M-09, M-10: the life of a process (`TestProcess.test_process`).
#[test]
fn m04_life() {
    let _alone = alone();
    on_stages(|method| {
        let process = get_context(method).process(square, 12);
        assert!(matches!(process.join(), Err(JoinError::NotStarted)));
        assert_eq!((process.pid(), process.exitcode()), (None, None));
        process.start().unwrap();
        assert!(matches!(process.start(), Err(StartError::AlreadyStarted)));
        assert!(matches!(process.run(), Err(StartError::AlreadyStarted)));
        assert_ne!(process.pid().unwrap(), std::process::id());
        assert_eq!(process.join().unwrap(), 144);
        assert!(matches!(process.join(), Err(JoinError::ValueTaken)));
        assert_eq!(process.exit_status(), Some(ExitStatus::Exited(0)));
        process.kill().unwrap();
        process.close().unwrap();
    });
}

/// Rows M-06, M-08, M-47: who is who, over generations.
#[test]
fn m47_who_is_who() {
    fn tell((depth, method): (u32, StartMethod)) -> Vec<(String, bool, String, u32, u32)> {
        let (me, parent) = (current_process(), parent_process().unwrap());
        assert!(parent.is_alive() && parent.sentinel().is_some());
        let own = (
            me.name().to_owned(),
            me.is_daemon(),
            parent.name().to_owned(),
            parent.pid(),
            me.pid(),
        );
        let mut told = vec![own];
        if depth > 0 {
            let child = get_context(method).spawn(tell, (depth - 1, method));
            told.extend(child.unwrap().join().unwrap());
        }
        told
    }
    let _alone = alone();
    on_stages(|method| {
        let (own, pid) = (current_process().name(), std::process::id());
        for number in 1..3 {
            let told = get_context(method).spawn(tell, (2, method)).unwrap();
            let told = told.join().unwrap();
            let names = [
                own.to_owned(),
                format!("{own}:{number}"),
                format!("{own}:{number}:1"),
                format!("{own}:{number}:1:1"),
            ];
            for (generation, one) in told.iter().enumerate() {
                assert_eq!(
                    (&one.2, &one.0),
                    (&names[generation], &names[generation + 1])
                );
                let parent = generation.checked_sub(1).map_or(pid, |n| told[n].4);
                assert_eq!((one.1, one.3), (false, parent));
            }
        }
        let builder = get_context(method).builder().name("d").daemon(true);
        let told = builder.spawn(tell, (0, method)).unwrap().join().unwrap();
        assert_eq!((told[0].0.as_str(), told[0].1), ("d", true));
    });
}

/// Row M-03: a daemon has no children, by whatever method.
#[test]
fn m03_a_daemon_has_no_children() {
    fn refused(_: ()) -> bool {
        METHODS.iter().all(|method| {
            let child = get_context(*method).spawn(square, 1);
            matches!(child, Err(StartError::Daemon))
        })
    }
    let _alone = alone();
    on_stages(|method| {
        let daemon = get_context(method)
            .builder()
            .daemon(true)
            .spawn(refused, ());
        assert!(daemon.unwrap().join().unwrap());
    });
}

/// Rows M-10 to M-12: how it ends.
#[test]
fn m10_ends() {
    let _alone = alone();
    on_stages(|method| {
        let context = get_context(method);
        for (code, expected) in [(0, 0), (7, 7), (300, 44), (-1, 255)] {
            let process = context.spawn(|code: i32| -> () { std::process::exit(code) }, code);
            assert!(process.as_ref().unwrap().join().is_err());
            assert_eq!(process.unwrap().exitcode(), Some(expected));
        }
        let aborted = context
            .spawn(|()| -> () { std::process::abort() }, ())
            .unwrap();
        assert!(aborted.join().is_err());
        assert_eq!(aborted.exit_status().unwrap().signal(), Some(Signal::ABRT));
        let panicked = context
            .spawn(|n: u32| -> u32 { panic!("no {n}") }, 5)
            .unwrap();
        let Err(JoinError::Panicked(panic)) = panicked.join() else {
            panic!("it panicked");
        };
        assert_eq!(panic.message(), "no 5");
        assert!(panic.location().unwrap().contains("process_start.rs"));
        assert_eq!(panicked.exitcode(), Some(1));
    });
}

/// Rows M-14 to M-16, X-22: signals by name, time limits, all forms of joining.
#[test]
fn m15_signals_and_limits() {
    let _alone = alone();
    on_stages(|method| {
        type Send = fn(&Process) -> Result<(), selvedge::multiprocessing::SignalError>;
        let signals: [(Signal, Send); 3] = [
            (Signal::TERM, Process::terminate),
            (Signal::KILL, Process::kill),
            (Signal::INT, Process::interrupt),
        ];
        for (signal, send) in signals {
            let process = get_context(method).spawn(sleep, ()).unwrap();
            assert!(process.is_alive() && process.try_join().is_err());
            let start = Instant::now();
            assert!(process.join_timeout(ms(10)).is_err());
            assert!(start.elapsed() >= ms(10) && process.is_alive());
            assert_eq!(active_children(), [process.process()]);
            send(&process).unwrap();
            assert!(block_on(process.join_async()).is_err());
            assert_eq!(process.exit_status().unwrap().signal(), Some(signal));
            assert!(process.sentinel().is_some());
            send(&process).unwrap();
        }
        assert_eq!(active_children(), []);
    });
}

/// Values of some size, descriptors, context variables: what goes there and comes back.
#[test]
fn what_travels() {
    static USER: ContextVar<String> = ContextVar::new("user").inherited_by_processes();
    fn far((mut bytes, fd, n): (Vec<u8>, Fd, u8)) -> (Vec<u8>, Option<String>) {
        let fd = fd.try_into_owned().unwrap();
        write!(std::fs::File::from(fd), "{n} was here").unwrap();
        bytes.reverse();
        (bytes, USER.get().ok())
    }
    let _alone = alone();
    on_stages(|method| {
        let _set = USER.set("Ada".to_owned());
        let (mut reader, writer) = std::io::pipe().unwrap();
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| n as u8).collect();
        let argument = (bytes.clone(), Fd::from(writer), 7);
        let process = get_context(method).spawn(far, argument).unwrap();
        let mut said = String::new();
        reader.read_to_string(&mut said).unwrap();
        assert_eq!(said, "7 was here");
        let (back, user) = process.join().unwrap();
        assert!(back.iter().eq(bytes.iter().rev()));
        assert_eq!(user.as_deref(), Some("Ada"));
    });
}

/// More descriptors than one message takes (row M-34: Python refuses them).
#[test]
fn m34_many_descriptors() {
    fn count(fds: Vec<Fd>) -> usize {
        let open = open_fds();
        let own = |fd: &&Fd| open.contains(&(fd.as_fd().as_raw_fd() as u32));
        fds.iter().filter(own).count()
    }
    let _alone = alone();
    on_stages(|method| {
        let fd = Fd::from(std::io::pipe().unwrap().0);
        for many in [0, 1, 249, 250, 300] {
            let fds = vec![fd.clone(); many];
            let child = get_context(method).spawn(count, fds).unwrap();
            assert_eq!(child.join().unwrap(), many);
        }
    });
}

/// Row M-19, M-45: the folder, the environment, the standard streams, the signal mask are those of the parent at the start.
#[test]
fn m45_surroundings() {
    type Told = (String, Option<String>, usize, String, usize);
    fn tell(_: ()) -> Told {
        let mut input = String::new();
        let read = std::io::stdin().read_to_string(&mut input).unwrap();
        eprint!("e");
        print!("o");
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let mask = status.lines().find(|line| line.starts_with("SigBlk"));
        (
            std::env::current_dir().unwrap().display().to_string(),
            std::env::var("START_TEST").ok(),
            std::env::vars_os().count(),
            mask.unwrap().to_owned(),
            read,
        )
    }
    let _alone = alone();
    on_stages(|method| {
        let mut before = None;
        for (folder, value) in [("/", Some("a")), ("/proc", None), ("/dev", Some("b"))] {
            std::env::set_current_dir(folder).unwrap();
            start_support::set_env("START_TEST", value);
            let mut output = start_support::Redirected::new();
            let child = get_context(method).spawn(tell, ()).unwrap();
            let told = child.join().unwrap();
            assert_eq!(output.read(), ("o".to_owned(), "e".to_owned()));
            assert_eq!((told.0.as_str(), told.1.as_deref()), (folder, value));
            let others = told.2 - usize::from(value.is_some());
            assert_eq!(*before.get_or_insert(others), others);
            assert_eq!(told.4, 0);
            assert!(told.3.ends_with("0000000000000000"), "{}", told.3);
        }
    });
}

/// Rows M-22, M-25: many at once, by handles and without; no zombie stays.
#[test]
fn m25_many() {
    let _alone = alone();
    on_stages(|method| {
        let context = get_context(method);
        let spawn = |n| context.spawn(square, n).unwrap();
        let processes: Vec<_> = (0..40).map(spawn).collect();
        for (n, process) in (0..).zip(&processes) {
            assert_eq!(process.join().unwrap(), n * n);
        }
        let killed: Vec<_> = (0..20).map(|_| context.spawn(sleep, ()).unwrap()).collect();
        assert_eq!(active_children().len(), 20);
        for process in &killed {
            process.terminate().unwrap();
        }
        for process in &killed {
            assert!(process.join().is_err());
            assert_eq!(process.exitcode(), Some(-15));
        }
        for n in 0..10 {
            drop(spawn(n));
        }
        eventually(|| !has_children());
        assert_eq!(active_children(), []);
    });
}

/// Row M-24: descriptors here do not grow with children that are over, nor there with siblings (but in copies of this process).
#[test]
fn m24_descriptors() {
    let _alone = alone();
    on_stages(|method| {
        let context = get_context(method);
        let count = |()| open_fds().len();
        let first = context.spawn(count, ()).unwrap().join().unwrap();
        let here = open_fds().len();
        let waiting: Vec<_> = (0..5).map(|_| context.spawn(sleep, ()).unwrap()).collect();
        let sixth = context.spawn(count, ()).unwrap().join().unwrap();
        if method != StartMethod::Fork {
            assert_eq!(first, sixth);
        }
        for process in &waiting {
            process.kill().unwrap();
            assert!(process.join().is_err());
        }
        drop(waiting);
        assert_eq!(open_fds().len(), here);
    });
}

/// A child dies with its parent, however that ends; a detached one does not.
#[test]
fn dies_with_its_parent() {
    fn parent((fd, method): (Fd, StartMethod)) {
        let context = get_context(method);
        let child = context.spawn(sleep, ()).unwrap();
        let other = context.builder().detached(true).spawn(sleep, ()).unwrap();
        let pids = [child.pid().unwrap(), other.pid().unwrap()];
        let server = forkserver::pid().unwrap_or(0);
        let mut pipe = std::fs::File::from(fd.as_fd().try_clone_to_owned().unwrap());
        writeln!(pipe, "{} {} {server}", pids[0], pids[1]).unwrap();
        sleep(());
    }
    let _alone = alone();
    for method in METHODS {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let stage = get_context(StartMethod::Spawn).spawn(parent, (Fd::from(writer), method));
        let stage = stage.unwrap();
        let mut said = Vec::new();
        let mut byte = [0];
        while said.last() != Some(&b'\n') {
            assert_eq!(reader.read(&mut byte).unwrap(), 1);
            said.push(byte[0]);
        }
        let said = String::from_utf8(said).unwrap();
        let pids: Vec<u32> = (said.split_whitespace())
            .map(|pid| pid.parse().unwrap())
            .collect();
        assert!(runs(pids[0]) && runs(pids[1]));
        assert_eq!(runs(pids[2]), method == StartMethod::ForkServer);
        stage.kill().unwrap();
        assert!(stage.join().is_err());
        eventually(|| !runs(pids[0]) && !runs(pids[2]));
        assert!(runs(pids[1]));
        let killed = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!("kill -9 {}", pids[1]))
            .status();
        assert!(killed.unwrap().success());
        eventually(|| !runs(pids[1]));
    }
}

/// Row M-21: at its exit a process ends its daemons and waits for the others.
#[test]
fn m21_exit() {
    fn late(fd: Fd) {
        std::thread::sleep(ms(30));
        write!(std::fs::File::from(fd.try_into_owned().unwrap()), "late").unwrap();
    }
    fn parent((fd, method): (Fd, StartMethod)) {
        let context = get_context(method);
        let daemon = context.builder().daemon(true).spawn(sleep, ()).unwrap();
        let late = context.spawn(late, fd).unwrap();
        std::mem::forget((daemon, late));
    }
    let _alone = alone();
    for (outer, method) in METHODS.iter().flat_map(|a| METHODS.map(|b| (*a, b))) {
        on_stage((outer, method), |(outer, method)| {
            let (mut reader, writer) = std::io::pipe().unwrap();
            let fd = Fd::from(writer);
            let process = get_context(outer).process(parent, (fd, method));
            process.start().unwrap();
            process.join().unwrap();
            let mut said = String::new();
            reader.read_to_string(&mut said).unwrap();
            assert_eq!(said, "late", "{outer}, {method}");
        });
    }
}

/// Rows M-36 to M-39: choosing.
#[test]
fn m39_choosing() {
    let _alone = alone();
    on_stage((), |()| {
        let all = get_all_start_methods();
        assert_eq!(all.len(), 3);
        assert_eq!(chosen_start_method(), None);
        assert_eq!(
            get_context(StartMethod::Fork).get_start_method(),
            StartMethod::Fork
        );
        assert_eq!(chosen_start_method(), None);
        assert_eq!(get_start_method(), all[0]);
        assert_eq!(chosen_start_method(), Some(all[0]));
        let refused = set_start_method(StartMethod::Spawn);
        assert_eq!(refused, Err(AlreadyChosen(all[0])));
        force_start_method(None);
        assert_eq!(get_context(None).get_start_method(), all[0]);
        assert!(set_start_method(StartMethod::Fork).is_err());
        for method in METHODS {
            force_start_method(None);
            set_start_method(method).unwrap();
            assert_eq!(get_context(None).get_start_method(), method);
            // Children know (`TestStartMethod.test_set_get`), and theirs.
            let process = Process::new(|()| chosen_start_method(), ());
            process.start().unwrap();
            assert_eq!(process.join().unwrap(), Some(method));
            let other = get_context(StartMethod::Spawn).process(|()| get_start_method(), ());
            other.start().unwrap();
            assert_eq!(other.join().unwrap(), method);
        }
        assert_eq!("forkserver".parse(), Ok(StartMethod::ForkServer));
        assert!("spam".parse::<StartMethod>().is_err());
    });
}

/// Row M-26: what the parent held of the argument is gone after the start, by each method, and a failed start gives it back.
#[test]
fn m26_arguments_are_released() {
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
    static DROPS: AtomicU32 = AtomicU32::new(0);
    static DEAF: AtomicU32 = AtomicU32::new(0);
    struct Noisy(u8);
    impl serde::Serialize for Noisy {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match DEAF.load(SeqCst) {
                0 => self.0.serialize(serializer),
                _ => Err(serde::ser::Error::custom("not now")),
            }
        }
    }
    impl<'de> serde::Deserialize<'de> for Noisy {
        fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            u8::deserialize(from).map(Self)
        }
    }
    impl Drop for Noisy {
        fn drop(&mut self) {
            DROPS.fetch_add(1, SeqCst);
        }
    }
    let _alone = alone();
    on_stages(|method| {
        let process = get_context(method).process(|noisy: Noisy| noisy.0, Noisy(4));
        if method != StartMethod::Fork {
            DEAF.store(1, SeqCst);
            assert!(matches!(process.start(), Err(StartError::Argument(_))));
            assert!(matches!(process.start(), Err(StartError::Argument(_))));
            DEAF.store(0, SeqCst);
        }
        assert_eq!(DROPS.load(SeqCst), 0);
        process.start().unwrap();
        assert_eq!(DROPS.load(SeqCst), 1);
        assert_eq!(process.join().unwrap(), 4);
    });
}

/// Any thread may start, wait for and drop a process; it lives on when that thread ends.
#[test]
fn threads_that_start_and_end() {
    let _alone = alone();
    for method in [StartMethod::Spawn, StartMethod::ForkServer] {
        on_stage(method, |method| {
            let start = move || get_context(method).spawn(sleep, ()).unwrap();
            let children: Vec<_> = (0..4)
                .map(|_| std::thread::spawn(start))
                .map(|thread| thread.join().unwrap())
                .collect();
            std::thread::sleep(ms(20));
            for child in &children {
                assert!(child.is_alive());
                child.kill().unwrap();
                assert!(child.join().is_err());
            }
        });
    }
    let daemon = Builder::new().daemon(true).spawn(sleep, ()).unwrap();
    let daemon = std::thread::spawn(move || daemon).join().unwrap();
    daemon.kill().unwrap();
    assert!(daemon.join().is_err());
}

/// Rows M-181 to M-184: what is logged, here and in children.
#[test]
fn m182_log_to_stderr() {
    fn parent((method, level): (StartMethod, Option<LogLevel>)) {
        assert_eq!(get_logger().level(), level);
        get_logger().warning(format_args!("hello from {method}"));
        get_logger().sub_debug("unheard");
        let daemon = get_context(method).builder().name("d").daemon(true);
        std::mem::forget(daemon.spawn(sleep, ()).unwrap());
    }
    let _alone = alone();
    on_stages(|method| {
        let mut output = start_support::Redirected::new();
        let builder = || get_context(method).builder().name("p");
        assert_eq!(get_logger().level(), None);
        let silent = builder().spawn(parent, (method, None)).unwrap();
        silent.join().unwrap();
        for level in [LogLevel::Warning, LogLevel::Info] {
            log_to_stderr(level);
            let child = builder().spawn(parent, (method, Some(level))).unwrap();
            child.join().unwrap();
        }
        let (_, text) = output.read();
        let mut lines: Vec<_> = text.lines().collect();
        let hello = format!("[WARNING/p] hello from {method}");
        assert_eq!(lines.remove(0), hello, "{text}");
        // The daemon may have been ended before it could say that it begins.
        lines.retain(|line| *line != "[INFO/d] the process begins");
        let expected = [
            "[INFO/p] the process begins",
            &hello,
            "[INFO/p] terminates the daemon d",
            "[INFO/p] waits for d",
            "[INFO/p] the process ends with code 0",
        ];
        assert_eq!(lines, expected, "{text}");
        get_logger().set_level(None);
    });
}
