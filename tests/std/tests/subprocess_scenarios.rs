//! Scenarios of CPython's `test_subprocess.py` that the files by subject leave out; each names the one that it follows.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use selvedge::subprocess::{
    Command, Popen, Run, SharedFd, Signal, Stdio, Step, check_output, quote,
};
use subprocess_support::{alone, child, eventually, ms, output, runs, scenario};

/// A folder that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("selvedge-{}-scenario-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn script(&self, name: impl AsRef<OsStr>, text: &str) -> PathBuf {
        let path = self.0.join(name.as_ref());
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A file without a name, with this in it.
fn temporary(text: &str) -> File {
    let path = std::env::temp_dir().join(format!("selvedge-{}-scenario", std::process::id()));
    let mut options = File::options();
    let mut file = options
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    fs::remove_file(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.rewind().unwrap();
    file
}

#[allow(
    unsafe_code,
    reason = "a number is asked for its flags, or given others"
)]
fn flags(fd: i32, command: i32, argument: i32) -> i32 {
    // SAFETY: numbers.
    unsafe { libc::fcntl(fd, command, argument) }
}

#[allow(unsafe_code, reason = "poll of libc")]
fn is_readable(fd: i32) -> bool {
    let mut poll = libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one place, and its count.
    unsafe { libc::poll(&raw mut poll, 1, 0) == 1 && poll.revents & libc::POLLIN != 0 }
}

/// `test_io_unbuffered_works`, `test_select_unbuffered`.
#[test]
fn s31_nothing_is_read_ahead() {
    let _alone = alone();
    let popen = Command::from_args(["printf", "apple"])
        .stdout(Stdio::Pipe)
        .start()
        .unwrap();
    let mut reader = popen.take_stdout().unwrap();
    assert!(popen.wait().success());
    let mut four = [0; 4];
    reader.read_exact(&mut four).unwrap();
    assert_eq!(&four, b"appl");
    assert!(is_readable(reader.as_raw_fd()));
    // And what is written arrives at once.
    let popen = Command::shell("head -c 3; cat >&2")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Null)
        .start()
        .unwrap();
    popen.take_stdin().unwrap().write_all(b"abc").unwrap();
    let mut three = [0; 3];
    let mut reader = popen.take_stdout().unwrap();
    reader.read_exact(&mut three).unwrap();
    assert_eq!(&three, b"abc");
    assert!(popen.finish().success());
}

/// `test_communicate_pipe_fd_leak`, `test_communicate_returns`: that nothing is left open, `alone` sees.
#[test]
fn s58_all_combinations_of_pipes() {
    let _alone = alone();
    for bits in 0..8 {
        let stream = |bit: u32| {
            if bits >> bit & 1 == 1 {
                Stdio::Pipe
            } else {
                Stdio::Null
            }
        };
        let popen = Command::shell("exit 47")
            .stdin(stream(0))
            .stdout(stream(1))
            .stderr(stream(2))
            .start()
            .unwrap();
        let done = popen.communicate("").unwrap();
        assert_eq!(done.returncode(), Some(47));
        let (stdout, stderr) = done.into_output();
        assert_eq!(
            (stdout.is_some(), stderr.is_some()),
            (bits & 2 != 0, bits & 4 != 0)
        );
        assert!(popen.take_stdin().is_none());
        assert!(popen.take_stdout().is_none() && popen.take_stderr().is_none());
    }
}

/// `test_no_leaking`.
#[test]
fn s45_as_many_as_there_are_descriptors() {
    let _alone = alone();
    scenario("many-children");
}

/// `test_communicate_BrokenPipeError_stdin_close_with_timeout` and its like.
#[test]
fn s55_nobody_reads_within_a_time_limit() {
    let _alone = alone();
    for input in [0, 10, 1_000_000] {
        let start = || {
            Command::shell("exec <&-; echo x")
                .stdin(Stdio::Pipe)
                .stdout(Stdio::Pipe)
                .start()
                .unwrap()
        };
        let done = start().communicate_timeout(vec![b'x'; input], ms(999_000));
        assert_eq!(done.unwrap().stdout(), b"x\n");
        let popen = start();
        assert!(popen.wait().success());
        assert_eq!(
            popen.communicate(vec![b'x'; input]).unwrap().stdout(),
            b"x\n"
        );
    }
}

/// `test_broken_pipe_cleanup`.
#[test]
fn s64_a_broken_pipe_does_not_prevent_the_wait() {
    let _alone = alone();
    let popen = Command::new("true").stdin(Stdio::Pipe).start().unwrap();
    let mut stdin = popen.take_stdin().unwrap();
    let error = stdin.write_all(&vec![b'x'; 10_000_000]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    drop(stdin);
    assert!(popen.finish().success());
}

/// `test_check_output_stdin_arg`, `test_check_output_input_arg`, `test_check_output_input_none`, `test_run_kwargs`.
#[test]
fn s09_input_of_check_output() {
    let _alone = alone();
    let command = Command::new("tr").args(["a-z", "A-Z"]);
    let file = temporary("pear");
    assert_eq!(check_output(command.clone().stdin(file)).unwrap(), b"PEAR");
    assert_eq!(
        check_output(command.clone().stdin(Stdio::Null)).unwrap(),
        b""
    );
    let input = Stdio::here("pear");
    assert_eq!(check_output(command.clone().stdin(input)).unwrap(), b"PEAR");
    let run = Run::new(command.stdout(Stdio::Pipe)).input("pear").check();
    assert_eq!(run.run().unwrap().stdout(), b"PEAR");
    let line = Command::shell("exit \"$CODE\"").env("CODE", "33");
    assert_eq!(line.run().unwrap().returncode(), Some(33));
}

#[allow(unsafe_code, reason = "an unsafe method")]
fn pre_exec(
    command: Command,
    closure: impl Fn() -> std::io::Result<()> + Send + Sync + 'static,
) -> Command {
    // SAFETY: the closures of these tests only call the system.
    unsafe { command.pre_exec(closure) }
}

/// `test_preexec_errpipe_does_not_double_close_pipes`, and worse: a closure that closes the descriptor by which errors are told. Nothing hangs, nothing is closed twice, and the status tells.
#[test]
fn s35_a_closure_that_closes_everything() {
    let _alone = alone();
    let close = || {
        for fd in 3..1024 {
            #[allow(unsafe_code, reason = "closes a number")]
            // SAFETY: a number, in a process that becomes another program.
            unsafe {
                libc::close(fd)
            };
        }
        Ok(())
    };
    let fails = move || close().and(Err(std::io::Error::from_raw_os_error(libc::EDOM)));
    for command in [
        pre_exec(Command::new("/no/such"), close),
        pre_exec(Command::new("true"), fails),
    ] {
        let popen = command
            .stdin(Stdio::Pipe)
            .stdout(Stdio::Pipe)
            .start()
            .unwrap();
        assert_eq!(popen.communicate("x").unwrap().returncode(), Some(255));
    }
    assert_eq!(
        output(pre_exec(Command::new("echo").arg("x"), close)),
        "x\n"
    );
}

/// `test_bytes_executable`, `test_bytes_executable_replaces_shell`, `test_bytes_program`.
#[test]
fn s24_names_need_not_be_text() {
    let _alone = alone();
    let folder = Folder::new("bytes");
    let name = OsStr::from_bytes(b"a\xffb");
    let path = folder.script(name, "#!/bin/sh\necho \"it is $1\"\n");
    assert_eq!(output(Command::new(&path).arg("x")), "it is x\n");
    let named = Command::from_args(["other", "y"]).executable(&path);
    assert_eq!(output(named), "it is y\n");
    assert_eq!(
        output(Command::shell("line").executable(&path)),
        "it is -c\n"
    );
    // By the `PATH` of the child, in a folder whose name is no text either.
    let inner = folder.0.join(OsStr::from_bytes(b"\xfe"));
    fs::create_dir(&inner).unwrap();
    fs::rename(&path, inner.join(name)).unwrap();
    let found = Command::new(name).arg("z").env("PATH", &inner);
    assert_eq!(output(found), "it is z\n");
}

/// `test_exception_bad_executable`, `test_exception_bad_args_0`: the error names what was to be run.
#[test]
fn s45_the_error_names_the_program() {
    let _alone = alone();
    let error = Command::new("true")
        .executable("/no/such/program")
        .start()
        .unwrap_err();
    assert_eq!(error.path(), Some("/no/such/program".as_ref()));
    let error = Command::new("/no/such/name").start().unwrap_err();
    assert_eq!(error.path(), Some("/no/such/name".as_ref()));
    let error = Command::shell("true")
        .executable("/no/such/shell")
        .start()
        .unwrap_err();
    assert_eq!(error.path(), Some("/no/such/shell".as_ref()));
}

/// `test_pipesizes`, `test_pipesize_default`: all three pipes.
#[test]
fn s32_size_of_all_pipes() {
    let _alone = alone();
    let size = |fd: &dyn AsRawFd| flags(fd.as_raw_fd(), libc::F_GETPIPE_SZ, 0);
    let sizes = |popen: &Popen| {
        [
            size(&popen.take_stdin().unwrap()),
            size(&popen.take_stdout().unwrap()),
            size(&popen.take_stderr().unwrap()),
        ]
    };
    let command = Command::new("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe);
    let (reader, _writer) = std::io::pipe().unwrap();
    let popen = command.start().unwrap();
    assert_eq!(sizes(&popen), [size(&reader); 3]);
    assert!(popen.finish().success());
    let popen = command.pipe_size(8192).start().unwrap();
    assert_eq!(sizes(&popen), [8192; 3]);
    assert!(popen.finish().success());
}

/// `test_pipe_cloexec_real_tools`: no child has an end of another one's pipe, even if it inherits all that is inherited.
#[test]
fn s36_pipes_of_others_come_to_their_end() {
    let _alone = alone();
    let first = Command::new("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .close_fds(false)
        .start()
        .unwrap();
    let second = Command::new("grep")
        .arg("xc")
        .stdin(first.take_stdout().unwrap())
        .stdout(Stdio::Pipe)
        .close_fds(false)
        .start()
        .unwrap();
    // The others' pipes, while those are open.
    let told = output(child("fds").stdin(Stdio::Null).close_fds(false));
    first
        .take_stdin()
        .unwrap()
        .write_all(b"zxcvbn\nno\n")
        .unwrap();
    assert_eq!(second.communicate("").unwrap().stdout(), b"zxcvbn\n");
    assert!(first.wait().success());
    assert_eq!(
        told,
        output(child("fds").stdin(Stdio::Null).close_fds(false))
    );
}

/// `test_pass_fds_inheritable`: this process's own flags stay as they are, whichever they were.
#[test]
fn s37_flags_of_this_process_stay() {
    let _alone = alone();
    for inheritable in [false, true] {
        let (reader, writer) = std::io::pipe().unwrap();
        let fd = OwnedFd::from(writer);
        let number = fd.as_raw_fd();
        let flag = if inheritable { 0 } else { libc::FD_CLOEXEC };
        assert_eq!(flags(number, libc::F_SETFD, flag), 0);
        let shared = SharedFd::from(fd);
        let command = child("fds").stdin(Stdio::Null).pass_fd(shared.clone());
        assert_eq!(output(command), format!("0 1 2 {number}\n"));
        assert_eq!(flags(number, libc::F_GETFD, 0), flag);
        drop((shared, reader));
    }
}

/// `test_leak_fast_process_del_killed`: a child that is killed by others after its handle is gone leaves nothing.
#[test]
fn s65_killed_after_the_drop() {
    let _alone = alone();
    let popen = Command::new("sleep")
        .arg("1000")
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .start()
        .unwrap();
    let pid = popen.pid();
    drop(popen);
    assert!(runs(pid));
    #[allow(unsafe_code, reason = "a signal to a child without a handle")]
    // SAFETY: numbers.
    let sent = unsafe { libc::kill(pid.cast_signed(), Signal::KILL.number()) };
    assert_eq!(sent, 0);
    let error = Command::new("/no/such").start().unwrap_err();
    assert_eq!(error.step(), Step::Exec);
    eventually(|| !PathBuf::from(format!("/proc/{pid}")).exists());
}

/// `CommandsWithSpaces`: for the shell, the name has to be quoted.
#[test]
fn s25_names_with_spaces_in_a_line() {
    let _alone = alone();
    let folder = Folder::new("spaces");
    let path = folder.script("te st", "#!/bin/sh\necho \"$# $1\"\n");
    let path = path.to_str().unwrap();
    let line = format!("{} 'ab cd'", quote(path));
    assert_eq!(output(Command::shell(line)), "1 ab cd\n");
    let bare = Command::shell(format!("{path} x 2>&1")).stdout(Stdio::Pipe);
    assert_eq!(bare.run().unwrap().returncode(), Some(127));
}
