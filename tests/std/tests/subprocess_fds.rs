//! Streams and descriptors (rows S-27 to S-32, S-36, S-37, S-49).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use selvedge::subprocess::{Command, Standard, Stdio, Step};
use subprocess_support::{alone, child, open_fds, output, scenario, scenario_with, shell};

fn temporary() -> File {
    let name = std::env::temp_dir().join(format!("selvedge-{}-fd", std::process::id()));
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&name)
        .unwrap();
    std::fs::remove_file(name).unwrap();
    file
}

fn content(file: &mut File) -> String {
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

/// CPython: `test_stdin_pipe`, `test_stdout_pipe`, `test_stderr_pipe`.
#[test]
fn s27_pipes() {
    let _alone = alone();
    let child = Command::shell("read a; echo out $a; echo err $a >&2")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .start()
        .unwrap();
    child.take_stdin().unwrap().write_all(b"pear\n").unwrap();
    assert_eq!(
        std::io::read_to_string(child.take_stdout().unwrap()).unwrap(),
        "out pear\n"
    );
    assert_eq!(
        std::io::read_to_string(child.take_stderr().unwrap()).unwrap(),
        "err pear\n"
    );
    assert!(
        child.take_stdin().is_none()
            && child.take_stdout().is_none()
            && child.take_stderr().is_none()
    );
    assert!(child.wait().success());
}

/// CPython: `test_stdin_filedes`, `test_stdout_filedes`, `test_stderr_filedes`, `test_stdin_fileobj`, `test_stdout_fileobj`, `test_stderr_fileobj`.
#[test]
fn s27_files() {
    let _alone = alone();
    let mut input = temporary();
    input.write_all(b"pear").unwrap();
    input.rewind().unwrap();
    let (mut out, mut err) = (temporary(), temporary());
    let child = Command::shell("cat; echo orange >&2")
        .stdin(input)
        .stdout(out.try_clone().unwrap())
        .stderr(err.try_clone().unwrap())
        .start()
        .unwrap();
    assert!(child.take_stdout().is_none(), "not a pipe");
    assert!(child.wait().success());
    assert_eq!(
        (content(&mut out), content(&mut err)),
        ("pear".into(), "orange\n".into())
    );
}

/// CPython: `test_stdin_devnull`, `test_stdout_devnull`, `test_stderr_devnull`.
#[test]
fn s27_null() {
    let _alone = alone();
    let done = Command::shell("cat; echo out; echo err >&2; readlink /proc/self/fd/1 >&3")
        .stdin(Stdio::Null)
        .stdout(Stdio::Null)
        .stderr(Stdio::Null)
        .fd(3, temporary())
        .run()
        .unwrap();
    assert!(done.status().success());
    assert_eq!(done.into_output(), (None, None));
}

/// CPython: `test_stdout_stderr_pipe`, `test_stdout_stderr_file`.
#[test]
fn s28_errors_where_the_output_goes() {
    let _alone = alone();
    let both = Command::shell("echo out; echo err >&2");
    assert_eq!(output(both.clone().stderr(Stdio::Merge)), "out\nerr\n");
    let mut file = temporary();
    let child = both
        .clone()
        .stdout(file.try_clone().unwrap())
        .stderr(Stdio::Merge)
        .start()
        .unwrap();
    assert!(child.wait().success());
    assert_eq!(content(&mut file), "out\nerr\n");
    // To the null device, and back to this process's standard output.
    let child = both
        .stdout(Stdio::Null)
        .stderr(Stdio::Merge)
        .start()
        .unwrap();
    assert!(child.wait().success());
    let told = output(child_of_child("echo err >&2").stderr(Stdio::Null));
    assert_eq!(told, "err\n");
}

/// A shell that runs a helper, which merges errors into an inherited output.
fn child_of_child(line: &str) -> Command {
    Command::shell(format!("{{ {line}; }} 2>&1"))
}

#[test]
fn s29_merging_something_else_is_refused() {
    let _alone = alone();
    for command in [
        Command::new("true").stdout(Stdio::Merge),
        Command::new("true").stdin(Stdio::Merge),
    ] {
        assert_eq!(command.start().unwrap_err().step(), Step::Options);
    }
}

/// CPython: `test_close_fd_0`, `test_close_fd_1`, `test_close_fd_2`, `test_close_fds_0_1`, `test_close_fds_0_2`, `test_close_fds_1_2`, `test_close_fds_0_1_2`, `test_small_errpipe_write_fd`, `test_swap_std_fds_with_one_closed`.
#[test]
fn s30_standard_streams_closed_in_the_parent() {
    let _alone = alone();
    let sets: [&[&str]; 7] = [
        &["0"],
        &["1"],
        &["2"],
        &["0", "1"],
        &["0", "2"],
        &["1", "2"],
        &["0", "1", "2"],
    ];
    for set in sets {
        scenario_with("closed", set);
        scenario_with("closed-inherit", set);
    }
}

/// CPython: `test_remapping_std_fds`, `test_swap_fds`.
#[test]
fn s30_standard_streams_in_any_order() {
    let _alone = alone();
    for order in [
        ["0", "1", "2"],
        ["0", "2", "1"],
        ["1", "0", "2"],
        ["1", "2", "0"],
        ["2", "0", "1"],
        ["2", "1", "0"],
    ] {
        scenario_with("swapped", &order);
        scenario_with("permuted", &order);
        scenario_with("owned-low", &order);
    }
}

/// CPython: `test_stdout_stdin_are_single_inout_fd`, `test_stdout_stderr_are_single_inout_fd`, `test_stderr_stdin_are_single_inout_fd`.
#[test]
fn s30_one_descriptor_for_several() {
    let _alone = alone();
    scenario("single");
    // What is given at its own number is inherited.
    let told = output(
        shell("echo x")
            .stdout(Stdio::Pipe)
            .stderr(Standard::Error)
            .stdin(Standard::Input),
    );
    assert_eq!(told, "x\n");
}

/// CPython: `test_pipesizes`.
#[test]
fn s32_size_of_pipes() {
    let _alone = alone();
    let size = |command: &Command| {
        let child = command.start().unwrap();
        let size = rustix_pipe_size(child.take_stdout().unwrap().as_fd().as_raw_fd());
        let _ = child.finish();
        size
    };
    let command = Command::new("true").stdin(Stdio::Pipe).stdout(Stdio::Pipe);
    let usual = size(&command);
    assert_eq!(size(&command.clone().pipe_size(usual / 2)), usual / 2);
    // More than anybody gets: as it was.
    let large = size(&command.pipe_size(1 << 30));
    assert!(large == usual || large == 1 << 30);
}

#[allow(unsafe_code, reason = "asks the system for the size of a pipe")]
fn rustix_pipe_size(fd: i32) -> usize {
    // SAFETY: numbers.
    let size = unsafe { libc::fcntl(fd, libc::F_GETPIPE_SZ) };
    usize::try_from(size).unwrap()
}

/// A descriptor that programs inherit unless it is closed for them.
#[allow(unsafe_code, reason = "changes a flag of a descriptor")]
fn inheritable() -> OwnedFd {
    let fd = OwnedFd::from(temporary());
    // SAFETY: numbers.
    unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, 0) };
    fd
}

fn numbers(told: &str) -> Vec<i32> {
    told.split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}

/// CPython: `test_close_fds`, `test_pipe_cloexec`.
#[test]
fn s36_descriptors_are_closed() {
    let _alone = alone();
    let open: Vec<OwnedFd> = (0..10).map(|_| inheritable()).collect();
    assert_eq!(output(child("fds").stdin(Stdio::Null)), "0 1 2\n");
    // Unless they are not.
    let told = numbers(&output(child("fds").stdin(Stdio::Null).close_fds(false)));
    for fd in &open {
        assert!(told.contains(&fd.as_raw_fd()), "{told:?}");
    }
    // Pipes to other children are never inherited.
    let other = Command::new("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .start()
        .unwrap();
    let again = numbers(&output(child("fds").stdin(Stdio::Null).close_fds(false)));
    assert_eq!(again, told);
    assert!(other.finish().success());
}

/// CPython: `test_close_fds_when_max_fd_is_lowered`.
#[test]
fn s36_above_a_lowered_limit() {
    let _alone = alone();
    scenario("lowered-limit");
}

/// CPython: `test_pass_fds`, `test_pass_fds_inheritable`.
#[test]
fn s37_descriptors_passed_on() {
    let _alone = alone();
    let fds: Vec<OwnedFd> = (0..5).map(|_| temporary().into()).collect();
    let kept: Vec<i32> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let before = open_fds();
    let mut command = child("fds").stdin(Stdio::Null).stdout(Stdio::Pipe);
    for fd in fds {
        command = command.pass_fd(fd);
    }
    let done = command.start().unwrap().communicate(b"").unwrap();
    let mut expected = vec![0, 1, 2];
    expected.extend(&kept);
    assert_eq!(numbers(&String::from_utf8_lossy(done.stdout())), expected);
    // Here they are still closed on exec, and still open.
    assert_eq!(open_fds(), before);
    let told = output(child("fds").stdin(Stdio::Null).close_fds(false));
    assert!(kept.iter().all(|fd| !numbers(&told).contains(fd)), "{told}");
    drop(command);
    assert!(
        kept.iter()
            .all(|fd| !open_fds().contains(&fd.cast_unsigned()))
    );
}

#[test]
fn s37_at_other_numbers() {
    let _alone = alone();
    // Both ways round, and one far away: no number gets in the other's way.
    let (one, two): (OwnedFd, OwnedFd) = (
        File::open("/dev/null").unwrap().into(),
        File::open("/dev/zero").unwrap().into(),
    );
    let (first, second) = (one.as_raw_fd(), two.as_raw_fd());
    let line = format!("readlink /proc/self/fd/{first} /proc/self/fd/{second} /proc/self/fd/100");
    let (one, two) = (Arc::new(one), Arc::new(two));
    let command = shell(&line)
        .fd(first, two.clone())
        .fd(second, one)
        .fd(100, two);
    assert_eq!(output(command), "/dev/zero\n/dev/null\n/dev/zero\n");
}

/// CPython: `test_pass_fds_redirected`.
#[test]
fn s37_passed_and_redirected() {
    let _alone = alone();
    let (reader, writer) = std::io::pipe().unwrap();
    let writer: Arc<OwnedFd> = Arc::new(writer.into());
    let number = writer.as_raw_fd();
    let command = Command::shell(format!("echo one; echo two >&2; echo three >&{number}"))
        .stdout(writer.clone())
        .stderr(writer.clone())
        .fd(number, writer);
    assert!(command.start().unwrap().wait().success());
    drop(command);
    assert_eq!(
        std::io::read_to_string(reader).unwrap(),
        "one\ntwo\nthree\n"
    );
}

#[test]
fn s37_impossible_numbers() {
    let _alone = alone();
    let fd = || Arc::new(OwnedFd::from(temporary()));
    assert_eq!(
        Command::new("true")
            .fd(-1, fd())
            .start()
            .unwrap_err()
            .step(),
        Step::Options
    );
    let twice = Command::new("true").fd(7, fd()).fd(7, fd());
    assert_eq!(twice.start().unwrap_err().step(), Step::Options);
    let both = Command::new("true").stdout(Stdio::Null).fd(1, fd());
    assert_eq!(both.start().unwrap_err().step(), Step::Options);
    let far = Command::new("true").fd(i32::MAX, fd()).start().unwrap_err();
    assert_eq!(
        (far.step(), far.raw_os_error()),
        (Step::Redirect, libc::EBADF)
    );
    // 0 to 2 by number, where the stream has no other place to lead to.
    let told = output(
        shell("echo x >&2; cat <&0")
            .fd(0, File::open("/dev/null").unwrap())
            .stderr(Stdio::Merge),
    );
    assert_eq!(told, "x\n");
}

#[test]
fn at_the_limit_of_descriptors() {
    let _alone = alone();
    scenario("at-limit");
}
