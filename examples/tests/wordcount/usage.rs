//! Arguments, errors, closed pipes.

use std::process::Stdio;

use tempfile::TempDir;

use crate::common::{finish, run, text};
use crate::report::wordcount;

/// Wrong arguments: what is wrong, the usage, exit 2, nothing on stdout.
#[test]
fn wrong_arguments() {
    for args in [
        &["--frobnicate"][..],
        &["--workers"],
        &["--workers", "0"],
        &["--workers", "many"],
        &["--top", "-1"],
        &["--verify=yes"],
        &["--executor", "hopes"],
        &["one", "two"],
    ] {
        let output = run(wordcount().args(args));
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
        assert!(
            text(&output.stderr).contains("Usage: wordcount"),
            "{args:?}"
        );
    }
}

/// `--help` is on stdout and a success.
#[test]
fn help() {
    let output = run(wordcount().arg("--help"));
    assert!(output.status.success());
    let help = text(&output.stdout);
    for option in [
        "--workers N",
        "--top N",
        "--verify",
        "--executor",
        "--all",
        "[FOLDER]",
    ] {
        assert!(help.contains(option), "{option}");
    }
}

/// A folder that is not there: an error with its name.
#[test]
fn missing_folder() {
    let output = run(wordcount().arg("no/such/folder"));
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let errors = text(&output.stderr);
    assert!(errors.contains("cannot read no/such/folder"), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
}

/// Neither a folder nor a workspace.
#[test]
fn no_workspace() {
    let folder = TempDir::new().unwrap();
    let output = run(wordcount().current_dir(folder.path()));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no FOLDER given"));
}

/// Whoever reads the output goes away, at once or after a line: no panic, no complaint.
#[test]
fn closed_pipe() {
    let folder = TempDir::new().unwrap();
    let words: String = (0..200_000).map(|n| format!("word{n} ")).collect();
    std::fs::write(folder.path().join("text"), words).unwrap();
    let mut command = wordcount();
    command.args(["--top", "1000000"]).arg(folder.path());
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = finish(child);
    assert_eq!(output.status.code(), Some(0));
    let errors = text(&output.stderr);
    // Only lines of progress, if it took its time.
    assert!(
        errors.lines().all(|line| line.ends_with("so far")),
        "{errors}"
    );
}
