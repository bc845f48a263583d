//! The end of a handle, of a parent, and of a tree (rows S-48, S-64, S-65).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::io::{BufRead, BufReader, Read};

use selvedge::subprocess::{Command, OnDrop, Popen, Signal, Stdio};
use subprocess_support::{CHILD, alone, child, eventually, ms, runs, scenario};

/// CPython: `test_zombie_fast_process_del`.
#[test]
fn s65_dropped_children_go_on_and_are_collected() {
    let _alone = alone();
    scenario("zombie-free");
    let (mut reader, writer) = std::io::pipe().unwrap();
    let slow = Command::shell("read x; echo $x")
        .stdin(Stdio::Pipe)
        .stdout(writer);
    let popen = slow.start().unwrap();
    drop(slow);
    let mut stdin = popen.take_stdin().unwrap();
    let pid = popen.pid();
    drop(popen);
    assert!(runs(pid));
    std::io::Write::write_all(&mut stdin, b"alive\n").unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "alive\n");
    eventually(|| !std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn s65_after_a_watch() {
    let _alone = alone();
    // A task waited for it before: the handle's end still leaves it to the one that collects.
    let popen = Command::new("cat").stdin(Stdio::Pipe).start().unwrap();
    {
        let mut future = std::pin::pin!(popen.wait_async());
        assert!(subprocess_support::poll_once(future.as_mut()).is_pending());
    }
    let stdin = popen.take_stdin();
    let pid = popen.pid();
    drop(popen);
    assert!(runs(pid));
    drop(stdin);
    eventually(|| !std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn dropped_children_are_killed_if_asked() {
    let _alone = alone();
    let popen = Command::new("sleep")
        .arg("1000")
        .on_drop(OnDrop::Kill)
        .start()
        .unwrap();
    let pid = popen.pid();
    drop(popen);
    eventually(|| !std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
#[allow(unsafe_code, reason = "collects a child by its number")]
fn dropped_children_are_left_alone_if_asked() {
    let _alone = alone();
    let popen = child("exit")
        .arg("5")
        .on_drop(OnDrop::Detach)
        .start()
        .unwrap();
    let pid = popen.pid();
    drop(popen);
    let mut status = 0;
    // SAFETY: a number and a place.
    let got = unsafe { libc::waitpid(pid.cast_signed(), &raw mut status, 0) };
    assert_eq!((got, libc::WEXITSTATUS(status)), (pid.cast_signed(), 5));
}

/// CPython: `ContextManagerTests.test_pipe`.
#[test]
fn s64_the_end_of_with() {
    let _alone = alone();
    // It writes more than a pipe holds: closing ends it.
    let popen = Command::new("yes").stdout(Stdio::Pipe).start().unwrap();
    assert_eq!(popen.finish().signal(), Some(Signal::PIPE));
    let popen = Command::new("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Null)
        .start()
        .unwrap();
    assert!(popen.finish().success());
}

#[test]
fn children_die_with_their_parent() {
    let _alone = alone();
    let popen = Command::new(CHILD)
        .arg("dies")
        .stdout(Stdio::Pipe)
        .start()
        .unwrap();
    let mut line = String::new();
    BufReader::new(popen.take_stdout().unwrap())
        .read_line(&mut line)
        .unwrap();
    let grandchild: u32 = line.trim().parse().expect("a number");
    assert_eq!(popen.wait().signal(), Some(Signal::KILL));
    eventually(|| !runs(grandchild));
}

/// A shell with two generations below it, and their numbers.
fn family(command: Command) -> (Popen, Vec<u32>) {
    let popen = command.stdout(Stdio::Pipe).start().unwrap();
    let mut lines = BufReader::new(popen.take_stdout().unwrap()).lines();
    let pids = (0..3)
        .map(|_| lines.next().unwrap().unwrap().parse().unwrap())
        .collect();
    (popen, pids)
}

const FAMILY: &str = "sleep 1000 & echo $!; sh -c 'sleep 1000 & echo $!; echo $$; wait' & wait";

#[test]
fn a_tree_is_killed() {
    let _alone = alone();
    for session in [true, false] {
        let (popen, pids) = family(Command::shell(FAMILY).new_session(session));
        assert!(pids.iter().all(|&pid| runs(pid)));
        assert_eq!(popen.kill_tree().unwrap(), 4);
        assert_eq!(popen.wait().signal(), Some(Signal::KILL));
        eventually(|| pids.iter().all(|&pid| !runs(pid)));
        // Waited for: its number is not its own any more.
        assert_eq!(popen.kill_tree().unwrap(), 0);
    }
}

/// The child itself has ended; who is left in its session is found as long as nobody has waited for it.
#[test]
fn a_tree_without_its_root_is_killed() {
    let _alone = alone();
    let line = "sleep 1000 & echo $!; sleep 1000 & echo $!; sh -c 'sleep 1000 & echo $!' ; exit 3";
    let (popen, pids) = family(Command::shell(line).new_session(true));
    let pid = popen.pid();
    eventually(|| !runs(pid));
    assert_eq!(popen.kill_tree().unwrap(), 4);
    eventually(|| pids.iter().all(|&pid| !runs(pid)));
    assert_eq!(popen.wait().code(), Some(3));
}

/// A tree that grows as fast as it can is killed as a whole.
#[test]
fn a_growing_tree_is_killed() {
    let _alone = alone();
    let line = "i=0; while [ $i -lt 2000 ]; do sleep 1000 & i=$((i+1)); [ $i = 20 ] && echo go; done; wait";
    let popen = Command::shell(line)
        .stdout(Stdio::Pipe)
        .new_session(true)
        .start()
        .unwrap();
    let mut reader = BufReader::new(popen.take_stdout().unwrap());
    let mut text = String::new();
    reader.read_line(&mut text).unwrap();
    assert!(popen.kill_tree().unwrap() > 20);
    // The end of the pipe: nobody has it any more.
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(popen.wait().signal(), Some(Signal::KILL));
}

/// Descendants that go on forking while the tree is looked at: one look does not find those that come between it and the stop.
#[test]
fn a_tree_that_grows_at_its_leaves_is_killed() {
    let _alone = alone();
    for session in [true, false] {
        let grower = "(i=0; while [ $i -lt 500 ]; do sleep 1000 & i=$((i+1)); [ $i = 5 ] && echo go; done; wait) &";
        let line = format!("{} wait", grower.repeat(4));
        let popen = Command::shell(line)
            .stdout(Stdio::Pipe)
            .new_session(session)
            .start()
            .unwrap();
        let mut reader = BufReader::new(popen.take_stdout().unwrap());
        let mut text = String::new();
        for _ in 0..4 {
            reader.read_line(&mut text).unwrap();
        }
        assert_eq!(text, "go\ngo\ngo\ngo\n");
        assert!(popen.kill_tree().unwrap() > 20);
        // The end of the pipe: nobody has it any more.
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(popen.wait().signal(), Some(Signal::KILL));
    }
}

/// Descendants that follow each other faster than one can look.
#[test]
fn a_tree_that_runs_away_is_killed() {
    let _alone = alone();
    for _ in 0..3 {
        let popen = child("chain")
            .stdout(Stdio::Pipe)
            .new_session(true)
            .start()
            .unwrap();
        let mut reader = BufReader::new(popen.take_stdout().unwrap());
        let mut text = String::new();
        reader.read_line(&mut text).unwrap();
        assert_eq!(text, "go\n");
        assert!(popen.kill_tree().unwrap() >= 1);
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "go\n");
        assert_eq!(popen.wait().signal(), Some(Signal::KILL));
    }
}

/// Waiting while the tree is being killed: nobody is told before it is true, nobody is missed.
#[test]
fn killing_a_tree_and_waiting_race() {
    let _alone = alone();
    for _ in 0..20 {
        let popen = Command::shell("sleep 1000 & wait")
            .new_session(true)
            .start()
            .unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(popen.wait().signal(), Some(Signal::KILL)));
            scope.spawn(|| while popen.try_wait().is_none() {});
            std::thread::sleep(ms(5));
            popen.kill_tree().unwrap();
        });
    }
}
