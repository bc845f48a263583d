//! Whole runs (rows S-01 to S-19, S-33, S-34; CPython's `RunFuncTestCase`).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::time::{Duration, Instant};

use selvedge::subprocess::{
    Command, Decoding, ExitStatus, Run, Signal, Stdio, Step, SubprocessError, call, check_call,
    check_output, decode, getoutput, getstatusoutput,
};
use subprocess_support::{alone, block_on, eventually, ms, poll_once, runs};

#[track_caller]
fn start_step<T: std::fmt::Debug>(result: Result<T, SubprocessError>) -> Step {
    match result {
        Err(SubprocessError::Start(error)) => error.step(),
        other => panic!("{other:?}"),
    }
}

/// CPython: `RunFuncTestCase.test_returncode`, `test_check_zero`, `test_run_kwargs`.
#[test]
fn s01_run() {
    let _alone = alone();
    let done = Command::shell("exit 47").run().unwrap();
    assert_eq!((done.returncode(), done.args().len()), (Some(47), 3));
    assert!(
        Run::new(Command::new("true"))
            .check()
            .run()
            .unwrap()
            .status()
            .success()
    );
}

/// CPython: `test_check_output_input_arg`, `test_check_output_stdin_with_input_arg`, `test_communicate_stdin`.
#[test]
fn s02_input() {
    let _alone = alone();
    let cat = || Command::new("cat").stdout(Stdio::Pipe);
    assert_eq!(
        Run::new(cat()).input("pear").run().unwrap().stdout(),
        b"pear"
    );
    assert_eq!(Run::new(cat()).input("").run().unwrap().stdout(), b"");
    for stdin in [Stdio::Pipe, Stdio::Null] {
        assert_eq!(
            start_step(Run::new(cat().stdin(stdin)).input("x").run()),
            Step::Options
        );
    }
    assert_eq!(
        Run::new(cat().stdin(Stdio::Inherit))
            .input("x")
            .run()
            .unwrap()
            .stdout(),
        b"x"
    );
}

/// CPython: `test_capture_output`, `test_capture_stdout`, `test_capture_stderr`, `test_stdout_with_capture_output_arg`, `test_stderr_with_capture_output_arg`.
#[test]
fn s03_capture() {
    let _alone = alone();
    let line = || Command::shell("echo out; echo err >&2");
    let done = Run::new(line()).capture_output().run().unwrap();
    assert_eq!(
        (done.stdout(), done.stderr()),
        (&b"out\n"[..], &b"err\n"[..])
    );
    assert_eq!(
        start_step(Run::new(line().stdout(Stdio::Null)).capture_output().run()),
        Step::Options
    );
    assert_eq!(
        start_step(Run::new(line().stderr(Stdio::Merge)).capture_output().run()),
        Step::Options
    );
}

/// CPython: `RunFuncTestCase.test_check_output_timeout`.
#[test]
fn s04_time_limit() {
    let _alone = alone();
    let begin = Instant::now();
    let result = Run::new(Command::shell("echo early; exec sleep 1000"))
        .capture_output()
        .timeout(ms(200))
        .run();
    assert!(begin.elapsed() >= ms(200));
    let Err(SubprocessError::Timeout(error)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(error.timeout(), ms(200));
    assert!(
        matches!(error.stdout(), Some(b"early\n" | b"")),
        "{error:?}"
    );
    // Enough time.
    let done = Run::new(Command::new("true"))
        .timeout(Duration::MAX)
        .run()
        .unwrap();
    assert!(done.status().success());
}

/// A grandchild that keeps the pipe open is not waited for (CPython's `test_run_with_shell_timeout_and_capture_output`).
#[test]
fn s04_time_limit_and_grandchildren() {
    let _alone = alone();
    let file = std::env::temp_dir().join(format!("selvedge-{}-grandchild", std::process::id()));
    let line = format!("sleep 1000 & echo $! > {}; wait", file.display());
    let result = Run::new(Command::shell(&line))
        .capture_output()
        .timeout(ms(200))
        .run();
    assert!(matches!(result, Err(SubprocessError::Timeout(_))));
    let pid: u32 = std::fs::read_to_string(&file)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(runs(pid));
    assert!(
        call(&Command::new("kill").arg(pid.to_string()))
            .unwrap()
            .success()
    );
    // Unless it is to be killed, too.
    let result = Run::new(Command::shell(&line).new_session(true))
        .capture_output()
        .timeout(ms(200))
        .kill_tree()
        .run();
    assert!(matches!(result, Err(SubprocessError::Timeout(_))));
    let pid: u32 = std::fs::read_to_string(&file)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    eventually(|| !runs(pid));
    std::fs::remove_file(file).unwrap();
}

/// CPython: `RunFuncTestCase.test_check`.
#[test]
fn s06_check() {
    let _alone = alone();
    let result = Run::new(Command::shell("echo out; echo err >&2; exit 47"))
        .capture_output()
        .check()
        .run();
    let Err(SubprocessError::Called(error)) = result else {
        panic!("{result:?}");
    };
    let process = error.process();
    assert_eq!(
        (process.returncode(), process.stdout(), process.stderr()),
        (Some(47), &b"out\n"[..], &b"err\n"[..])
    );
    assert_eq!(error.into_process().returncode(), Some(47));
}

/// CPython: `test_call_seq`, `test_call_string`.
#[test]
fn s07_call() {
    let _alone = alone();
    assert_eq!(
        call(&Command::shell("exit 47")).unwrap(),
        ExitStatus::Exited(47)
    );
    // Pipes that nobody reads are closed: no deadlock.
    assert_eq!(
        call(&Command::new("yes").stdout(Stdio::Pipe))
            .unwrap()
            .signal(),
        Some(Signal::PIPE)
    );
    assert_eq!(start_step(call(&Command::new("/no/such"))), Step::Exec);
}

/// CPython: `test_check_call_zero`, `test_check_call_nonzero`.
#[test]
fn s08_check_call() {
    let _alone = alone();
    check_call(&Command::new("true")).unwrap();
    let error = check_call(&Command::shell("exit 47")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`/bin/sh -c 'exit 47'` returned non-zero exit status 47"
    );
}

/// CPython: `test_check_output`, `test_check_output_nonzero`, `test_check_output_stderr`, `test_check_output_stdout_arg`.
#[test]
fn s09_check_output() {
    let _alone = alone();
    assert_eq!(check_output(Command::new("echo").arg("x")).unwrap(), b"x\n");
    let merged = Command::shell("echo out; echo err >&2").stderr(Stdio::Merge);
    assert_eq!(check_output(merged).unwrap(), b"out\nerr\n");
    assert!(matches!(
        check_output(Command::shell("exit 5")),
        Err(SubprocessError::Called(_))
    ));
    assert_eq!(
        start_step(check_output(Command::new("true").stdout(Stdio::Null))),
        Step::Options
    );
}

/// CPython: `test_getoutput`.
#[test]
fn s10_getstatusoutput() {
    let _alone = alone();
    assert_eq!(getoutput("echo xyzzy").unwrap(), "xyzzy");
    let get = |line| getstatusoutput(line).unwrap();
    assert_eq!(get("echo xyzzy"), (ExitStatus::Exited(0), "xyzzy".into()));
    assert_eq!(
        get("printf 'a\\n\\n'"),
        (ExitStatus::Exited(0), "a\n".into())
    );
    let (status, text) = get("cat /no/such/file");
    assert_eq!(status.code(), Some(1));
    assert!(text.contains("/no/such/file"), "{text}");
    assert_eq!(get("no-such-command-anywhere").0.code(), Some(127));
    assert_eq!(get("kill $$").0.returncode(), Some(-15));
    assert!(matches!(
        getoutput("printf '\\377'"),
        Err(SubprocessError::Text(_))
    ));
}

#[test]
fn s14_check_returncode() {
    let _alone = alone();
    let done = Command::new("true").run().unwrap();
    assert_eq!(done.clone().check_returncode().unwrap(), done);
}

#[test]
fn s15_debug() {
    let _alone = alone();
    let done = Command::new("true").run().unwrap();
    assert_eq!(
        format!("{done:?}"),
        r#"CompletedProcess { args: ["true"], status: Exited(0) }"#
    );
    let done = Command::from_args(["printf", "a\\n"])
        .stdout(Stdio::Pipe)
        .run()
        .unwrap();
    assert!(
        format!("{done:?}").ends_with(r#"stdout: b"a\n" }"#),
        "{done:?}"
    );
}

#[test]
fn s19_texts() {
    let _alone = alone();
    let text = |line: &str| check_call(&Command::shell(line)).unwrap_err().to_string();
    assert!(text("exit 3").ends_with("returned non-zero exit status 3"));
    assert!(text("kill -9 $$").ends_with("died with SIGKILL"));
    assert!(text("kill -41 $$").ends_with("died with unknown signal 41"));
    let error = Run::new(Command::new("sleep").arg("1000"))
        .timeout(ms(10))
        .run()
        .unwrap_err();
    assert_eq!(error.to_string(), "`sleep 1000` did not end within 10ms");
}

#[test]
fn runs_as_futures() {
    let _alone = alone();
    let done = block_on(
        Run::new(Command::new("cat"))
            .input("pear")
            .capture_output()
            .check()
            .run_async(),
    )
    .unwrap();
    assert_eq!(done.stdout(), b"pear");
    let result = block_on(Run::new(Command::new("false")).check().run_async());
    assert!(matches!(result, Err(SubprocessError::Called(_))));
    // A future that is dropped kills.
    let file = std::env::temp_dir().join(format!("selvedge-{}-future", std::process::id()));
    let line = format!("echo $$ > {}; exec sleep 1000", file.display());
    let mut future = Box::pin(Run::new(Command::shell(line)).run_async());
    let mut pid = String::new();
    while !pid.ends_with('\n') {
        assert!(poll_once(future.as_mut()).is_pending());
        pid = std::fs::read_to_string(&file).unwrap_or_default();
    }
    drop(future);
    let pid: u32 = pid.trim().parse().unwrap();
    eventually(|| !runs(pid));
    std::fs::remove_file(file).unwrap();
}

/// As `s04_time_limit`, as a future: the partial output is kept, and the child is gone.
#[test]
fn s04_time_limit_of_futures() {
    let _alone = alone();
    let mut limit = ms(50);
    // However slow the machine is, at some limit there is output.
    let error = loop {
        let begin = Instant::now();
        let line = "echo early; echo $$ >&2; exec sleep 1000";
        let run = Run::new(Command::shell(line)).capture_output();
        let result = block_on(run.timeout(limit).run_async());
        assert!(begin.elapsed() >= limit);
        let Err(SubprocessError::Timeout(error)) = result else {
            panic!("{result:?}");
        };
        assert_eq!(error.timeout(), limit);
        if error.stderr().unwrap().ends_with(b"\n") {
            break error;
        }
        limit *= 2;
    };
    assert_eq!(error.stdout(), Some(&b"early\n"[..]));
    let pid = String::from_utf8_lossy(error.stderr().unwrap());
    assert!(!runs(pid.trim().parse().unwrap()));
    // No time at all, a child whose output is not read, and enough time.
    for limit in [Duration::ZERO, ms(20)] {
        let run = Run::new(Command::new("sleep").arg("1000")).timeout(limit);
        let result = block_on(run.run_async());
        assert!(matches!(result, Err(SubprocessError::Timeout(_))));
    }
    for limit in [Duration::from_secs(1000), Duration::MAX] {
        let run = Run::new(Command::new("cat")).input("pear").capture_output();
        let done = block_on(run.timeout(limit).run_async()).unwrap();
        assert_eq!(done.stdout(), b"pear");
    }
}

/// Nobody polls: between the start and the end of the time limit the task is not woken.
#[test]
fn s04_time_limit_of_futures_sleeps() {
    let _alone = alone();
    let run = Run::new(Command::new("sleep").arg("1000")).timeout(ms(300));
    let mut future = Box::pin(run.run_async());
    let mut polls = 0;
    let result = block_on(std::future::poll_fn(|context| {
        polls += 1;
        future.as_mut().poll(context)
    }));
    assert!(matches!(result, Err(SubprocessError::Timeout(_))));
    // The start, the alarm, the child's end.
    assert!(polls < 10, "{polls}");
    // A future that is dropped meanwhile takes its clock with it.
    let run = Run::new(Command::new("sleep").arg("1000")).timeout(Duration::from_secs(1000));
    let mut future = Box::pin(run.run_async());
    assert!(poll_once(future.as_mut()).is_pending());
}

/// CPython: `test_universal_newlines_communicate`, `test_communicate_errors`.
#[test]
fn s33_text() {
    let _alone = alone();
    let done = Command::from_args(["printf", "a\\r\\nb\\rc\\n\\377"])
        .stdout(Stdio::Pipe)
        .run()
        .unwrap();
    assert!(done.stdout_text(Decoding::Strict).is_err());
    assert_eq!(
        done.stdout_text(Decoding::Replace).unwrap(),
        "a\nb\nc\n\u{fffd}"
    );
    assert_eq!(done.stdout_text(Decoding::Ignore).unwrap(), "a\nb\nc\n");
    assert_eq!(
        done.stdout_text(Decoding::Backslash).unwrap(),
        "a\nb\nc\n\\xff"
    );
    assert_eq!(done.stderr_text(Decoding::Strict).unwrap(), "");
    assert_eq!(decode(b"\r\r\n\n\r", Decoding::Strict).unwrap(), "\n\n\n\n");
}
