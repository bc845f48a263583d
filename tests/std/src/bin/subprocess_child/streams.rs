//! A parent whose own standard streams are part of the matter.

use selvedge::subprocess::{Command, Standard, Stdio};

use crate::report::done;

pub(crate) fn run(what: &str) -> bool {
    match what {
        "tee-own-streams" => tee_own_streams(),
        "waits" => {
            let child = Command::from_args(["sleep", "1000"]).start();
            let child = child.expect("it starts");
            println!("{}", child.pid());
            let _ = child.wait();
            return true;
        }
        "inherits" => {
            inherits();
            return true;
        }
        "tee-writer" => {
            tee_writer();
            return true;
        }
        _ => return false,
    }
    done();
    true
}

/// Children whose output is this process's own, in all ways of saying so; whatever is not a pipe has no end here.
fn inherits() {
    let echo = |word: &str| Command::new("echo").arg(word);
    let plain = echo("one").stdin(Stdio::Pipe).stderr(Stdio::Pipe).start();
    let plain = plain.expect("it starts");
    assert!(plain.take_stdout().is_none());
    assert!(plain.finish().success());
    let merged = Command::shell("echo two >&2").stderr(Stdio::Merge).run();
    assert!(merged.expect("it runs").status().success());
    let named = echo("three").stdout(Standard::Output).start();
    let named = named.expect("it starts");
    assert!(named.take_stdout().is_none() && named.finish().success());
    let crossed = echo("four").stdout(Standard::Error).run();
    assert!(crossed.expect("it runs").status().success());
}

/// Copies to this process's standard error and output; the other half of `tee-own-streams`.
fn tee_writer() {
    let command = Command::new("echo").arg("one").stdout(Stdio::Pipe);
    let done = command.tee_stdout(Standard::Error).run().expect("it runs");
    assert_eq!(done.stdout(), b"one\n");
    // What is inherited goes on to where it went.
    let command = Command::new("echo").arg("two");
    let done = command.tee_stdout(Standard::Error).run().expect("it runs");
    assert!(done.status().success());
    let command = Command::shell("echo three >&2").stderr(Stdio::Pipe);
    let done = command.tee_stderr(Standard::Output).run().expect("it runs");
    assert_eq!(done.stderr(), b"three\n");
}

fn tee_own_streams() {
    let own = std::env::current_exe().expect("this program");
    let done = Command::new(own)
        .arg("tee-writer")
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .run()
        .expect("it runs");
    assert!(done.status().success(), "{done:?}");
    assert_eq!(done.stdout(), b"two\nthree\n");
    assert_eq!(done.stderr(), b"one\ntwo\n");
}
