//! Output that goes to several places (row S-27), and input that is given as text (row S-02).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::fs::File;
use std::io::{Read, Seek};
use std::time::{Duration, Instant};

use selvedge::subprocess::{
    Command, CommunicateError, ExitStatus, OnDrop, Run, Signal, Stdio, Step, SubprocessError, call,
    check_call, check_output,
};
use subprocess_support::{
    alone, block_on, child, eventually, has_children, ms, open_fds, output, poll_once, scenario,
};

/// A file without a name.
fn temporary() -> File {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("selvedge-{}-tee-{count}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(path).unwrap();
    file
}

fn content(file: &mut File) -> String {
    file.rewind().unwrap();
    std::io::read_to_string(file).unwrap()
}

fn copy(file: &File) -> File {
    file.try_clone().unwrap()
}

#[test]
fn captured_and_written() {
    let _alone = alone();
    let (mut out, mut err) = (temporary(), temporary());
    let line = || {
        Command::shell("echo out; echo err >&2")
            .tee_stdout(copy(&out))
            .tee_stderr(copy(&err))
    };
    let done = Run::new(line()).capture_output().run().unwrap();
    assert_eq!(
        (done.stdout(), done.stderr()),
        (&b"out\n"[..], &b"err\n"[..])
    );
    let run = Run::new(line()).capture_output();
    let done = block_on(run.timeout(Duration::from_secs(1000)).run_async()).unwrap();
    assert_eq!(
        (done.stdout(), done.stderr()),
        (&b"out\n"[..], &b"err\n"[..])
    );
    let piped = || line().stdout(Stdio::Pipe).stderr(Stdio::Pipe).start();
    let done = piped().unwrap().communicate("").unwrap();
    assert_eq!(done.stdout(), b"out\n");
    let done = block_on(piped().unwrap().communicate_async("")).unwrap();
    assert_eq!(done.stderr(), b"err\n");
    assert_eq!(content(&mut out), "out\n".repeat(4));
    assert_eq!(content(&mut err), "err\n".repeat(4));
}

/// Streams that are not captured are copied, too, and all is there when the call comes back.
#[test]
fn wherever_the_stream_leads() {
    let _alone = alone();
    let (mut place, mut one, mut two) = (temporary(), temporary(), temporary());
    let command = Command::new("echo")
        .arg("x")
        .stdout(copy(&place))
        .tee_stdout(copy(&one))
        .tee_stdout(copy(&two));
    assert!(call(&command).unwrap().success());
    assert!(call(&command.stdout(Stdio::Null)).unwrap().success());
    assert_eq!(content(&mut place), "x\n");
    assert_eq!(content(&mut one), "x\nx\n");
    assert_eq!(content(&mut two), "x\nx\n");
    // Standard error with standard output, in both senses.
    let mut both = temporary();
    let merged = Command::shell("echo out; echo err >&2")
        .stderr(Stdio::Merge)
        .stdout(Stdio::Pipe);
    let done = merged.clone().tee_stdout(copy(&both)).run().unwrap();
    assert_eq!(
        (done.stdout(), &content(&mut both)[..]),
        (&b"out\nerr\n"[..], "out\nerr\n")
    );
    let mut only = temporary();
    let done = merged.tee_stderr(copy(&only)).run().unwrap();
    let mut lines: Vec<_> = done.stdout().split(|&byte| byte == b'\n').collect();
    lines.sort_unstable();
    assert_eq!(lines, [&b""[..], b"err", b"out"]);
    assert_eq!(content(&mut only), "err\n");
}

/// This process's own streams: by a process whose streams are known.
#[test]
fn own_streams() {
    let _alone = alone();
    scenario("tee-own-streams");
}

#[test]
fn much_goes_through() {
    let _alone = alone();
    let mut file = temporary();
    let done = Command::shell("head -c 3000000 /dev/zero | tr '\\0' x")
        .stdout(Stdio::Pipe)
        .tee_stdout(copy(&file))
        .run()
        .unwrap();
    assert_eq!(done.stdout().len(), 3_000_000);
    assert!(content(&mut file).as_bytes() == done.stdout());
}

/// Each stage of a pipeline has its own.
#[test]
fn stages_of_a_pipeline() {
    let _alone = alone();
    let (mut first, mut second) = (temporary(), temporary());
    let pipeline = Command::new("cat").tee_stdout(copy(&first))
        | Command::new("sort").tee_stdout(copy(&second))
        | Command::new("uniq").stdout(Stdio::Pipe);
    let done = pipeline.input("b\na\nb\n").run().unwrap();
    assert!(done.success());
    assert_eq!(done.stdout(), b"a\nb\n");
    assert_eq!(content(&mut first), "b\na\nb\n");
    assert_eq!(content(&mut second), "a\nb\nb\n");
    // Who writes for nobody ends, through a copy as well.
    let mut file = temporary();
    let pipeline =
        Command::new("yes").tee_stdout(copy(&file)) | Command::new("head").args(["-n", "1"]);
    let done = pipeline.capture_output().run().unwrap();
    assert_eq!(done.stages()[0].status().signal(), Some(Signal::PIPE));
    assert_eq!(done.stdout(), b"y\n");
    assert!(content(&mut file).starts_with("y\n"));
}

#[test]
fn read_by_hand() {
    let _alone = alone();
    let mut file = temporary();
    let popen = Command::shell("echo one; echo two")
        .stdout(Stdio::Pipe)
        .tee_stdout(copy(&file))
        .start()
        .unwrap();
    let mut text = String::new();
    let mut reader = popen.take_stdout().unwrap();
    reader.read_to_string(&mut text).unwrap();
    popen.wait_tee().unwrap();
    assert_eq!(
        (&text[..], &content(&mut file)[..]),
        ("one\ntwo\n", "one\ntwo\n")
    );
    assert!(popen.wait().success());
    // Nobody reads any more, although there is a copy.
    let popen = Command::new("yes")
        .stdout(Stdio::Pipe)
        .tee_stdout(temporary())
        .start()
        .unwrap();
    drop(popen.take_stdout());
    assert_eq!(popen.wait().signal(), Some(Signal::PIPE));
}

/// A copy that cannot be written is told of; all else is done.
#[test]
fn a_copy_that_fails() {
    let _alone = alone();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut file = temporary();
    let line = || {
        Command::shell("echo one; echo two")
            .tee_stdout(full())
            .tee_stdout(copy(&file))
    };
    let result = line().stdout(Stdio::Pipe).run();
    let Err(SubprocessError::Communicate(CommunicateError::Tee(error))) = result else {
        panic!("{result:?}");
    };
    assert_eq!(error.error().raw_os_error(), Some(libc::ENOSPC));
    assert_eq!(error.processes()[0].stdout(), b"one\ntwo\n");
    assert!(error.into_processes()[0].status().success());
    let result = (line() | Command::new("cat").stdout(Stdio::Pipe)).run();
    let Err(SubprocessError::Communicate(CommunicateError::Tee(error))) = result else {
        panic!("{result:?}");
    };
    assert_eq!(error.processes()[1].stdout(), b"one\ntwo\n");
    let popen = line().stdout(Stdio::Null).start().unwrap();
    assert_eq!(
        popen.wait_tee().unwrap_err().raw_os_error(),
        Some(libc::ENOSPC)
    );
    assert!(popen.wait().success());
    assert_eq!(content(&mut file), "one\ntwo\n".repeat(3));
}

/// The short forms tell of it, too, with the child's end (rows S-07, S-08).
#[test]
fn a_copy_that_fails_of_a_call() {
    let _alone = alone();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let line = |line: &str| Command::shell(line).stdout(Stdio::Null).tee_stdout(full());
    let status = |result: Result<ExitStatus, SubprocessError>| match result {
        Err(SubprocessError::Communicate(CommunicateError::Tee(error))) => {
            assert_eq!(error.error().raw_os_error(), Some(libc::ENOSPC));
            error.processes()[0].status()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(status(call(&line("echo x; exit 3"))).code(), Some(3));
    let checked = check_call(&line("echo x")).map(|()| ExitStatus::Unknown);
    assert!(status(checked).success());
    let piped = check_output(Command::shell("echo x; exit 3").tee_stdout(full()));
    assert_eq!(status(piped.map(|_| ExitStatus::Unknown)).code(), Some(3));
    // Without a word there is nothing that could fail.
    assert!(call(&line("true")).unwrap().success());
    check_call(&line("true")).unwrap();
}

/// The output so far is all there when time is up, and a copy that nobody takes does not hold anything up.
#[test]
fn s04_time_limits() {
    let _alone = alone();
    let (reader, writer) = std::io::pipe().unwrap();
    for future in [false, true] {
        let mut limit = ms(50);
        let error = loop {
            let begin = Instant::now();
            let line = "head -c 100000 /dev/zero; echo end >&2; sleep 1000 & wait";
            let command = Command::shell(line)
                .new_session(true)
                .tee_stdout(temporary());
            let run = Run::new(command)
                .capture_output()
                .kill_tree()
                .timeout(limit);
            let result = if future {
                block_on(run.run_async())
            } else {
                run.run()
            };
            assert!(begin.elapsed() >= limit);
            let Err(SubprocessError::Timeout(error)) = result else {
                panic!("{result:?}");
            };
            if error.stderr() == Some(b"end\n") {
                break error;
            }
            limit *= 2;
        };
        assert_eq!(error.stdout().map(<[u8]>::len), Some(100_000));
        // A pipe that is full.
        let command = Command::new("yes").tee_stdout(writer.try_clone().unwrap());
        let run = Run::new(command).capture_output().timeout(ms(50));
        let result = if future {
            block_on(run.run_async())
        } else {
            run.run()
        };
        assert!(
            matches!(result, Err(SubprocessError::Timeout(_))),
            "{result:?}"
        );
    }
    let stages = Command::new("yes").tee_stdout(writer) | Command::new("cat");
    let result = stages.capture_output().timeout(ms(50)).run();
    assert!(
        matches!(result, Err(SubprocessError::Timeout(_))),
        "{result:?}"
    );
    drop(reader);
}

/// Grandchildren that keep the stream are not waited for when time is up.
#[test]
fn s04_grandchildren() {
    let _alone = alone();
    let file = temporary();
    let line = "echo $$; sleep 1000 2>&1 & exec sleep 1000";
    let command = Command::shell(line)
        .process_group(0)
        .tee_stdout(copy(&file));
    let result = Run::new(command).capture_output().timeout(ms(300)).run();
    let Err(SubprocessError::Timeout(error)) = result else {
        panic!("{result:?}");
    };
    let text = String::from_utf8_lossy(error.stdout().unwrap()).into_owned();
    if let Ok(group) = text.trim().parse::<i32>() {
        let kill = format!("kill -KILL -{group}");
        assert!(call(&Command::shell(kill)).unwrap().success());
    }
}

/// A start that fails leaves nothing: that is what `alone` looks at.
#[test]
fn s45_a_start_that_fails() {
    let _alone = alone();
    let mut file = temporary();
    for _ in 0..20 {
        let command = Command::new("/no/such").tee_stdout(copy(&file));
        assert_eq!(command.start().unwrap_err().step(), Step::Exec);
        let command = Command::new("true")
            .stdin(Stdio::Merge)
            .tee_stdout(copy(&file));
        assert_eq!(command.start().unwrap_err().step(), Step::Options);
    }
    assert_eq!(content(&mut file), "");
    drop(file);
}

/// A future or a handle that is dropped takes its thread along, even if a copy is taken by nobody; that is what `alone` looks at.
#[test]
fn s65_dropped_with_a_copy_that_is_stuck() {
    let _alone = alone();
    let (reader, writer) = std::io::pipe().unwrap();
    let command = Command::new("yes").tee_stdout(writer);
    let mut future = Box::pin(Run::new(command.clone()).capture_output().run_async());
    assert!(poll_once(future.as_mut()).is_pending());
    let kill = command.clone().on_drop(OnDrop::Kill).stdout(Stdio::Null);
    let popen = kill.start().unwrap();
    let before = open_fds().len();
    drop((future, popen));
    // The two children are collected, and all that was for them is closed while the pipe is still full.
    eventually(|| open_fds().len() + 8 <= before && !has_children());
    drop((reader, command));
}

#[test]
fn s02_input_as_text() {
    let _alone = alone();
    let big = "x".repeat(1_000_000);
    let cat = Command::new("cat").stdin(Stdio::here(big.clone()));
    // Each start has its own.
    for _ in 0..2 {
        assert!(output(cat.clone()) == big);
    }
    assert_eq!(output(Command::new("cat").stdin(Stdio::here(""))), "");
    assert_eq!(
        output(child("fds").stdin(Stdio::here(b"bytes".to_vec()))),
        "0 1 2\n"
    );
    // In a pipeline, and where it makes no sense.
    let pipeline = Command::new("cat").stdin(Stdio::here("text")) | Command::new("cat");
    assert_eq!(pipeline.capture_output().run().unwrap().stdout(), b"text");
    for command in [
        Command::new("cat").stdout(Stdio::here("x")),
        Command::new("cat").stderr(Stdio::here("x")),
    ] {
        assert_eq!(command.start().unwrap_err().step(), Step::Options);
    }
    let run = Run::new(Command::new("cat").stdin(Stdio::here("x"))).input("y");
    match run.run() {
        Err(SubprocessError::Start(error)) => assert_eq!(error.step(), Step::Options),
        other => panic!("{other:?}"),
    }
}
