//! What is left of CPython's `test_subprocess.py`, one after the other; the other files of this subject name those that they follow.
//!
//! No counterpart have: arguments of the wrong type (`test_invalid_args`, `test_invalid_bufsize`, `test_fork_exec`), names of the module (`test__all__`, `test_class_getitems`), `test_io_buffered_by_default` and `test_bufsize_equal_one_binary_mode` for
//! binary streams (pipes are std's), the garbage collector (`test_preexec_gc_module_failure`, `test_preexec_fork_failure`), text in an exception that is not text (`test_surrogates_error_message`), the error pipe's format
//! (`test_exception_errpipe_bad_data`), and Windows.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, LineWriter, Read, Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use selvedge::subprocess::{
    Command, CommunicateError, Decoding, ExitStatus, Run, Signal, Stdio, Step, SubprocessError,
    call, check_call, check_output, decode, getoutput,
};
use subprocess_support::{CHILD, alone, child, eventually, ms, output, runs};

/// A folder of one's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: impl AsRef<OsStr>) -> Self {
        let path = std::env::temp_dir().join(format!("selvedge-cpython-{}", std::process::id()));
        let path = path.join(name.as_ref());
        fs::create_dir_all(&path).unwrap();
        Self(fs::canonicalize(path).unwrap())
    }

    fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        let _ = self.0.parent().map(fs::remove_dir);
    }
}

fn timed_out<T>(result: Result<T, SubprocessError>) -> selvedge::subprocess::TimeoutExpired {
    match result {
        Err(SubprocessError::Timeout(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it has ended"),
    }
}

/// `test_call_timeout`, `RunFuncTestCase.test_timeout`: a child that uses the processor and reads nothing is killed; else this would never end.
#[test]
fn s07_time_limit_of_a_busy_child() {
    let _alone = alone();
    let begin = Instant::now();
    let late = Run::new(Command::shell("while :; do :; done"))
        .timeout(ms(100))
        .run();
    assert!(begin.elapsed() >= ms(100));
    let error = timed_out(late);
    assert_eq!((error.stdout(), error.stderr()), (None, None));
    // Row S-05: what is told is the limit that was given.
    assert_eq!(error.timeout(), ms(100));
    let none = Run::new(Command::from_args(["sleep", "1000"])).timeout(Duration::ZERO);
    assert_eq!(timed_out(none.run()).timeout(), Duration::ZERO);
}

/// `test_check_output_timeout`, in both classes: the output until then is in the error.
#[test]
fn s09_time_limit_of_checked_output() {
    let _alone = alone();
    let mut limit = ms(50);
    loop {
        let command = Command::shell("printf BDFL; exec sleep 3600").stdout(Stdio::Pipe);
        let error = timed_out(Run::new(command).check().timeout(limit).run());
        assert_eq!(error.stderr(), None);
        if error.stdout() == Some(b"BDFL") {
            break;
        }
        // The machine was busy.
        limit *= 2;
    }
}

/// `test_check_output_stdin_with_input_arg`, in both classes: input, and a file for the same stream.
#[test]
fn s02_input_and_a_file_are_refused() {
    let _alone = alone();
    let file = File::open("/dev/null").unwrap();
    let command = Command::new("cat").stdin(file).stdout(Stdio::Pipe);
    let Err(SubprocessError::Start(error)) = Run::new(command).input("hare").check().run() else {
        panic!("one of them is lost");
    };
    assert_eq!(
        (error.step(), error.kind()),
        (Step::Options, ErrorKind::InvalidInput)
    );
}

/// `test_check_output_input_none_text`, `test_check_output_input_none_universal_newlines`, `test_check_output_input_none_encoding_errors`: no input is an empty pipe, and text is made afterwards.
#[test]
fn s09_no_input_and_text() {
    let _alone = alone();
    let command = Command::shell("cat; printf 'foo\\r\\n'").stdout(Stdio::Pipe);
    let done = Run::new(command).input("").check().run().unwrap();
    for decoding in [Decoding::Strict, Decoding::Ignore] {
        assert_eq!(done.stdout_text(decoding).unwrap(), "foo\n");
    }
}

/// `test_call_kwargs`, `test_call_seq`, `test_check_call_zero`, `test_check_call_nonzero`.
#[test]
fn s07_calls_with_settings() {
    let _alone = alone();
    let line = || Command::shell("test \"$FRUIT\" = banana && exit 47");
    let status = call(&line().env("FRUIT", "banana")).unwrap();
    assert_eq!(status, ExitStatus::Exited(47));
    let Err(SubprocessError::Called(error)) = check_call(&line().env("FRUIT", "banana")) else {
        panic!("it fails");
    };
    assert_eq!(error.process().returncode(), Some(47));
    check_call(&line().env("FRUIT", "apple").args(["sh"]).env("FRUIT", "x")).unwrap_err();
    check_call(&Command::shell("test \"$PWD\" = / && true").cwd("/")).unwrap();
}

/// `test_stdin_none`, `test_stderr_none`: streams that are no pipes have no end here.
#[test]
fn s61_no_pipe_no_end() {
    let _alone = alone();
    for piped in 0..3 {
        let mut command = Command::shell("echo banana; echo pear >&2").stdin(Stdio::Null);
        command = match piped {
            0 => command
                .stdin(Stdio::Pipe)
                .stdout(Stdio::Null)
                .stderr(Stdio::Null),
            1 => command.stdout(Stdio::Pipe).stderr(Stdio::Null),
            _ => command.stdout(Stdio::Null).stderr(Stdio::Pipe),
        };
        let popen = command.start().unwrap();
        let ends = [
            popen.take_stdin().is_some(),
            popen.take_stdout().is_some(),
            popen.take_stderr().is_some(),
        ];
        assert_eq!(ends, [piped == 0, piped == 1, piped == 2]);
        let _ = popen.wait();
    }
}

/// `test_stdout_none`, `test_stderr_redirect_with_no_stdout_redirect`, `test_stdout_filedes_of_stdout`, `test_issue8780`: what is inherited goes where it went, seen by a child whose own children write.
#[test]
fn s28_inherited_output() {
    let _alone = alone();
    let done = Run::new(child("inherits"))
        .capture_output()
        .check()
        .run()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(done.stdout()), "one\ntwo\nthree\n");
    assert_eq!(done.stderr(), b"four\n");
    let line = format!("'{CHILD}' inherits 2>/dev/null");
    assert_eq!(getoutput(&line).unwrap(), "one\ntwo\nthree");
}

/// `test_executable_takes_precedence`: the program that is named apart counts, also if the first argument could be run.
#[test]
fn s24_the_executable_takes_precedence() {
    let _alone = alone();
    let command = || Command::from_args([CHILD, "exit", "47"]);
    assert_eq!(call(&command()).unwrap().code(), Some(47));
    let error = command()
        .executable("/no/such/program")
        .start()
        .unwrap_err();
    assert_eq!(
        (error.step(), error.kind()),
        (Step::Exec, ErrorKind::NotFound)
    );
}

/// `test_pathlike_executable`, `test_pathlike_executable_replaces_shell`, `test_run_with_pathlike_path`, `test_run_with_pathlike_path_and_arguments`, `test_run_with_bytes_path_and_arguments`.
#[test]
fn s22_paths_and_bytes() {
    let _alone = alone();
    let path = Path::new(CHILD);
    assert_eq!(
        Command::new(path)
            .args(["exit", "57"])
            .run()
            .unwrap()
            .returncode(),
        Some(57)
    );
    let bytes = OsStr::from_bytes(CHILD.as_bytes());
    let mixed = Command::new(bytes).arg("exit").arg(Path::new("58"));
    assert_eq!(mixed.run().unwrap().returncode(), Some(58));
    let named = Command::from_args(["x", "exit", "59"]).executable(path);
    assert_eq!(named.run().unwrap().returncode(), Some(59));
    let shell = Command::shell("echo $0").executable(Path::new("/bin/sh"));
    assert_eq!(output(shell), "/bin/sh\n");
}

/// `test_cwd_with_bytes`, `test_cwd_with_pathlike`.
#[test]
fn s38_folders_need_not_be_text() {
    let _alone = alone();
    let folder = Folder::new(OsStr::from_bytes(b"b\xe9te"));
    for text in [
        folder.0.as_os_str(),
        OsStr::from_bytes(folder.0.as_os_str().as_bytes()),
    ] {
        let done = Command::new("pwd")
            .arg("-P")
            .cwd(text)
            .stdout(Stdio::Pipe)
            .run()
            .unwrap();
        let expected = [folder.0.as_os_str().as_bytes(), b"\n"].concat();
        assert_eq!(done.stdout(), expected);
    }
}

/// `test_cwd_with_relative_arg`, `test_cwd_with_relative_executable`, `test_cwd_with_absolute_arg`, `test_executable_with_cwd`, `test_executable_without_cwd`.
#[test]
fn s26_programs_and_folders() {
    let _alone = alone();
    let (folder, wrong) = (Folder::new("right"), Folder::new("wrong"));
    let path = folder.script("tool", "#!/bin/sh\npwd -P\nexit 47\n");
    let relative = Path::new(".").join("tool");
    let ends = |command: Command, at: &Path| {
        let done = command.stdout(Stdio::Pipe).run().unwrap();
        assert_eq!(done.returncode(), Some(47));
        assert_eq!(done.stdout(), format!("{}\n", at.display()).as_bytes());
    };
    let missing = |command: Command| {
        assert_eq!(command.start().unwrap_err().kind(), ErrorKind::NotFound);
    };
    missing(Command::new(&relative));
    missing(Command::new(&relative).cwd(&wrong.0));
    ends(Command::new(&relative).cwd(&folder.0), &folder.0);
    missing(Command::new("x").executable(&relative).cwd(&wrong.0));
    ends(
        Command::new("x").executable(&relative).cwd(&folder.0),
        &folder.0,
    );
    // An absolute path means the same everywhere.
    ends(Command::new(&path).cwd(&wrong.0), &wrong.0);
    let here = fs::canonicalize(".").unwrap();
    ends(Command::new("somewhere").executable(&path), &here);
    // A folder that is relative itself starts here, and the program in it.
    let name = folder.0.file_name().unwrap();
    let line =
        Command::shell("cd \"$1\" && \"$0\" -c ./tool").args([Path::new("/bin/sh"), &folder.0]);
    ends(line, &folder.0);
    assert_eq!(name, "right");
}

/// `test_stdin_filedes`, `test_stdin_fileobj`, `test_stdout_filedes`, `test_stdout_fileobj`, `test_stderr_filedes`, `test_stderr_fileobj`, `test_stdout_stderr_file`: a file stays usable here if a copy of it was handed over.
#[test]
fn s27_files_stay_here() {
    let _alone = alone();
    let folder = Folder::new("files");
    let path = folder.0.join("file");
    let open = || {
        let options = &mut File::options();
        options
            .read(true)
            .create(true)
            .append(true)
            .open(&path)
            .unwrap()
    };
    let mut file = open();
    file.write_all(b"pear\n").unwrap();
    let mut input = open();
    input.rewind().unwrap();
    let status = Command::new("cat")
        .stdin(input.try_clone().unwrap())
        .stdout(File::create(folder.0.join("out")).unwrap())
        .start()
        .unwrap()
        .wait();
    assert!(status.success());
    // The place in the file is shared.
    assert_eq!(std::io::read_to_string(input).unwrap(), "");
    assert_eq!(fs::read_to_string(folder.0.join("out")).unwrap(), "pear\n");
    let both = Command::shell("echo apple; echo orange >&2")
        .stdout(file.try_clone().unwrap())
        .stderr(OwnedFd::from(file.try_clone().unwrap()));
    assert!(both.run().unwrap().status().success());
    file.write_all(b"end\n").unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "pear\napple\norange\nend\n"
    );
}

/// `test_universal_newlines_and_text`, `test_universal_newlines_communicate`, `test_universal_newlines_communicate_stdin`, `test_universal_newlines_communicate_input_none`,
/// `test_universal_newlines_communicate_stdin_stdout_stderr`: all kinds of ends of lines, in both directions. Input goes out as it is, since lines end with `\n` on this system.
#[test]
fn s33_lines_of_text() {
    let _alone = alone();
    let line = "cat; printf 'line2\\nline3\\rline4\\r\\nline5\\n\\rlast'; printf 'err\\r\\nor' >&2";
    let popen = || {
        let command = Command::shell(line).stdin(Stdio::Pipe).stdout(Stdio::Pipe);
        command.stderr(Stdio::Pipe).start().unwrap()
    };
    let rest = "line2\nline3\nline4\nline5\n\nlast";
    let done = popen().communicate("line0\r\nline1\n").unwrap();
    let text = done.stdout_text(Decoding::Strict).unwrap();
    assert_eq!(text, format!("line0\nline1\n{rest}"));
    assert!(done.stdout().starts_with(b"line0\r\n"));
    assert_eq!(done.stderr_text(Decoding::Strict).unwrap(), "err\nor");
    let none = popen().communicate("").unwrap();
    assert_eq!(none.stdout_text(Decoding::Strict).unwrap(), rest);
}

/// `test_universal_newlines_communicate_encodings`: other encodings are std's business, and the newlines come after them.
#[test]
fn s33_other_encodings() {
    let _alone = alone();
    let line = "printf '1\\000\\r\\000\\n\\0002\\000\\r\\0003\\000\\n\\0004\\000'";
    let bytes = check_output(Command::shell(line)).unwrap();
    let units = bytes
        .chunks_exact(2)
        .map(|it| u16::from_le_bytes([it[0], it[1]]));
    let text: String = char::decode_utf16(units).map(Result::unwrap).collect();
    assert_eq!(
        decode(text.as_bytes(), Decoding::Strict).unwrap(),
        "1\n2\n3\n4"
    );
}

/// `test_communicate_errors`: bytes that are not text, by each policy (row S-34).
#[test]
fn s34_bytes_that_are_not_text() {
    let _alone = alone();
    let done = Command::from_args(["printf", "[\\200\\200]"])
        .stdout(Stdio::Pipe)
        .run()
        .unwrap();
    for (decoding, expected) in [
        (Decoding::Ignore, "[]"),
        (Decoding::Replace, "[\u{fffd}\u{fffd}]"),
        (Decoding::Backslash, "[\\x80\\x80]"),
    ] {
        assert_eq!(done.stdout_text(decoding).unwrap(), expected);
    }
    let error = done.stdout_text(Decoding::Strict).unwrap_err();
    assert_eq!(error.valid_up_to(), 1);
}

/// `test_bufsize_equal_one_text_mode`, `test_bufsize_is_none`: whoever wants lines or buffers puts them around a pipe.
#[test]
fn s31_lines_and_buffers_around_a_pipe() {
    let _alone = alone();
    let popen = Command::new("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .start()
        .unwrap();
    let mut lines = LineWriter::new(popen.take_stdin().unwrap());
    let mut reader = BufReader::new(popen.take_stdout().unwrap());
    let mut line = String::new();
    lines.write_all(b"line\nrest").unwrap();
    // The line is on its way although nobody has flushed.
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "line\n");
    drop(lines);
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "line\nrest");
    assert!(popen.wait().success());
    let popen = Command::new("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .start()
        .unwrap();
    let mut buffer = BufWriter::new(popen.take_stdin().unwrap());
    buffer.write_all(b"kept").unwrap();
    // Nothing has been sent.
    let early = popen.communicate_timeout("", ms(20));
    assert!(matches!(early, Err(CommunicateError::Timeout(error)) if error.stdout() == Some(b"")));
    drop(buffer);
    assert_eq!(popen.communicate("").unwrap().stdout(), b"kept");
}

/// `test_handles_closed_on_exception`: files given to a start that fails are closed with the command, and are whole.
#[test]
fn s45_files_of_a_start_that_fails() {
    let _alone = alone();
    let folder = Folder::new("handles");
    let path = folder.0.join("file");
    let mut file = File::create(&path).unwrap();
    file.write_all(b"here").unwrap();
    let number = file.as_raw_fd();
    let command = Command::new("/no/such/program")
        .stdin(File::open(&path).unwrap())
        .stdout(file)
        .stderr(Stdio::Merge);
    assert_eq!(command.start().unwrap_err().step(), Step::Exec);
    assert!(fs::read_link(format!("/proc/self/fd/{number}")).is_ok());
    drop(command);
    assert_eq!(fs::read_to_string(path).unwrap(), "here");
}

/// `test_file_not_found_includes_filename`, `test_file_not_found_with_bad_cwd`, `test_exception_cwd`.
#[test]
fn s45_which_name_the_error_has() {
    let _alone = alone();
    let error = Command::from_args(["/opt/nonexistent_binary", "with", "some", "args"]).start();
    assert_eq!(
        error.unwrap_err().path(),
        Some(Path::new("/opt/nonexistent_binary"))
    );
    for command in [Command::new("true"), Command::shell("exit 0")] {
        let error = command
            .cwd("/some/nonexistent/directory")
            .start()
            .unwrap_err();
        assert_eq!(error.path(), Some(Path::new("/some/nonexistent/directory")));
        assert_eq!(
            (error.step(), error.raw_os_error()),
            (Step::ChangeDir, libc::ENOENT)
        );
        let io = std::io::Error::from(error);
        assert_eq!(io.kind(), ErrorKind::NotFound);
        assert!(io.to_string().contains("nonexistent/directory"));
    }
}

/// `test_run_abort`, `test_CalledProcessError_str_signal`, `test_CalledProcessError_str_unknown_signal`, `test_CalledProcessError_str_non_zero`.
#[test]
fn s19_signals_in_words() {
    let _alone = alone();
    let done = child("abort").stderr(Stdio::Null).run().unwrap();
    assert_eq!(done.returncode(), Some(-libc::SIGABRT));
    let error = done.check_returncode().unwrap_err();
    assert!(error.to_string().contains("SIGABRT"), "{error}");
    let unknown = check_call(&Command::shell("kill -45 $$")).unwrap_err();
    assert!(
        unknown.to_string().contains("unknown signal 45"),
        "{unknown}"
    );
    let code = check_call(&Command::shell("exit 2")).unwrap_err();
    assert!(
        code.to_string().contains("non-zero exit status 2"),
        "{code}"
    );
}

/// `test_args_string`, `test_call_string`, `test_noshell_string_with_spaces`, `test_noshell_sequence_with_spaces`, `test_shell_string_with_spaces`, `test_shell_sequence_with_spaces`: one string is one program.
#[test]
fn s22_a_string_is_a_program() {
    let _alone = alone();
    let folder = Folder::new("te st");
    let path = folder.script("a file.sh", "#!/bin/sh\nexit 47\n");
    assert_eq!(call(&Command::new(&path)).unwrap().code(), Some(47));
    assert_eq!(
        call(&Command::new(&path).arg("ab cd")).unwrap().code(),
        Some(47)
    );
    let quoted = selvedge::subprocess::quote(path.to_str().unwrap()).into_owned();
    assert_eq!(call(&Command::shell(&quoted)).unwrap().code(), Some(47));
    assert_eq!(
        call(&Command::shell(format!("{quoted} 'ab cd'")))
            .unwrap()
            .code(),
        Some(47)
    );
    let unquoted = Command::shell(&path).stderr(Stdio::Null);
    assert_eq!(call(&unquoted).unwrap().code(), Some(127));
}

/// `test_send_signal`, `test_kill`, `test_terminate`, `test_send_signal_dead`, `test_kill_dead`, `test_terminate_dead`: with all streams as pipes, and the child known to run.
#[test]
fn s60_signals_to_a_child_that_talks() {
    let _alone = alone();
    for (signal, dead) in [
        (Signal::INT, false),
        (Signal::KILL, false),
        (Signal::TERM, false),
        (Signal::INT, true),
        (Signal::KILL, true),
        (Signal::TERM, true),
    ] {
        // A shell that was started by one in the background ignores SIGINT.
        let line = if dead {
            "echo x"
        } else {
            "echo x; exec sleep 1000"
        };
        let popen = Command::shell(line)
            .stdin(Stdio::Pipe)
            .stdout(Stdio::Pipe)
            .stderr(Stdio::Pipe)
            .start()
            .unwrap();
        let mut reader = popen.take_stdout().unwrap();
        reader.read_exact(&mut [0; 2]).unwrap();
        if dead {
            let pidfd = format!("/proc/{}/stat", popen.pid());
            eventually(|| fs::read_to_string(&pidfd).is_ok_and(|stat| stat.contains(") Z ")));
        }
        popen.send_signal(signal).unwrap();
        if dead {
            assert!(popen.communicate("").unwrap().status().success());
            popen.send_signal(signal).unwrap();
        } else if signal == Signal::INT && popen.wait_timeout(ms(200)).is_err() {
            popen.kill().unwrap();
            let _ = popen.wait();
        } else {
            assert_eq!(popen.wait().signal(), Some(signal));
        }
    }
}

/// `test_swap_fds`, `test_swap_std_fds_with_one_closed`: numbers from 3 up that are each other's targets, given in any order (`test_fork_exec_sorted_fd_sanity_check`).
#[test]
fn s37_numbers_in_any_order() {
    let _alone = alone();
    let folder = Folder::new("order");
    let names = ["a", "b", "c"];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        let files: Vec<File> = names
            .iter()
            .map(|name| File::create(folder.0.join(name)).unwrap())
            .collect();
        let numbers: Vec<i32> = files.iter().map(AsRawFd::as_raw_fd).collect();
        let line: String = (0..3)
            .map(|at| format!("echo {at} >&{}; ", numbers[at]))
            .collect();
        let mut command = Command::shell(line);
        let shared: Vec<std::sync::Arc<OwnedFd>> = files
            .into_iter()
            .map(|file| std::sync::Arc::new(file.into()))
            .collect();
        for (at, to) in order.into_iter().enumerate() {
            command = command.fd(numbers[to], shared[at].clone());
        }
        assert!(command.run().unwrap().status().success());
        for (at, to) in order.into_iter().enumerate() {
            let text = fs::read_to_string(folder.0.join(names[at])).unwrap();
            assert_eq!(text, format!("{to}\n"));
        }
    }
}

/// `ContextManagerTests`: `test_pipe`, `test_returncode`, `test_communicate_stdin`, `test_invalid_args`.
#[test]
fn s64_the_good_end() {
    let _alone = alone();
    let popen = Command::shell("echo stdout; echo stderr >&2")
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .start()
        .unwrap();
    let (stdout, stderr) = (popen.take_stdout().unwrap(), popen.take_stderr().unwrap());
    assert_eq!(std::io::read_to_string(stdout).unwrap(), "stdout\n");
    assert_eq!(std::io::read_to_string(stderr).unwrap(), "stderr\n");
    assert!(popen.finish().success());
    let popen = Command::shell("exit 100").start().unwrap();
    assert_eq!(popen.finish().code(), Some(100));
    let line = "read line; test \"$line\" = context && exit 1";
    let popen = Command::shell(line).stdin(Stdio::Pipe).start().unwrap();
    assert_eq!(popen.communicate("context").unwrap().returncode(), Some(1));
    assert_eq!(popen.finish().code(), Some(1));
    Command::new("/no/such/program").start().unwrap_err();
}

/// `test_call_keyboardinterrupt_no_kill`, `test_run_keyboardinterrupt_no_kill`, `test_context_manager_keyboardinterrupt_no_kill`: Ctrl-C comes to parent and child alike. A parent that it ends leaves the child to itself
/// (row S-54).
#[test]
fn s54_an_interrupted_parent_does_not_kill() {
    let _alone = alone();
    for signal in [Signal::INT, Signal::TERM] {
        let popen = child("waits").stdout(Stdio::Pipe).start().unwrap();
        let mut reader = BufReader::new(popen.take_stdout().unwrap());
        let mut text = String::new();
        reader.read_line(&mut text).unwrap();
        let grandchild: u32 = text.trim().parse().unwrap();
        popen.send_signal(signal).unwrap();
        if popen.wait_timeout(ms(200)).is_err() {
            // Interrupts are ignored where the tests run in the background.
            popen.terminate().unwrap();
        }
        assert!(popen.wait().signal().is_some());
        assert!(runs(grandchild));
        check_call(&Command::new("kill").arg(grandchild.to_string())).unwrap();
        eventually(|| !runs(grandchild));
    }
}
