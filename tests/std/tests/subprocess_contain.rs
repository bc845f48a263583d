//! Children in control groups of their own.
//!
//! Where this process may not make such groups, the tests show what happens then, and say so.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "a closure for a forked process")]

mod subprocess_support;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use selvedge::subprocess::{
    Command, Containment, OnDrop, Popen, Run, Signal, Stdio, Step, SubprocessError,
};
use subprocess_support::{alone, eventually, ms, runs};

/// Whether groups can be made here; if not, what is promised for that is shown instead.
fn possible() -> bool {
    let required = Command::new("true").contain(Containment::Required).start();
    let popen = Command::new("true")
        .contain(Containment::IfPossible)
        .start()
        .unwrap();
    assert_eq!(popen.cgroup().is_some(), required.is_ok());
    assert!(popen.wait().success());
    match required {
        Ok(popen) => {
            assert!(popen.wait().success());
            true
        }
        Err(error) => {
            eprintln!("no groups here, so only the fallback is tested: {error}");
            assert_eq!(error.step(), Step::Cgroup);
            // The walk finds those that did not get away.
            let popen = Command::shell("sleep 1000 & exec sleep 1000")
                .new_session(true)
                .contain(Containment::IfPossible)
                .start()
                .unwrap();
            assert!(popen.kill_tree().unwrap() >= 1);
            assert_eq!(popen.wait().signal(), Some(Signal::KILL));
            false
        }
    }
}

/// A shell that has started a daemon, in a session of its own and without a parent: its number, and the folder of the group.
fn with_daemon(command: Command, end: &str) -> (Popen, u32, PathBuf) {
    let popen = command
        .arg(format!(
            "(setsid sh -c 'echo $$; exec >&-; exec sleep 1000' &); {end}"
        ))
        .stdout(Stdio::Pipe)
        .contain(Containment::Required)
        .start()
        .unwrap();
    let mut line = String::new();
    BufReader::new(popen.take_stdout().unwrap())
        .read_line(&mut line)
        .unwrap();
    let daemon = line.trim().parse().unwrap();
    assert!(runs(daemon));
    let group = popen.cgroup().unwrap().to_owned();
    assert!(group.is_dir());
    (popen, daemon, group)
}

fn shell() -> Command {
    Command::from_args(["sh", "-c"])
}

/// Groups are removed by a later start at the latest.
fn goes(group: &std::path::Path) {
    eventually(|| {
        assert!(Command::new("true").start().unwrap().wait().success());
        !group.exists()
    });
}

/// Who has left the session and lost the parent is ended, too; without a group it gets away.
#[test]
fn daemons_do_not_get_away() {
    let _alone = alone();
    if !possible() {
        return;
    }
    let (popen, daemon, group) = with_daemon(shell().new_session(true), "exec sleep 1000");
    assert!(popen.kill_tree().unwrap() >= 2);
    assert_eq!(popen.wait().signal(), Some(Signal::KILL));
    eventually(|| !runs(daemon));
    drop(popen);
    goes(&group);
}

/// After the child has been waited for, its group still is its own.
#[test]
fn also_after_the_wait() {
    let _alone = alone();
    if !possible() {
        return;
    }
    let (popen, daemon, group) = with_daemon(shell(), "exit 3");
    assert_eq!(popen.wait().code(), Some(3));
    assert!(runs(daemon));
    assert!(popen.kill_tree().unwrap() >= 1);
    eventually(|| !runs(daemon));
    // Nobody is left, which is no error.
    eventually(|| popen.kill_tree().unwrap() == 0);
    drop(popen);
    goes(&group);
}

/// A handle that goes leaves the others alone, and the folder goes with the last of them.
#[test]
fn s65_dropped_handles() {
    let _alone = alone();
    if !possible() {
        return;
    }
    let (popen, daemon, group) = with_daemon(shell().on_drop(OnDrop::Kill), "exec sleep 1000");
    drop(popen);
    assert!(runs(daemon) && group.is_dir());
    std::fs::write(group.join("cgroup.kill"), "1").unwrap();
    eventually(|| !runs(daemon));
    goes(&group);
}

/// Every way of making a process: the child is in the group, and ends with it.
#[test]
fn s50_all_ways_of_starting() {
    let _alone = alone();
    if !possible() {
        return;
    }
    // SAFETY: it does nothing.
    let forked = unsafe { shell().pre_exec(|| Ok(())) };
    let ways = [
        shell(),
        shell().share_memory(false),
        shell().dies_with_parent(Signal::KILL),
        shell().close_fds(false),
        shell().process_group(0),
        forked,
    ];
    for way in ways {
        let (popen, daemon, group) = with_daemon(way, "exec sleep 1000");
        let members = std::fs::read_to_string(group.join("cgroup.procs")).unwrap();
        let members: Vec<u32> = members.lines().map(|pid| pid.parse().unwrap()).collect();
        assert!(members.contains(&popen.pid()) && members.contains(&daemon));
        assert!(popen.kill_tree().unwrap() >= 2);
        assert_eq!(popen.wait().signal(), Some(Signal::KILL));
        eventually(|| !runs(daemon));
    }
}

/// A tree that grows as fast as it can, of daemons.
#[test]
fn a_growing_tree_is_killed() {
    let _alone = alone();
    if !possible() {
        return;
    }
    let line = "grow() { while :; do (setsid sleep 1000 &); sleep 0.01; done; }; grow & grow & grow & wait";
    let popen = Command::shell(line)
        .contain(Containment::Required)
        .limit(selvedge::subprocess::Resource::Processes, 4000)
        .start()
        .unwrap();
    let procs = popen.cgroup().unwrap().join("cgroup.procs");
    let count = || std::fs::read_to_string(&procs).unwrap().lines().count();
    eventually(|| count() > 20);
    assert!(popen.kill_tree().unwrap() > 20);
    assert_eq!(popen.wait().signal(), Some(Signal::KILL));
    // Once it is empty, nobody can be born in it.
    eventually(|| count() == 0);
}

/// The time limit of a run ends daemons, too; a start that fails leaves no folder.
#[test]
fn s04_runs_and_failures() {
    let _alone = alone();
    if !possible() {
        return;
    }
    let probe = Command::new("true").contain(Containment::Required);
    let parent = probe
        .start()
        .unwrap()
        .cgroup()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned();
    let prefix = format!("selvedge-{}-", std::process::id());
    let folders = || {
        std::fs::read_dir(&parent)
            .unwrap()
            .filter(|entry| {
                let name = entry.as_ref().unwrap().file_name();
                name.to_string_lossy().starts_with(&prefix)
            })
            .count()
    };
    let failed = Command::new("/no/such")
        .contain(Containment::Required)
        .start();
    assert_eq!(failed.unwrap_err().step(), Step::Exec);
    let late = Run::new(
        Command::shell("(setsid sleep 1000 &); exec sleep 1000").contain(Containment::Required),
    );
    let late = late.kill_tree().timeout(ms(50)).run();
    assert!(matches!(late, Err(SubprocessError::Timeout(_))));
    eventually(|| {
        assert!(Command::new("true").start().unwrap().wait().success());
        folders() == 0
    });
}
