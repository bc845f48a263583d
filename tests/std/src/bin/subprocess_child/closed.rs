//! A parent without some of its standard streams, or with them in odd places (rows S-30, S-49).
#![allow(unsafe_code, reason = "closes and moves descriptors by number")]

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;

use selvedge::subprocess::{Command, Standard, Stdio};

use crate::report::done;

pub(crate) fn run(what: &str, args: &[String]) -> bool {
    match what {
        "closed" => closed(&numbers(args)),
        "closed-inherit" => closed_inherit(&numbers(args)),
        "permuted" => permuted(&numbers(args)),
        "swapped" => swapped(&numbers(args)),
        "single" => single(),
        "owned-low" => owned_low(&numbers(args)),
        _ => return false,
    }
    done();
    true
}

fn numbers(args: &[String]) -> Vec<i32> {
    args.iter()
        .map(|arg| arg.parse().expect("a number"))
        .collect()
}

fn close(fds: &[i32]) {
    for &fd in fds {
        // SAFETY: nothing in this process uses the standard streams after this: panics go elsewhere.
        unsafe { libc::close(fd) };
    }
}

/// A child with three pipes works, whichever of 0 to 2 its parent has closed; and the parent's ends do not take their place.
fn closed(fds: &[i32]) {
    close(fds);
    let child = Command::shell("cat; echo apple; echo orange >&2")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .start()
        .expect("it starts");
    let streams = [
        child.take_stdin().map(|it| it.as_raw_fd()),
        child.take_stdout().map(|it| it.as_raw_fd()),
        child.take_stderr().map(|it| it.as_raw_fd()),
    ];
    assert!(
        streams.iter().all(|fd| fd.is_some_and(|fd| fd > 2)),
        "{streams:?}"
    );
    let _ = child.finish();

    let done = Command::shell("cat; echo apple; echo orange >&2")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .start()
        .expect("it starts")
        .communicate(b"pear ")
        .expect("they talk");
    assert!(done.status().success());
    assert_eq!(
        (done.stdout(), done.stderr()),
        (&b"pear apple\n"[..], &b"orange\n"[..])
    );
}

/// What is closed here and inherited is closed there.
fn closed_inherit(fds: &[i32]) {
    close(fds);
    for &fd in fds {
        let done = Command::shell(format!(
            "test ! -e /proc/self/fd/{fd} && test -e /proc/self/fd/9"
        ))
        .fd(9, File::open("/dev/null").expect("null"))
        .start()
        .expect("it starts")
        .wait();
        assert!(done.success(), "{fd}");
    }
}

fn temporary(content: &[u8]) -> File {
    // SAFETY: a name and flags; the descriptor is new.
    let mut file =
        unsafe { File::from_raw_fd(libc::memfd_create(c"test".as_ptr(), libc::MFD_CLOEXEC)) };
    file.write_all(content).expect("room");
    file.rewind().expect("a file");
    file
}

fn read(file: &mut File) -> String {
    let mut text = String::new();
    file.rewind().expect("a file");
    file.read_to_string(&mut text).expect("text");
    text
}

fn numbered(number: i32) -> Stdio {
    match number {
        0 => Standard::Input.into(),
        1 => Standard::Output.into(),
        _ => Standard::Error.into(),
    }
}

/// Three files in the places of the standard streams, in a given order, lead to the child in the right one (CPython's remapping and swapping tests).
fn swapped(order: &[i32]) {
    let [stdin, stdout, stderr] = *order else {
        panic!("three numbers");
    };
    let mut files = [temporary(b""), temporary(b""), temporary(b"")];
    files[stdin as usize] = temporary(b"input");
    for (number, file) in (0..).zip(&files) {
        // SAFETY: two numbers; nothing in this process uses the standard streams.
        unsafe { libc::dup2(file.as_raw_fd(), number) };
    }
    let status = Command::shell("cat; echo out; echo err >&2")
        .stdin(numbered(stdin))
        .stdout(numbered(stdout))
        .stderr(numbered(stderr))
        .start()
        .expect("it starts")
        .wait();
    assert!(status.success());
    assert_eq!(read(&mut files[stdout as usize]), "inputout\n");
    assert_eq!(read(&mut files[stderr as usize]), "err\n");
}

/// The same where the command owns descriptors with low numbers, and one of 0 to 2 is closed. (The test of the permutations of what is left.)
fn permuted(order: &[i32]) {
    let [closed, first, second] = *order else {
        panic!("three numbers");
    };
    let mut files = [temporary(b""), temporary(b"")];
    for (number, file) in [first, second].into_iter().zip(&files) {
        // SAFETY: as above.
        unsafe { libc::dup2(file.as_raw_fd(), number) };
    }
    close(&[closed]);
    let status = Command::shell("echo out; echo err >&2")
        .stdout(numbered(first))
        .stderr(numbered(second))
        .start()
        .expect("it starts")
        .wait();
    assert!(status.success());
    assert_eq!(read(&mut files[0]), "out\n");
    assert_eq!(read(&mut files[1]), "err\n");
}

/// Files that the command owns at 0, 1 and 2, in a given order.
fn owned_low(order: &[i32]) {
    let mut files = [temporary(b"input"), temporary(b""), temporary(b"")];
    let owned: Vec<OwnedFd> = order
        .iter()
        .zip(&files)
        .map(|(&number, file)| {
            // SAFETY: two numbers; whoever owned the number before (std's streams) does not use it here.
            unsafe { OwnedFd::from_raw_fd(libc::dup2(file.as_raw_fd(), number)) }
        })
        .collect();
    let [stdin, stdout, stderr] = <[OwnedFd; 3]>::try_from(owned).expect("three");
    let command = Command::shell("cat; echo out; echo err >&2; echo nine >&9")
        .fd(9, files[1].try_clone().expect("a copy"))
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr);
    assert!(command.start().expect("it starts").wait().success());
    assert_eq!(read(&mut files[1]), "inputout\nnine\n");
    assert_eq!(read(&mut files[2]), "err\n");
}

/// One descriptor for several streams.
fn single() {
    let mut file = temporary(b"");
    let both: Arc<OwnedFd> = Arc::new(file.try_clone().expect("a copy").into());
    let status = Command::shell("echo out; echo err >&2")
        .stdout(both.clone())
        .stderr(both)
        .start()
        .expect("it starts")
        .wait();
    assert!(status.success());
    assert_eq!(read(&mut file), "out\nerr\n");

    let (reader, writer) = std::io::pipe().expect("a pipe");
    let status = Command::shell("echo to itself; head -n 1 <&3 >&4")
        .stdout(writer)
        .fd(3, reader)
        .fd(4, file.try_clone().expect("a copy"))
        .start()
        .expect("it starts")
        .wait();
    assert!(status.success());
    assert_eq!(read(&mut file), "out\nerr\nto itself\n");
}
