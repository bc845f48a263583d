//! Ctrl-C.
#![cfg(unix)]

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::common::{eventually, finish, text};
use crate::report::{Report, wordcount};

fn interrupt(child: &Child) {
    let status = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(status.unwrap().success());
}

/// A count that is in the middle for certain: it reads a pipe that has said something and stays open.
fn in_the_middle(folder: &Path) -> (Child, File) {
    let pipe = folder.join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut child = wordcount()
        .arg(&pipe)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut writer = File::options().write(true).open(&pipe).unwrap();
    writer
        .write_all("some words ".repeat(100_000).as_bytes())
        .unwrap();
    // A line of progress tells that some of it was read.
    let errors = child.stderr.as_mut().unwrap();
    let mut lines = BufReader::new(errors).lines();
    eventually(|| {
        let line = lines.next().expect("it goes on").unwrap();
        assert!(line.ends_with("so far"), "{line}");
        (!line.contains("0 files, 0 B")).then_some(())
    });
    (child, writer)
}

/// The first one ends the count in good order, although a reader hangs: what was counted is printed.
#[test]
fn prints_what_there_is() {
    let folder = TempDir::new().unwrap();
    let (child, _writer) = in_the_middle(folder.path());
    interrupt(&child);
    let output = finish(child);
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    assert!(printed.starts_with("interrupted:"), "{printed}");
    let report = Report::parse(&printed);
    assert!(report.words > 20_000, "{printed}");
    assert_eq!(
        report.bytes % 11,
        if report.words.is_multiple_of(2) { 0 } else { 5 }
    );
    assert_eq!(report.distinct, 2);
}

/// The second one kills, while the first one is still being obeyed: nobody reads its output, which fills the pipe.
#[test]
fn the_second_one_kills() {
    let folder = TempDir::new().unwrap();
    let words: String = (0..200_000).map(|n| format!("word{n} ")).collect();
    std::fs::write(folder.path().join("words"), words).unwrap();
    let mut child = wordcount()
        .args(["--top", "1000000"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It prints, so it counted; it cannot end, because its output does not fit into the pipe.
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    interrupt(&child);
    // The first signal must have been seen before the second is sent, for two pending ones are one.
    let status = format!("/proc/{}/status", child.id());
    if cfg!(target_os = "linux") {
        eventually(|| {
            let status = std::fs::read_to_string(&status).unwrap();
            let pending = status.lines().find(|line| line.starts_with("ShdPnd:"))?;
            pending.ends_with("0000000000000000").then_some(())
        });
    }
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert!(
        child.try_wait().unwrap().is_none(),
        "the first one does not kill"
    );
    interrupt(&child);
    let status = eventually(|| child.try_wait().unwrap());
    assert_eq!(status.signal(), Some(2));
}
