//! Starting: arguments, lookup, environment, folder, identity, errors (rows S-21 to S-26, S-35, S-38 to S-47, S-50; CPython's `ProcessTestCase` and `POSIXProcessTestCase`).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::id;

use selvedge::subprocess::{Command, Id, Limit, Resource, StartError, Stdio, Step};
use subprocess_support::{CHILD, alone, child, output, scenario, shell};

/// A folder of one's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("selvedge-{}-{name}", id()));
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
    }
}

#[track_caller]
fn fails(command: Command) -> StartError {
    command.start().expect_err("it must not start")
}

#[test]
fn s22_arguments_arrive_as_they_are() {
    let _alone = alone();
    let args = ["", " ", "a b", "*", "$HOME", "'\"\\", "-x", "\n"];
    let told = output(child("argv").args(args));
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[..2], [CHILD, "argv"]);
    let escaped = ["", " ", "a b", "*", "$HOME", "\\'\\\"\\\\", "-x", "\\n"];
    assert_eq!(lines[2..], escaped);
}

#[test]
fn s22_arguments_need_not_be_text() {
    let _alone = alone();
    let told = output(child("argv").arg(OsStr::from_bytes(b"\xff\xfe")));
    assert!(told.ends_with("\\xff\\xfe\n"), "{told}");
    let told = output(Command::new(OsStr::from_bytes(b"echo")).arg(Path::new("/x")));
    assert_eq!(told, "/x\n");
}

/// CPython: `test_invalid_args`.
#[test]
fn s22_no_arguments_at_all() {
    let _alone = alone();
    let error = fails(Command::from_args::<[&str; 0]>([]));
    assert_eq!(
        (error.step(), error.kind()),
        (Step::Arguments, ErrorKind::InvalidInput)
    );
}

/// CPython: `test_invalid_cmd`, `test_invalid_env`.
#[test]
fn s22_nul_bytes_are_refused() {
    let _alone = alone();
    for command in [
        Command::new("true\0x"),
        Command::new("true").arg("a\0b"),
        Command::new("true").executable("x\0"),
        Command::shell("echo \0"),
    ] {
        assert_eq!(fails(command).step(), Step::Arguments);
    }
    let error = fails(Command::new("true").cwd("/\0"));
    assert_eq!(error.step(), Step::ChangeDir);
    for (name, value) in [("A\0", "x"), ("A", "x\0"), ("", "x"), ("A=B", "x")] {
        let error = fails(Command::new("true").env(name, value));
        assert_eq!(error.step(), Step::Environment, "{name:?} {value:?}");
    }
}

/// CPython: `test_noshell_sequence_with_spaces`.
#[test]
fn s22_a_name_with_spaces_is_one_name() {
    let _alone = alone();
    let error = fails(Command::new("echo hello"));
    assert_eq!(
        (error.step(), error.kind()),
        (Step::Exec, ErrorKind::NotFound)
    );
    let folder = Folder::new("spaces");
    let path = folder.script("a b", "#!/bin/sh\necho \"$0 $1\"\n");
    let expected = format!("{} c d\n", path.display());
    assert_eq!(output(Command::new(&path).arg("c d")), expected);
}

#[test]
fn s22_arguments_that_are_too_long() {
    let _alone = alone();
    let long = "x".repeat(128 * 1024);
    let error = fails(Command::new("true").arg(&long));
    assert_eq!(
        (error.step(), error.raw_os_error()),
        (Step::Exec, libc::E2BIG)
    );
    assert_eq!(error.kind(), ErrorKind::ArgumentListTooLong);
    // Just short enough; and many.
    let told = output(Command::new("echo").arg(&long[..long.len() - 1]));
    assert_eq!(told.len(), long.len());
    let told = output(Command::shell("echo $#").args(vec!["y"; 20_000]));
    assert_eq!(told, "19999\n");
}

/// CPython: `test_executable`.
#[test]
fn s24_the_name_may_differ_from_the_program() {
    let _alone = alone();
    let told = output(Command::from_args(["somename", "argv", "x"]).executable(CHILD));
    assert_eq!(told, "somename\nargv\nx\n");
    // It is looked for as any other, and what fails is it.
    let told = output(Command::from_args(["no-such", "-c", "echo $0"]).executable("sh"));
    assert_eq!(told, "no-such\n");
    let error = fails(Command::new("true").executable("/no/such"));
    assert_eq!(error.path(), Some(Path::new("/no/such")));
}

/// CPython: `test_executable_replaces_shell`, `test_specific_shell`.
#[test]
fn s24_another_shell() {
    let _alone = alone();
    let folder = Folder::new("shell");
    let path = folder.script("shell", "#!/bin/sh\necho \"I am $0: $*\"\n");
    let told = output(Command::shell("echo x").executable(&path));
    assert_eq!(told, format!("I am {}: -c echo x\n", path.display()));
    for name in ["bash", "dash"] {
        let path = Path::new("/bin").join(name);
        if path.exists() {
            let told = output(Command::shell("echo $0").executable(&path));
            assert_eq!(told, format!("{}\n", path.display()));
        }
    }
}

/// CPython: `test_shell_string`, `test_shell_sequence`.
#[test]
fn s25_a_line_for_the_shell() {
    let _alone = alone();
    assert_eq!(
        output(shell("echo $FRUIT").env("FRUIT", "apple")),
        "apple\n"
    );
    let told = output(shell("echo \"$0-$1-$2-$#\"").args(["zero", "one", "t w o"]));
    assert_eq!(told, "zero-one-t w o-2\n");
    let child = Command::shell("x").start().unwrap();
    assert_eq!(child.args(), ["/bin/sh", "-c", "x"]);
    // Row S-46: that is the shell's error.
    assert_eq!(child.wait().code(), Some(127));
}

#[test]
fn s74_no_shell_unless_asked_for() {
    let _alone = alone();
    assert_eq!(
        output(Command::new("echo").arg("a; echo b > /dev/null")),
        "a; echo b > /dev/null\n"
    );
}

/// CPython: `test_executable_without_cwd`.
#[test]
fn s26_lookup_is_in_the_path_of_the_child() {
    let _alone = alone();
    let folder = Folder::new("path");
    let other = Folder::new("other");
    folder.script("selvedge-tool", "#!/bin/sh\necho first\n");
    other.script("selvedge-tool", "#!/bin/sh\necho second\n");
    let tool = || Command::new("selvedge-tool");
    assert_eq!(fails(tool()).kind(), ErrorKind::NotFound);
    assert_eq!(output(tool().env("PATH", &folder.0)), "first\n");
    let both = format!("/no/such:{}/:{}", other.0.display(), folder.0.display());
    assert_eq!(output(tool().env("PATH", &both)), "second\n");
    // An empty entry is the folder that the child runs in.
    assert_eq!(
        output(tool().env("PATH", "/no/such:").cwd(&folder.0)),
        "first\n"
    );
    assert_eq!(output(tool().env("PATH", "").cwd(&other.0)), "second\n");
    // Without a PATH there is a default.
    assert_eq!(
        output(Command::new("echo").arg("x").env_remove("PATH")),
        "x\n"
    );
    assert_eq!(output(Command::new("echo").arg("x").env_clear()), "x\n");
}

#[test]
fn s26_what_lookup_reports() {
    let _alone = alone();
    let folder = Folder::new("denied");
    let other = Folder::new("later");
    let plain = folder.0.join("tool");
    File::create(&plain).unwrap();
    let path = format!("{}:/no/such", folder.0.display());
    let error = fails(Command::new("tool").env("PATH", &path));
    assert_eq!(
        (error.step(), error.kind()),
        (Step::Exec, ErrorKind::PermissionDenied)
    );
    assert_eq!(error.path(), Some(Path::new("tool")));
    // One that can be run comes later.
    other.script("tool", "#!/bin/sh\necho found\n");
    let path = format!("{}:{}", folder.0.display(), other.0.display());
    assert_eq!(output(Command::new("tool").env("PATH", &path)), "found\n");
}

/// CPython: `test_cwd_with_relative_executable`, `test_executable_with_cwd`.
#[test]
fn s26_relative_paths_start_in_the_folder_of_the_child() {
    let _alone = alone();
    let folder = Folder::new("relative");
    folder.script("tool", "#!/bin/sh\npwd -P\n");
    let told = output(Command::new("./tool").cwd(&folder.0));
    assert_eq!(told, format!("{}\n", folder.0.display()));
    assert_eq!(fails(Command::new("./tool")).kind(), ErrorKind::NotFound);
    let told = output(Command::new("x").executable("./tool").cwd(&folder.0));
    assert_eq!(told, format!("{}\n", folder.0.display()));
}

/// CPython: `test_cwd`, `test_exception_cwd`, `test_file_not_found_with_bad_cwd`.
#[test]
fn s38_folder() {
    let _alone = alone();
    let folder = Folder::new("cwd");
    let told = output(Command::new("pwd").arg("-P").cwd(&folder.0));
    assert_eq!(told, format!("{}\n", folder.0.display()));
    let missing = folder.0.join("missing");
    let error = fails(Command::new("true").cwd(&missing));
    assert_eq!(
        (error.step(), error.kind()),
        (Step::ChangeDir, ErrorKind::NotFound)
    );
    assert_eq!(error.path(), Some(missing.as_path()));
    // The folder is the reason, also if the program is missing.
    assert_eq!(
        fails(Command::new("/no/such").cwd(&missing)).step(),
        Step::ChangeDir
    );
    let file = folder.script("file", "");
    assert_eq!(
        fails(Command::new("true").cwd(&file)).raw_os_error(),
        libc::ENOTDIR
    );
}

fn environment(command: Command) -> BTreeMap<String, String> {
    output(command)
        .lines()
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// CPython: `test_env`, `test_empty_env`, `test_undecodable_env`.
#[test]
fn s39_environment() {
    let _alone = alone();
    let told = environment(child("env").env("FRUIT", "orange"));
    assert_eq!(told.get("FRUIT").map(String::as_str), Some("orange"));
    assert!(told.contains_key("PATH"));
    assert!(!environment(child("env").env_remove("PATH")).contains_key("PATH"));
    let only = environment(
        child("env")
            .env("LOST", "x")
            .env_clear()
            .envs([("A", "1"), ("B", "=2=")]),
    );
    let expected = BTreeMap::from([
        ("A".to_owned(), "1".to_owned()),
        ("B".to_owned(), "=2=".to_owned()),
    ]);
    assert_eq!(only, expected);
    assert_eq!(output(child("env").env_clear()), "");
    // Not text.
    let bytes = OsStr::from_bytes(b"a\xff");
    assert_eq!(
        output(child("env").env_clear().env(bytes, bytes)),
        "a\\xff=a\\xff\n"
    );
    // Set, removed, set.
    let told = environment(child("env").env("A", "1").env_remove("A").env("A", "3"));
    assert_eq!(told["A"], "3");
}

/// CPython: `test_exception_bad_executable`, `test_file_not_found_includes_filename`, `test_nonexisting_with_pipes`.
#[test]
fn s45_programs_that_cannot_be_run() {
    let _alone = alone();
    let folder = Folder::new("bad");
    let plain = folder.0.join("plain");
    fs::write(&plain, "no program").unwrap();
    let cases = [
        (folder.0.clone(), ErrorKind::PermissionDenied),
        (plain, ErrorKind::PermissionDenied),
        (folder.0.join("missing"), ErrorKind::NotFound),
    ];
    for (path, kind) in cases {
        let error = fails(Command::new(&path));
        assert_eq!((error.step(), error.kind()), (Step::Exec, kind));
        assert_eq!(error.path(), Some(path.as_path()));
    }
    let garbage = folder.script("garbage", "\u{1}\u{2}");
    assert_eq!(fails(Command::new(garbage)).raw_os_error(), libc::ENOEXEC);
    assert_eq!(fails(Command::new("")).kind(), ErrorKind::NotFound);
    let text = fails(Command::new("/no/such")).to_string();
    assert!(
        text.contains("/no/such") && text.contains("No such file"),
        "{text}"
    );
}

/// CPython: `test_leaking_fds_on_error`, `test_failed_child_execute_fd_leak`, `test_handles_closed_on_exception`.
#[test]
fn s45_failures_leave_nothing_behind() {
    let _alone = alone();
    for round in 0..300 {
        let command = Command::new("/no/such")
            .stdin(Stdio::Pipe)
            .stdout(Stdio::Pipe)
            .stderr(Stdio::Pipe);
        let command = match round % 3 {
            0 => command,
            1 => command.share_memory(false),
            // The slow way has more that could be left.
            _ if round < 30 => command.dies_with_parent(9),
            _ => command.cwd("/no/such"),
        };
        let _ = fails(command);
    }
}

/// Others open and close descriptors meanwhile: none of theirs is closed by us (CPython's `test_double_close_on_error`).
#[test]
fn s45_nothing_is_closed_twice() {
    let _alone = alone();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let file = File::open("/dev/zero").unwrap();
                    std::thread::yield_now();
                    let name = fs::read_link(format!(
                        "/proc/self/fd/{}",
                        std::os::fd::AsRawFd::as_raw_fd(&file)
                    ));
                    assert_eq!(name.unwrap(), Path::new("/dev/zero"));
                }
            });
        }
        for _ in 0..100 {
            let _ = fails(
                Command::new("/no/such")
                    .stdin(Stdio::Pipe)
                    .stdout(Stdio::Pipe)
                    .stderr(Stdio::Null),
            );
            let child = Command::new("true")
                .stdout(Stdio::Pipe)
                .stdin(Stdio::Null)
                .start()
                .unwrap();
            assert!(child.finish().success());
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

/// Several threads start at once: each child gets its own pipes and no others.
#[test]
fn s21_starts_at_the_same_time() {
    let _alone = alone();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for round in 0..20 {
                    let line = format!("echo {thread} {round}");
                    assert_eq!(output(Command::shell(line)), format!("{thread} {round}\n"));
                    assert_eq!(output(child("fds").stdin(Stdio::Null)), "0 1 2\n");
                }
            });
        }
    });
}

#[test]
fn s21_a_command_can_be_started_again() {
    let _alone = alone();
    let command = shell("echo again");
    for _ in 0..3 {
        assert_eq!(
            command.start().unwrap().communicate(b"").unwrap().stdout(),
            b"again\n"
        );
    }
}

/// CPython: `test_restore_signals`.
#[test]
fn s40_signals() {
    let _alone = alone();
    scenario("handlers");
    scenario("handlers-by-clone");
}

/// No handler of the parent's runs in a child that shares its memory, with `clone3` and without.
#[test]
fn s47_handlers_stay_with_the_parent() {
    let _alone = alone();
    scenario("group-storm");
    scenario("group-storm-by-clone");
}

/// CPython: `test_restore_signals`.
#[test]
fn s40_a_writer_without_a_reader_ends_quietly() {
    let _alone = alone();
    // `yes` ends by SIGPIPE, which this process ignores: the shell would report a failure to write otherwise.
    let done = Command::shell("yes | head -n 1")
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .run()
        .unwrap();
    assert_eq!((done.stdout(), done.stderr()), (&b"y\n"[..], &b""[..]));
}

fn ids(command: Command) -> Vec<i32> {
    output(command)
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// CPython: `test_start_new_session`.
#[test]
fn s41_session_and_group() {
    let _alone = alone();
    let own = ids(child("groups"));
    let [pid, session, group, parent] = own[..] else {
        panic!("{own:?}")
    };
    assert!(pid != session && pid != group);
    assert_eq!(parent.cast_unsigned(), id());
    let leader = ids(child("groups").new_session(true));
    assert_eq!(leader[1..3], [leader[0], leader[0]]);
    let grouped = ids(child("groups").process_group(0));
    assert_eq!(grouped[1..3], [session, grouped[0]]);
    // A group that exists: that of another child.
    let first = Command::new("cat")
        .stdin(Stdio::Pipe)
        .process_group(0)
        .start()
        .unwrap();
    let second = ids(child("groups").process_group(first.pid().cast_signed()));
    assert_eq!(second[2], first.pid().cast_signed());
    assert!(first.finish().success());
    // And one that does not.
    let error = fails(Command::new("true").process_group(i32::MAX));
    assert_eq!(
        (error.step(), error.kind()),
        (Step::Group, ErrorKind::PermissionDenied)
    );
}

/// Whether this process may become others.
fn is_root() -> bool {
    fs::read_to_string("/proc/self/status")
        .unwrap()
        .contains("\nUid:\t0\t0\t0")
}

/// CPython: `test_user`, `test_user_error`, `test_group`, `test_group_error`, `test_extra_groups`, `test_extra_groups_error`.
#[test]
fn s42_identity() {
    let _alone = alone();
    let look = || child("status").args(["Uid", "Gid", "Groups"]);
    if is_root() {
        let told = output(look().user(1234).group(2345).extra_groups([3456, 4567]));
        assert_eq!(
            told.split_whitespace().collect::<Vec<_>>().join(" "),
            "Uid: 1234 1234 1234 1234 Gid: 2345 2345 2345 2345 Groups: 3456 4567"
        );
        let told = output(
            look()
                .user("root")
                .group("root")
                .extra_groups::<[Id; 0]>([]),
        );
        assert!(told.contains("Uid:\t0\t"), "{told}");
        assert!(told.trim_end().ends_with("Groups:"), "{told}");
        // As somebody else, this is refused, and said so.
        let error = fails(look().user(1234).group(2345).limit(
            Resource::Core,
            Limit {
                soft: Some(5),
                hard: Some(4),
            },
        ));
        assert_eq!(error.step(), Step::Limit);
    } else {
        let error = fails(look().user(0));
        assert_eq!(
            (error.step(), error.kind()),
            (Step::SetUid, ErrorKind::PermissionDenied)
        );
        let error = fails(look().extra_groups([0]));
        assert_eq!(
            (error.step(), error.kind()),
            (Step::SetGroups, ErrorKind::PermissionDenied)
        );
    }
    for command in [
        look().user("no such user"),
        look().group("no such group"),
        look().extra_groups(["no such group"]),
    ] {
        let error = fails(command);
        assert_eq!(
            (error.step(), error.kind()),
            (Step::FindUser, ErrorKind::NotFound)
        );
        assert!(error.path().is_some());
    }
    assert_eq!(fails(look().user(u32::MAX)).step(), Step::FindUser);
    // This process is who it was, and may still be looked into.
    assert!(File::open("/proc/self/environ").is_ok());
}

/// CPython: `test_umask`.
#[test]
fn s43_umask() {
    let _alone = alone();
    assert_eq!(output(shell("umask").umask(0o027)), "0027\n");
    let mine = output(shell("umask"));
    assert_ne!(mine, "0027\n");
    assert_eq!(
        output(shell("umask")),
        mine,
        "this process's own is as it was"
    );
}

#[test]
fn limits_and_priority() {
    let _alone = alone();
    assert_eq!(
        output(
            shell("ulimit -n; ulimit -c")
                .limit(Resource::OpenFiles, 33)
                .limit(Resource::Core, 0)
        ),
        "33\n0\n"
    );
    let told = output(shell("ulimit -Sn; ulimit -Hn").limit(
        Resource::OpenFiles,
        Limit {
            soft: Some(20),
            hard: Some(40),
        },
    ));
    assert_eq!(told, "20\n40\n");
    assert_eq!(output(Command::new("nice").nice(7)), "7\n");
    let error = fails(Command::new("true").limit(
        Resource::OpenFiles,
        Limit {
            soft: Some(9),
            hard: Some(8),
        },
    ));
    assert_eq!(
        (error.step(), error.raw_os_error()),
        (Step::Limit, libc::EINVAL)
    );
    // A limit so small that the program cannot be loaded fails the start, or ends the program: this process does not notice.
    let small = Command::new("true")
        .limit(Resource::AddressSpace, 4096)
        .start();
    if let Ok(child) = small {
        assert!(!child.wait().success());
    }
}

#[test]
fn s47_no_more_processes() {
    let _alone = alone();
    if is_root() {
        scenario("no-more-processes");
    }
}

/// All ways of making a process do the same.
/// (CPython: `test__use_vfork`.)
#[test]
fn s50_ways_of_starting() {
    let _alone = alone();
    let told = |command: Command| {
        output(
            command
                .cwd("/")
                .env("A", "b")
                .umask(0o77)
                .fd(9, File::open("/dev/null").unwrap()),
        )
    };
    let line = "pwd; echo $A; umask; readlink /proc/self/fd/9";
    let expected = "/\nb\n0077\n/dev/null\n";
    assert_eq!(told(Command::shell(line)), expected);
    assert_eq!(told(Command::shell(line).share_memory(false)), expected);
    assert_eq!(told(Command::shell(line).dies_with_parent(15)), expected);
    assert_eq!(told(pre_exec(Command::shell(line), || Ok(()))), expected);
    assert_eq!(
        told(pre_exec(Command::shell(line).dies_with_parent(15), || Ok(
            ()
        ))),
        expected
    );
}

#[allow(unsafe_code, reason = "the tests of an unsafe function")]
fn pre_exec(
    command: Command,
    closure: impl Fn() -> std::io::Result<()> + Send + Sync + 'static,
) -> Command {
    // SAFETY: the closures of these tests do what a forked process may do with glibc.
    unsafe { command.pre_exec(closure) }
}

/// CPython: `test_preexec`, `test_preexec_exception`, `test_exception_errpipe_normal`.
#[test]
fn s35_closures_in_the_child() {
    let _alone = alone();
    let here = id();
    let command = pre_exec(shell("echo from $PPID"), move || {
        assert_ne!(id(), here);
        std::io::Write::write_all(&mut std::io::stdout(), b"closure, then ")?;
        std::io::Write::flush(&mut std::io::stdout())
    });
    assert_eq!(output(command), format!("closure, then from {here}\n"));
    // In the order in which they were given, after the folder is set.
    let command = pre_exec(
        pre_exec(Command::new("true"), || {
            Err(std::io::Error::from_raw_os_error(libc::EDOM))
        }),
        || unreachable!(),
    );
    let error = fails(command);
    assert_eq!(
        (error.step(), error.raw_os_error()),
        (Step::PreExec, libc::EDOM)
    );
    let command = pre_exec(Command::new("pwd").cwd("/usr"), || {
        assert_eq!(std::env::current_dir()?, Path::new("/usr"));
        std::env::set_current_dir("/")
    });
    assert_eq!(output(command), "/\n");
    let error = fails(pre_exec(Command::new("/no/such"), || Ok(())));
    assert_eq!(
        (error.step(), error.kind()),
        (Step::Exec, ErrorKind::NotFound)
    );
}

/// CPython: `test_preexec_exception`.
#[test]
fn s35_a_closure_that_panics() {
    let _alone = alone();
    let command = pre_exec(Command::new("true").stderr(Stdio::Null), || {
        panic!("expected")
    });
    assert_eq!(fails(command).step(), Step::PreExec);
}

/// What a closure opens is closed (row S-36; CPython's `test_close_fds_after_preexec`).
#[test]
fn s36_closing_comes_after_the_closures() {
    let _alone = alone();
    let opens = || {
        let file = File::open("/dev/null")?;
        // Inherited, and left open.
        std::mem::forget(file.try_clone()?);
        std::mem::forget(std::os::fd::OwnedFd::from(file));
        Ok(())
    };
    assert_eq!(
        output(pre_exec(child("fds").stdin(Stdio::Null), opens)),
        "0 1 2\n"
    );
}

#[test]
fn symbolic_links_are_followed() {
    let _alone = alone();
    let folder = Folder::new("link");
    symlink("/bin/echo", folder.0.join("link")).unwrap();
    assert_eq!(output(Command::new(folder.0.join("link")).arg("x")), "x\n");
}
