//! What does not count is named, and never hangs.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::common::run;
use crate::report::{Report, wordcount};

fn count(folder: &Path, args: &[&str]) -> Report {
    Report::of(&run(wordcount().args(args).arg(folder)))
}

/// Binary files by their NUL bytes, others that are not UTF-8, small and large, from the start or at the end.
#[test]
fn files_that_are_not_text() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("good", b"some words");
    write("nul-early", b"some\0words");
    write("nul-late", (" ".repeat(8 * 1024) + "late\0nul").as_bytes());
    write("latin-1", b"stra\xdfe");
    write("cut-off", "straß".as_bytes().split_last().unwrap().1);
    let mut large = "large words ".repeat(100_000).into_bytes();
    write("large-good", &large);
    large.push(0xff);
    write("large-bad-at-the-end", &large);
    large[5] = 0;
    write("large-binary", &large);
    write("large-word", "x".repeat(3_000_000).as_bytes());

    let report = count(folder.path(), &["--verify", "--workers", "3"]);
    assert_eq!((report.files, report.skipped), (3, 6), "{}", report.text);
    assert_eq!(report.words, 2 + 2 + 200_000);
    for line in [
        "nul-early: binary",
        "large-binary: binary",
        "latin-1: not UTF-8",
        "cut-off: not UTF-8",
        "large-bad-at-the-end: not UTF-8",
        "large-word: a word longer than 1 MiB",
    ] {
        assert!(report.text.contains(line), "{line}\n{}", report.text);
    }
}

/// Ten names, and how many more there are.
#[test]
fn names_only_some() {
    let folder = TempDir::new().unwrap();
    for n in 0..22 {
        fs::write(folder.path().join(format!("binary-{n:02}")), [0]).unwrap();
    }
    let report = count(folder.path(), &[]);
    assert_eq!((report.files, report.skipped), (0, 22));
    assert!(
        report.text.contains("binary-09: binary\n"),
        "{}",
        report.text
    );
    assert!(!report.text.contains("binary-10"), "{}", report.text);
    assert!(report.text.ends_with("and 12 more\n"), "{}", report.text);
}

/// Hidden folders and `target` are passed over, hidden files are not; `--all` enters everything.
#[test]
fn passes_over() {
    let folder = TempDir::new().unwrap();
    for name in [
        ".git/a",
        "target/b",
        "src/.hidden/c",
        "src/target/d",
        "src/e",
        ".f",
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    assert_eq!(count(folder.path(), &[]).files, 2);
    assert_eq!(count(folder.path(), &["--all"]).files, 6);
    // The folder that was asked for is never passed over.
    assert_eq!(count(&folder.path().join(".git"), &[]).files, 1);
}

/// Symbolic links are not followed: no loop is entered, and nothing counts twice. Pipes and sockets are not opened.
#[cfg(unix)]
#[test]
fn links_and_special_files() {
    use std::os::unix::fs::symlink;
    let folder = TempDir::new().unwrap();
    let inside = folder.path().join("inside");
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("file"), "one two").unwrap();
    symlink(folder.path(), inside.join("up")).unwrap();
    symlink(".", inside.join("here")).unwrap();
    symlink("self", inside.join("self")).unwrap();
    symlink("file", inside.join("again")).unwrap();
    symlink("nowhere", inside.join("broken")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(inside.join("socket")).unwrap();
    let pipe = inside.join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(pipe)
            .status()
            .unwrap()
            .success()
    );

    let report = count(folder.path(), &["--verify"]);
    assert_eq!((report.files, report.words, report.skipped), (1, 2, 2));
    assert!(
        report.text.contains("pipe: not a file or folder"),
        "{}",
        report.text
    );
    // A link that is named on the command line is followed.
    assert_eq!(count(&inside.join("up"), &[]).files, 1);
}

/// A file and a folder that may not be read. Root may read everything, so for root the example runs as nobody.
#[cfg(unix)]
#[test]
fn unreadable() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let chmod = |name: &str, mode| {
        fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    fs::create_dir(path("text")).unwrap();
    fs::create_dir(path("text/closed")).unwrap();
    for file in ["text/closed/file", "text/open", "text/secret"] {
        fs::write(path(file), "words").unwrap();
    }
    chmod("text/closed", 0);
    chmod("text/secret", 0);

    let mut command = wordcount();
    if fs::File::open(path("text/secret")).is_ok() {
        // The folder of the build may be closed to nobody.
        fs::copy(command.get_program(), path("wordcount")).unwrap();
        chmod("wordcount", 0o755);
        chmod("", 0o755);
        command = std::process::Command::new(path("wordcount"));
        command.uid(65534).gid(65534).current_dir("/");
    }
    let report = Report::of(&run(command.arg(path("text"))));
    chmod("text/closed", 0o700);
    assert_eq!((report.files, report.skipped), (1, 2), "{}", report.text);
    assert!(
        report.text.contains("secret: Permission denied"),
        "{}",
        report.text
    );
    assert!(
        report.text.contains("closed: Permission denied"),
        "{}",
        report.text
    );
}

/// Names that are not UTF-8, or would do something to a terminal.
#[cfg(target_os = "linux")]
#[test]
fn strange_names() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    let write = |name: &[u8], bytes: &[u8]| {
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), bytes).unwrap();
    };
    write(b"not\xffutf8", b"fine");
    write(b"clear\x1b[2Jscreen", b"\0");
    let report = count(folder.path(), &[]);
    assert_eq!((report.files, report.skipped), (1, 1));
    assert!(
        report.text.contains(r"clear\u{1b}[2Jscreen: binary"),
        "{}",
        report.text
    );
}
