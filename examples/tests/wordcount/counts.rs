//! The numbers are exact.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

use crate::common::run;
use crate::report::{Report, naive, wordcount};

/// Numbers that look random and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    /// Words of all lengths, in several scripts, with everything that may stand between two words.
    fn text(&mut self, words: usize) -> String {
        const PARTS: [&str; 16] = [
            "a",
            "The",
            "word",
            "x9",
            "ÄÖ",
            "straße",
            "ΣΊΣΥΦΟΣ",
            "слово",
            "İ",
            "文字",
            "K",
            "é",
            "_0_",
            "internationalisation",
            "sixteen_letters_",
            "Zz",
        ];
        const BETWEEN: [&str; 10] = [" ", "\n", ", ", "-", "_", "\u{a0}", "。", "—", "\0", "'"];
        let mut text = String::new();
        for _ in 0..words {
            for _ in 0..=self.below(4) {
                text.push_str(PARTS[self.below(PARTS.len())]);
            }
            // NUL is no reason to skip a file, unless it comes early.
            let between = if text.len() < 10_000 {
                8
            } else {
                BETWEEN.len()
            };
            text.push_str(BETWEEN[self.below(between)]);
        }
        text
    }
}

fn write(folder: &Path, name: &str, text: &str, counts: &mut HashMap<String, u64>) -> u64 {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    naive(text, counts);
    text.len() as u64
}

/// Small files, an empty one, and large ones of which chunks must be cut between words; whatever the number of workers.
#[test]
fn are_exact() {
    let folder = TempDir::new().unwrap();
    let mut random = Random(42);
    let mut counts = HashMap::new();
    let mut bytes = 0;
    for n in 0..60 {
        let text = random.text(n * 7);
        let name = format!("{}/{}/file-{n}", n % 3, n % 5);
        bytes += write(folder.path(), &name, &text, &mut counts);
    }
    for n in 0..3 {
        let text = random.text(25_000);
        assert!(text.len() > 400_000, "{}", text.len());
        bytes += write(folder.path(), &format!("large-{n}"), &text, &mut counts);
    }
    // No character of ASCII to cut at, and a word of some length.
    let text = "これは文字です。".repeat(20_000) + &"ß".repeat(200_000);
    bytes += write(folder.path(), "deep/down/beyond-ascii", &text, &mut counts);

    for args in [
        &["--workers", "1"][..],
        &["--workers=7"],
        &["--verify"],
        &["--executor", "threads"],
        &["--executor=threads", "--workers=1"],
    ] {
        let output = run(wordcount()
            .args(["--top", "1000000"])
            .args(args)
            .arg(folder.path()));
        let report = Report::of(&output);
        assert_eq!((report.files, report.bytes, report.skipped), (64, bytes, 0));
        report.assert_equals(&counts);
        let verified = report.text.contains("verified  the same in one thread");
        assert_eq!(verified, args == ["--verify"], "{}", report.text);
    }
}

/// Words at every distance from the border of a chunk, and of every length around what fits into a number.
#[test]
fn are_exact_at_borders() {
    let folder = TempDir::new().unwrap();
    let mut counts = HashMap::new();
    for around in 0..40 {
        let filler = "x ".repeat((256 * 1024 - 30 + around) / 2);
        let text = filler + &"Y".repeat(1 + around) + " " + &"é".repeat(around % 12) + " end";
        write(
            folder.path(),
            &format!("border-{around}"),
            &text,
            &mut counts,
        );
        let text = "w".repeat(around) + " " + &"é".repeat(around);
        write(
            folder.path(),
            &format!("length-{around}"),
            &text,
            &mut counts,
        );
    }
    for exactly in [256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 512 * 1024] {
        let text = "ab ".repeat(exactly / 3 + 1)[..exactly].to_owned();
        write(
            folder.path(),
            &format!("exactly-{exactly}"),
            &text,
            &mut counts,
        );
    }
    let output = run(wordcount().args(["--top=1000000"]).arg(folder.path()));
    Report::of(&output).assert_equals(&counts);
}

/// `--top` prints so many, equally frequent ones in alphabetical order; 0 prints none; without it there are twenty.
#[test]
fn top() {
    let folder = TempDir::new().unwrap();
    let mut text = "c c c b b a a ".to_owned();
    text.extend((0..50).map(|n| format!("word{n:02} ")));
    fs::write(folder.path().join("text"), text).unwrap();
    let top = |args: &[&str]| Report::of(&run(wordcount().args(args).arg(folder.path()))).top;
    let word = |word: &str, n| (word.to_owned(), n);
    assert_eq!(
        top(&["--top", "4"]),
        [word("c", 3), word("a", 2), word("b", 2), word("word00", 1)]
    );
    assert_eq!(top(&["--top", "0"]), []);
    assert_eq!(top(&[]).len(), 20);
    assert_eq!(top(&[])[19], word("word16", 1));
}

/// One file instead of a folder.
#[test]
fn one_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "One two TWO").unwrap();
    let report = Report::of(&run(wordcount().arg(&file)));
    assert_eq!(
        (report.files, report.bytes, report.words, report.distinct),
        (1, 11, 3, 2)
    );
}

/// An empty folder.
#[test]
fn nothing() {
    let folder = TempDir::new().unwrap();
    let report = Report::of(&run(wordcount().arg("--verify").arg(folder.path())));
    assert_eq!(
        (report.files, report.bytes, report.words, report.distinct),
        (0, 0, 0, 0)
    );
    assert_eq!(report.top, []);
}

/// Without FOLDER: the workspace around the current folder, which is this repository.
#[test]
fn the_repository() {
    let report = Report::of(&run(wordcount().args(["--top", "3"])));
    assert_eq!(report.top.len(), 3);
    assert!(report.files > 20, "{}", report.text);

    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("Cargo.toml"),
        "[workspace]\nmembers = []\n",
    )
    .unwrap();
    let below = folder.path().join("some/where");
    fs::create_dir_all(&below).unwrap();
    let report = Report::of(&run(wordcount().current_dir(&below)));
    assert_eq!((report.files, report.words), (1, 2));
}

/// `--verify` sees a difference: a pipe that says something else when it is read again.
#[cfg(unix)]
#[test]
fn verify_sees_differences() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let mut command = wordcount();
    command.arg("--verify").arg(&pipe);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    fs::write(&pipe, "one two").unwrap();
    // The report is printed before the second count begins: until then, nothing more may be written.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("skipped")));
    fs::write(&pipe, "one three").unwrap();
    let output = crate::common::finish(child);
    assert_eq!(output.status.code(), Some(1));
    let errors = crate::common::text(&output.stderr);
    assert!(errors.contains("the two counts differ"), "{errors}");
    assert!(
        errors.contains("\"three\": 0 with threads, 1 without"),
        "{errors}"
    );
    assert!(
        errors.contains("\"two\": 1 with threads, 0 without"),
        "{errors}"
    );
}
