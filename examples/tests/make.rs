//! `examples/std/make`, run as its users run it.
#![cfg(target_os = "linux")]

mod common;

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{example, finish, run, text};
use tempfile::TempDir;

/// A folder with these rules.
fn folder(rules: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("rules"), rules).unwrap();
    folder
}

fn make(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(example("make"));
    command.current_dir(folder).args(["-f", "rules"]).args(args);
    command
}

/// What targets have written, without the headings.
fn output_of(output: &Output) -> Vec<String> {
    let printed = text(&output.stdout);
    let lines = printed.lines().filter(|line| !line.starts_with("== "));
    lines.map(str::to_owned).collect()
}

fn mkfifo(path: &Path) {
    let status = Command::new("mkfifo").arg(path).status();
    assert!(status.unwrap().success());
}

/// Each target once, after those that it needs, however many run at once; nothing on stderr, as that is no terminal.
#[test]
fn in_order() {
    let rules = "# a diamond\ntop: left right\n  echo top\nleft: bottom\n  echo left\nright: bottom rules\n  echo right\nbottom:\n  printf bot\n  printf tom\nother:\n  echo other\n";
    let folder = folder(rules);
    for jobs in ["-j1", "-j2", "-j9"] {
        let output = run(&mut make(folder.path(), &[jobs]));
        assert_eq!(text(&output.stderr), "");
        assert!(output.status.success());
        let lines = output_of(&output);
        assert_eq!((lines.len(), &*lines[0], &*lines[3]), (4, "bottom", "top"));
        assert!(lines.contains(&"left".into()) && lines.contains(&"right".into()));
    }
    let output = run(&mut make(folder.path(), &["other", "left"]));
    let mut lines = output_of(&output);
    lines.sort();
    assert_eq!(lines, ["bottom", "left", "other"]);
}

/// Two targets that wait for each other come to their ends, so they run at once.
#[test]
fn at_once() {
    let folder = folder("all: one two\none:\n  echo met > pipe\ntwo:\n  cat pipe\n");
    mkfifo(&folder.path().join("pipe"));
    let output = run(&mut make(folder.path(), &["-j", "2"]));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(output_of(&output), ["met"]);
}

/// No more than so many at once.
#[test]
fn not_more() {
    let mut rules = String::from("all: a b c d e f\n");
    for name in ["a", "b", "c", "d", "e", "f"] {
        rules += &format!("{name}:\n  touch run.{name}\n  ls | grep -c '^run'\n  sleep 0.05\n");
        rules += &format!("  ls | grep -c '^run'\n  rm run.{name}\n");
    }
    let folder = folder(&rules);
    let output = run(&mut make(folder.path(), &["--jobs", "2"]));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = output_of(&output);
    assert_eq!(lines.len(), 12);
    for line in lines {
        assert!(["1", "2"].contains(&line.trim()), "{line}");
    }
}

/// After a failure no target is started; what the failed one has written is printed, and the shell stopped where it failed.
#[test]
fn failure() {
    let rules = "all: bad good\n  echo all\nbad:\n  echo before\n  exit 3\n  echo after\ngood:\n  echo good\n";
    let folder = folder(rules);
    let output = run(&mut make(folder.path(), &["-j1"]));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output_of(&output), ["before"]);
    let expected = "make: bad returned non-zero exit status 3\n";
    assert_eq!(text(&output.stderr), expected);
}

/// Ctrl-C ends the children and theirs, also one whose parent has ended: each holds the pipe open, which comes to its end when all are gone.
#[test]
fn interrupt() {
    let rules = "all: one two\n  echo all\none:\n  (sleep 1000 & sleep 1000 &) > pipe\n  sleep 1000\ntwo:\n  exec > pipe\n  setsid sleep 1000; true\n";
    let folder = folder(rules);
    let pipe = folder.path().join("pipe");
    mkfifo(&pipe);
    let mut command = make(folder.path(), &["-j2"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let (send, receive) = mpsc::channel();
    let mut reader = File::open(&pipe).unwrap();
    // Both targets have opened it, or will find no reader, which ends them as well; some time makes it likelier that all are there.
    thread::sleep(Duration::from_millis(300));
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
    thread::spawn(move || {
        let mut rest = Vec::new();
        let _ = send.send(reader.read_to_end(&mut rest).map(|_| rest));
    });
    let output = finish(child);
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(text(&output.stderr), "make: interrupted\n");
    assert_eq!(text(&output.stdout), "");
    let rest = receive.recv_timeout(Duration::from_secs(120));
    let rest = rest.expect("somebody is left").unwrap();
    assert!(rest.is_empty());
}

/// Wrong files and arguments: what is wrong, nothing run, exit 2.
#[test]
fn mistakes() {
    for (rules, args, complaint) in [
        ("a: b\n  echo no\nb: a\n", &[][..], "rules: a needs itself"),
        (
            "a: b\n  echo no\n",
            &[],
            "rules: a needs b, which nothing makes",
        ),
        ("\na b\n", &[], "rules: line 2: no colon"),
        ("a b: c\n", &[], "rules: line 1: one target"),
        (
            "  echo no\n",
            &[],
            "rules: line 1: a command, but no target",
        ),
        ("a:\na:\n", &[], "rules: line 2: a has a rule already"),
        ("# nothing\n", &[], "rules: there is no target"),
        ("a:\n  echo no\n", &["b"], "rules: there is no target b"),
        ("a:\n  echo no\n", &["-j0"], "-j wants a number"),
        ("a:\n  echo no\n", &["--frobnicate"], "--frobnicate"),
    ] {
        let folder = folder(rules);
        let output = run(&mut make(folder.path(), args));
        assert_eq!(output.status.code(), Some(2), "{rules}");
        assert_eq!(text(&output.stdout), "", "{rules}");
        let errors = text(&output.stderr);
        assert!(errors.contains(complaint), "{rules}: {errors}");
    }
    let output = run(Command::new(example("make")).args(["-f", "no/such/file"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no/such/file: "));
}

/// What it does without a file.
#[test]
fn breakfast() {
    let output = run(&mut Command::new(example("make")));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = output_of(&output);
    assert_eq!(lines.len(), 6);
    assert_eq!(lines[5], "breakfast is ready");
    let output = run(Command::new(example("make")).arg("pan"));
    assert_eq!(text(&output.stdout), "== pan\nthe pan is hot\n");
    let help = run(Command::new(example("make")).arg("--help"));
    assert!(help.status.success() && text(&help.stdout).contains("Usage: make"));
}
