//! Conversations (rows S-55 to S-58).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::io::Write;
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::thread;
use std::time::{Duration, Instant};

use selvedge::subprocess::{
    Command, CommunicateError, Output, Popen, Run, Signal, Stdio, SubprocessError, TimeoutExpired,
};
use subprocess_support::{alone, block_on, child, ms, poll_once, scenario, shell};

fn start(line: &str) -> Popen {
    Command::shell(line)
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .start()
        .unwrap()
}

#[track_caller]
fn timed_out<T>(result: Result<T, CommunicateError>) -> TimeoutExpired {
    match result {
        Err(CommunicateError::Timeout(error)) => error,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it has ended"),
    }
}

/// CPython: `test_communicate`, `test_communicate_stdin`, `test_communicate_stdout`, `test_communicate_stderr`.
#[test]
fn s55_both_ways() {
    let _alone = alone();
    let done = start("cat; echo err >&2").communicate("banana").unwrap();
    assert_eq!(
        (done.stdout(), done.stderr()),
        (&b"banana"[..], &b"err\n"[..])
    );
    assert!(done.status().success());
}

#[test]
fn s55_streams_that_are_no_pipes() {
    let _alone = alone();
    let done = Command::shell("exit 3")
        .start()
        .unwrap()
        .communicate("ignored")
        .unwrap();
    assert_eq!(done.status().code(), Some(3));
    assert_eq!(done.into_output(), (None, None));
    let done = Command::shell("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Null)
        .start()
        .unwrap()
        .communicate("x")
        .unwrap();
    assert_eq!(done.into_output(), (None, None));
    let done = Command::shell("echo x >&2")
        .stderr(Stdio::Pipe)
        .start()
        .unwrap()
        .communicate("")
        .unwrap();
    assert_eq!(done.into_output(), (None, Some(b"x\n".to_vec())));
}

/// More than any pipe holds, in both directions and twice back (CPython's `test_communicate_pipe_buf`).
#[test]
fn s58_more_than_pipes_hold() {
    let _alone = alone();
    let input: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let done = start("tee /dev/stderr").communicate(input.clone()).unwrap();
    assert!(done.stdout() == input && done.stderr() == input);
    // The same, as a future, and with little pipes.
    let popen = Command::shell("tee /dev/stderr")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .pipe_size(4096)
        .start()
        .unwrap();
    let done = block_on(popen.communicate_async(input.clone())).unwrap();
    assert!(done.stdout() == input && done.stderr() == input);
}

#[allow(unsafe_code, reason = "asks the system for a larger pipe")]
fn larger(pipe: &impl AsRawFd) -> i32 {
    // SAFETY: numbers.
    unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, 512 * 1024) }
}

/// Pipes of the usual size are enlarged for much input; those that were given a size keep it (row S-32).
#[test]
fn s32_a_size_that_was_asked_for_stays() {
    let _alone = alone();
    let sizes = |change: fn(Command) -> Command| {
        let command = child("pipe-sizes").stdin(Stdio::Pipe).stdout(Stdio::Pipe);
        let popen = change(command).start().unwrap();
        let done = popen.communicate(vec![0; 1 << 20]).unwrap();
        let text = String::from_utf8(done.stdout()[1 << 20..].to_vec()).unwrap();
        let mut numbers = text.split_whitespace().map(|it| it.parse().unwrap());
        assert_eq!(numbers.next(), Some(1 << 20));
        [(); 2].map(|()| numbers.next().unwrap())
    };
    assert_eq!(sizes(|command| command.pipe_size(8192)), [8192, 8192]);
    // Whether the system grants it: a full quota of an unprivileged user, say, refuses.
    let (_reader, writer) = std::io::pipe().unwrap();
    let granted = larger(&writer);
    let [stdin, _] = sizes(|command| command);
    assert!(granted < 0 || stdin == granted, "{stdin} {granted}");
}

/// CPython: `test_writes_before_communicate`.
#[test]
fn s55_written_before() {
    let _alone = alone();
    // What was written by hand comes first; the pipe is given back by not taking it: so by a clone of the bytes.
    let popen = start("cat");
    let mut stdin = popen.take_stdin().unwrap();
    stdin.write_all(b"banana").unwrap();
    drop(stdin);
    assert_eq!(popen.communicate("").unwrap().stdout(), b"banana");
}

/// CPython: `test_communicate_epipe`, `test_communicate_epipe_only_stdin`, `test_communicate_BrokenPipeError_stdin_close`, `test_communicate_BrokenPipeError_stdin_write`, `test_communicate_BrokenPipeError_stdin_flush`.
#[test]
fn s55_nobody_reads_the_input() {
    let _alone = alone();
    let big = vec![0; 1_000_000];
    assert!(
        start("exec <&-; true")
            .communicate(big.clone())
            .unwrap()
            .status()
            .success()
    );
    let popen = Command::new("true").stdin(Stdio::Pipe).start().unwrap();
    assert!(popen.communicate(big.clone()).unwrap().status().success());
    let popen = Command::new("true").stdin(Stdio::Pipe).start().unwrap();
    assert!(
        block_on(popen.communicate_async(big))
            .unwrap()
            .status()
            .success()
    );
}

/// CPython: `test_communicate_timeout`.
#[test]
fn s56_nothing_is_lost_by_a_time_limit() {
    let _alone = alone();
    let (reader, mut gate) = std::io::pipe().unwrap();
    let popen = shell("echo before; read line <&3; echo after $line")
        .stderr(Stdio::Pipe)
        .fd(3, reader)
        .start()
        .unwrap();
    let mut seen = Vec::new();
    while seen.is_empty() {
        let begin = Instant::now();
        let error = timed_out(popen.communicate_timeout("", ms(30)));
        assert!(begin.elapsed() >= ms(30));
        assert_eq!(error.timeout(), ms(30));
        assert_eq!(error.stderr(), Some(&b""[..]));
        seen = error.stdout().unwrap().to_vec();
    }
    assert_eq!(seen, b"before\n");
    gate.write_all(b"it\n").unwrap();
    assert_eq!(
        popen.communicate("").unwrap().stdout(),
        b"before\nafter it\n"
    );
}

/// CPython: `test_communicate_timeout`.
#[test]
fn s56_input_goes_on_where_it_was() {
    let _alone = alone();
    // It does not read before it is told to by a file.
    let gate = std::env::temp_dir().join(format!("selvedge-{}-gate", std::process::id()));
    let line = format!(
        "while ! test -e {}; do sleep 0.01; done; cat",
        gate.display()
    );
    let input: Vec<u8> = (0..500_000_u32).map(|i| (i % 241) as u8).collect();
    let popen = start(&line);
    timed_out(popen.communicate_timeout(input.clone(), ms(50)));
    match popen.communicate("more") {
        Err(CommunicateError::InputAfterStart) => {}
        other => panic!("{other:?}"),
    }
    timed_out(popen.try_communicate(""));
    timed_out(popen.communicate_deadline("", Instant::now() + ms(10)));
    {
        let mut future = pin!(popen.communicate_async(""));
        assert!(poll_once(future.as_mut()).is_pending());
        match popen.communicate("") {
            Err(CommunicateError::Busy) => {}
            other => panic!("{other:?}"),
        }
        // Dropped: another call goes on.
    }
    std::fs::write(&gate, "").unwrap();
    let done = popen.communicate("").unwrap();
    std::fs::remove_file(gate).unwrap();
    assert!(done.stdout() == input);
    match popen.communicate("") {
        Err(CommunicateError::Finished) => {}
        other => panic!("{other:?}"),
    }
}

/// Output that never ends, and comes faster than it is read, holds no time limit up.
#[test]
fn s56_output_without_end() {
    let _alone = alone();
    let yes = || Command::new("yes").stdout(Stdio::Pipe);
    let popen = yes().start().unwrap();
    // So slow that the pipe is full again whenever it is looked at.
    let slow = popen.conversation().on_output(|_, _| thread::sleep(ms(5)));
    timed_out(slow.run_timeout(ms(20)));
    timed_out(popen.try_communicate(""));
    timed_out(popen.communicate_timeout("", ms(10)));
    timed_out(popen.communicate_deadline("", Instant::now() + ms(10)));
    popen.kill().unwrap();
    assert!(
        popen
            .communicate("")
            .unwrap()
            .stdout()
            .starts_with(b"y\ny\n")
    );
    let run = Run::new(yes()).timeout(ms(10)).run();
    assert!(matches!(run, Err(SubprocessError::Timeout(_))));
    let run = block_on(Run::new(yes()).timeout(ms(10)).run_async());
    assert!(matches!(run, Err(SubprocessError::Timeout(_))));
    let pipeline = yes() | Command::new("cat").stdout(Stdio::Pipe);
    let run = pipeline.timeout(ms(10)).run();
    assert!(matches!(run, Err(SubprocessError::Timeout(_))));
}

/// CPython's `test_communicate_timeout_large_output`.
#[test]
fn s56_much_output_in_parts() {
    let _alone = alone();
    let popen = shell("for i in 1 2 3 4; do head -c 65536 /dev/zero; sleep 0.05; done")
        .start()
        .unwrap();
    let mut calls = 0;
    let done = loop {
        calls += 1;
        match popen.communicate_timeout("", ms(20)) {
            Ok(done) => break done,
            Err(error) => drop(timed_out::<()>(Err(error))),
        }
    };
    assert_eq!(done.stdout().len(), 4 * 65536);
    assert!(calls > 1);
}

/// CPython: `test_communicate_repeated_call_after_stdout_close`.
#[test]
fn s56_after_the_child_has_closed_its_output() {
    let _alone = alone();
    let popen = Command::shell("exec >&-; exec sleep 1000")
        .stdout(Stdio::Pipe)
        .start()
        .unwrap();
    for _ in 0..3 {
        let error = timed_out(popen.communicate_timeout("", ms(30)));
        assert_eq!(error.stdout(), Some(&b""[..]));
    }
    popen.kill().unwrap();
    assert_eq!(
        popen.communicate("").unwrap().status().signal(),
        Some(Signal::KILL)
    );
}

#[test]
fn s58_two_at_a_time() {
    let _alone = alone();
    let popen = start("cat");
    let (talks, talking) = std::sync::mpsc::channel();
    let (goes_on, go_on) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        let popen = &popen;
        let talker = scope.spawn(move || {
            let wait = move |_, _: &[u8]| {
                talks.send(()).unwrap();
                go_on.recv().unwrap();
            };
            popen.conversation().input("x").on_output(wait).run()
        });
        talking.recv().unwrap();
        let meanwhile = popen.communicate("");
        goes_on.send(()).unwrap();
        assert!(matches!(meanwhile, Err(CommunicateError::Busy)));
        assert!(talker.join().unwrap().unwrap().status().success());
    });
    assert!(matches!(
        popen.communicate(""),
        Err(CommunicateError::Finished)
    ));
}

#[test]
fn output_as_it_comes() {
    let _alone = alone();
    let popen = start("echo one; echo two >&2; head -c 200000 /dev/zero");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let done = popen
        .conversation()
        .on_output(|stream, bytes| match stream {
            Output::Stdout => out.extend_from_slice(bytes),
            Output::Stderr => err.extend_from_slice(bytes),
        })
        .run()
        .unwrap();
    assert_eq!((out.len(), &err[..]), (200_004, &b"two\n"[..]));
    assert_eq!(done.into_output(), (Some(Vec::new()), Some(Vec::new())));
    // As a future.
    let popen = start("head -c 100000 /dev/zero");
    let mut count = 0;
    let done = block_on(
        popen
            .conversation()
            .on_output(|_, bytes| count += bytes.len())
            .run_async(),
    )
    .unwrap();
    assert!(done.status().success());
    assert_eq!(count, 100_000);
}

#[test]
fn a_callback_that_panics_ends_the_call_only() {
    let _alone = alone();
    let popen = start("echo one; read x; echo two");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        popen
            .conversation()
            .input("x\n")
            .on_output(|_, _| std::panic::resume_unwind(Box::new("expected")))
            .run()
    }));
    assert!(panicked.is_err());
    let done = popen.communicate("").unwrap();
    assert!(done.stdout().ends_with(b"two\n"));
}

#[test]
fn no_more_than_allowed() {
    let _alone = alone();
    for future in [false, true] {
        let popen = Command::new("yes").stdout(Stdio::Pipe).start().unwrap();
        let talk = popen.conversation().limit(100_000);
        let result = if future {
            block_on(talk.run_async())
        } else {
            talk.run()
        };
        let Err(CommunicateError::TooMuch(error)) = result else {
            panic!("{result:?}");
        };
        let read = error.stdout().unwrap().len();
        assert!(read > 100_000 && read < 3_000_000, "{read}");
        // It goes on with another limit.
        let result = popen.conversation().limit(read + 100_000).run();
        assert!(matches!(result, Err(CommunicateError::TooMuch(_))));
        popen.kill().unwrap();
        assert!(popen.communicate("").unwrap().stdout().len() > read);
    }
    let done = shell("printf 12345")
        .start()
        .unwrap()
        .conversation()
        .limit(5)
        .run()
        .unwrap();
    assert_eq!(done.stdout(), b"12345");
}

#[test]
fn conversations_as_futures() {
    let _alone = alone();
    let done = block_on(start("cat; echo err >&2; exit 4").communicate_async("banana")).unwrap();
    assert_eq!(
        (done.stdout(), done.stderr()),
        (&b"banana"[..], &b"err\n"[..])
    );
    assert_eq!(done.status().code(), Some(4));
    // Many at once, in one thread: each has its turn.
    let popens: Vec<_> = (0..10).map(|_| start("sleep 0.05; cat")).collect();
    let mut futures: Vec<_> = popens
        .iter()
        .map(|popen| Box::pin(popen.communicate_async("x")))
        .collect();
    let mut left = futures.len();
    let mut over = vec![false; left];
    block_on(std::future::poll_fn(|context| {
        for (future, over) in futures.iter_mut().zip(&mut over) {
            if *over {
                continue;
            }
            if let std::task::Poll::Ready(done) = future.as_mut().poll(context) {
                assert_eq!(done.unwrap().stdout(), b"x");
                *over = true;
                left -= 1;
            }
        }
        if left == 0 {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    }));
}

#[test]
fn a_killed_child_ends_the_conversation() {
    let _alone = alone();
    let popen = start("echo x; exec sleep 1000");
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(ms(30));
            popen.kill().unwrap();
        });
        let done = popen
            .communicate_timeout("", Duration::from_secs(1000))
            .unwrap();
        assert_eq!(done.status().signal(), Some(Signal::KILL));
    });
}

/// CPython: `test_communicate_eintr`.
#[test]
fn s54_interruptions() {
    let _alone = alone();
    scenario("signal-storm");
}
