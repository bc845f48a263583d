//! Pipelines that run: all stages waited for and talked to together, in all forms (rows S-75, S-52 to S-60).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::pin::pin;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use selvedge::subprocess::{
    Command, CommunicateError, ExitStatus, Output, Pipeline, RunningPipeline, Signal, Stdio,
    SubprocessError,
};
use subprocess_support::{alone, block_on, eventually, ms, poll_once, runs};

fn cats(count: usize) -> Pipeline {
    let mut pipeline = Pipeline::from(Command::new("cat").stdin(Stdio::Pipe));
    for _ in 1..count {
        pipeline = pipeline | Command::new("cat");
    }
    pipeline
}

/// `cat | cat | ..`, with pipes at both ends.
fn start(count: usize) -> RunningPipeline {
    (cats(count - 1) | Command::new("cat").stdout(Stdio::Pipe))
        .start()
        .unwrap()
}

fn much() -> Vec<u8> {
    (0..3_000_000_u32).map(|i| (i % 253) as u8).collect()
}

fn codes(statuses: &[ExitStatus]) -> Vec<Option<i32>> {
    statuses.iter().map(|status| status.returncode()).collect()
}

#[test]
fn s53_wait_in_all_forms() {
    let _alone = alone();
    let running = (Command::shell("cat; exit 3").stdin(Stdio::Pipe)
        | Command::shell("cat; exit 4")
        | Command::new("cat"))
    .start()
    .unwrap();
    assert_eq!(running.try_wait(), None);
    let begin = Instant::now();
    assert_eq!(running.wait_timeout(ms(30)).unwrap_err().timeout(), ms(30));
    assert!(begin.elapsed() >= ms(30));
    assert!(running.wait_timeout(Duration::ZERO).is_err());
    assert!(running.wait_deadline(Instant::now() + ms(10)).is_err());
    {
        let mut dropped = pin!(running.wait_async());
        assert!(poll_once(dropped.as_mut()).is_pending());
    }
    thread::scope(|scope| {
        let waiters = [
            scope.spawn(|| running.wait()),
            scope.spawn(|| block_on(running.wait_async())),
            scope.spawn(|| running.wait_timeout(Duration::MAX).unwrap()),
            scope.spawn(|| {
                let later = Instant::now() + Duration::from_secs(1000);
                running.wait_deadline(later).unwrap()
            }),
        ];
        drop(running[0].take_stdin());
        for waiter in waiters {
            assert_eq!(codes(&waiter.join().unwrap()), [Some(3), Some(4), Some(0)]);
        }
    });
    assert_eq!(
        codes(&running.try_wait().unwrap()),
        [Some(3), Some(4), Some(0)]
    );
}

#[test]
fn s55_communicate_in_all_forms() {
    let _alone = alone();
    let input = much();
    let whole = start(3).communicate(input.clone()).unwrap();
    assert!(whole.success() && whole.stdout() == input && whole.stages().len() == 3);
    let timed = start(3).communicate_timeout(input.clone(), Duration::from_secs(1000));
    assert!(timed.unwrap().stdout() == input);
    let later = Instant::now() + Duration::from_secs(1000);
    let deadline = start(3).communicate_deadline(input.clone(), later);
    assert!(deadline.unwrap().stdout() == input);
    let future = block_on(start(3).communicate_async(input.clone()));
    assert!(future.unwrap().stdout() == input);
    // Never waiting, again and again, gets there, too.
    let running = start(3);
    let mut next = input.clone();
    let done = loop {
        match running.try_communicate(std::mem::take(&mut next)) {
            Err(CommunicateError::Timeout(_)) => thread::sleep(ms(1)),
            done => break done.unwrap(),
        }
    };
    assert!(done.stdout() == input);
    let again = running.communicate("");
    assert!(matches!(again, Err(CommunicateError::Finished)));
}

/// A future that is dropped at any point loses nothing, and any other form goes on.
#[test]
fn s56_nothing_is_lost() {
    let _alone = alone();
    let input = much();
    let running = start(4);
    {
        let mut dropped = pin!(running.communicate_async(input.clone()));
        assert!(poll_once(dropped.as_mut()).is_pending());
        // One at a time.
        let other = running.try_communicate("");
        assert!(matches!(other, Err(CommunicateError::Busy)));
    }
    let refused = running.communicate("more");
    assert!(matches!(refused, Err(CommunicateError::InputAfterStart)));
    let mut seen = 0;
    let done = loop {
        let error = match running.communicate_timeout("", ms(1)) {
            Err(CommunicateError::Timeout(error)) => error,
            done => break done.unwrap(),
        };
        let now = error.stdout().unwrap();
        assert!(now.len() >= seen && input.starts_with(now));
        seen = now.len();
        let mut dropped = pin!(running.communicate_async(""));
        if let Poll::Ready(done) = poll_once(dropped.as_mut()) {
            break done.unwrap();
        }
    };
    assert!(done.success() && done.stdout() == input);
    let rest = running.communicate("");
    assert!(matches!(rest, Err(CommunicateError::Finished)));
}

/// What the pipeline was given is written first, by whichever call begins.
#[test]
fn s02_input_of_the_pipeline() {
    let _alone = alone();
    let pipeline = Command::new("cat") | Command::new("sort");
    let running = pipeline.input("b\n").capture_output().start().unwrap();
    let begun = running.try_communicate("a\n");
    let done = match begun {
        Err(CommunicateError::Timeout(_)) => running.communicate(""),
        done => done,
    };
    assert_eq!(done.unwrap().stdout(), b"a\nb\n");
}

#[test]
fn output_as_it_comes_and_no_more_than_allowed() {
    let _alone = alone();
    let pipeline = || {
        Command::new("yes")
            | Command::new("head")
                .args(["-c", "100000"])
                .stdout(Stdio::Pipe)
    };
    let mut bytes = 0;
    let running = pipeline().start().unwrap();
    let done = running
        .conversation()
        .on_output(|stream, new| {
            assert_eq!(stream, Output::Stdout);
            bytes += new.len();
        })
        .run()
        .unwrap();
    assert!(done.success() && done.stdout().is_empty());
    assert_eq!(bytes, 100_000);
    let running = pipeline().start().unwrap();
    let much = running.conversation().limit(1000).run();
    let Err(CommunicateError::TooMuch(error)) = much else {
        panic!("{much:?}");
    };
    assert!(error.stdout().unwrap().len() > 1000);
    let much = block_on(running.conversation().limit(1000).run_async());
    assert!(matches!(much, Err(CommunicateError::TooMuch(_))));
    assert_eq!(running.communicate("").unwrap().stdout().len(), 100_000);
}

#[test]
fn s60_signals_for_all() {
    let _alone = alone();
    let running = start(3);
    running.terminate().unwrap();
    assert_eq!(codes(&running.wait()), [Some(-15); 3]);
    // Nobody is left to be told, which is no error.
    running.kill().unwrap();
    let running = start(3);
    running.send_signal(Signal::KILL).unwrap();
    assert_eq!(
        codes(
            &running
                .communicate("")
                .unwrap()
                .statuses()
                .collect::<Vec<_>>()
        ),
        [Some(-9); 3]
    );
    let running = (Command::shell("sleep 1000 & sleep 1000")
        .new_session(true)
        .stderr(Stdio::Null)
        | Command::shell("sleep 1000; true").new_session(true))
    .start()
    .unwrap();
    assert!(running.kill_tree().unwrap() >= 2);
    assert_eq!(codes(&running.finish()), [Some(-9); 2]);
}

/// The pipes of a conversation that was broken off are closed, too; else the first stage would wait for ever.
#[test]
fn s64_the_end_of_with() {
    let _alone = alone();
    // More input than a pipe holds, which nobody reads before that file is there.
    let gate = std::env::temp_dir().join(format!("selvedge-{}-with", std::process::id()));
    let open = || drop(std::fs::File::create(&gate).unwrap());
    let close = || std::fs::remove_file(&gate).unwrap();
    let line = "until [ -e \"$0\" ]; do sleep 0.01; done; cat >/dev/null; exit 3";
    let line = line.replace("$0", gate.to_str().unwrap());
    let running = (Command::shell(&line).stdin(Stdio::Pipe) | Command::new("cat"))
        .start()
        .unwrap();
    let early = running.try_communicate(much());
    assert!(matches!(early, Err(CommunicateError::Timeout(_))));
    open();
    assert_eq!(codes(&running.finish()), [Some(3), Some(0)]);
    close();
    // The same with one child.
    let popen = Command::shell(&line).stdin(Stdio::Pipe).start().unwrap();
    let early = popen.try_communicate(much());
    assert!(matches!(early, Err(CommunicateError::Timeout(_))));
    open();
    assert_eq!(popen.finish().code(), Some(3));
    close();
    for stage in start(3).into_stages().into_iter().rev() {
        drop(stage.take_stdin());
        stage.kill().unwrap();
        let _ = stage.finish();
    }
}

#[test]
fn runs_as_futures() {
    let _alone = alone();
    let input = much();
    let done = block_on(
        (cats(3))
            .input(input.clone())
            .capture_output()
            .check()
            .run_async(),
    );
    let done = done.unwrap();
    assert!(done.stdout() == input && done.stages().len() == 3);
    let failing = Command::shell("exit 3") | Command::shell("exit 4") | Command::new("true");
    let failed = block_on(failing.clone().check().run_async());
    let Err(SubprocessError::Pipeline(error)) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(error.pipeline().failures().count(), 2);
    let done = block_on(failing.run_async()).unwrap();
    assert_eq!(
        codes(&done.statuses().collect::<Vec<_>>()),
        [Some(3), Some(4), Some(0)]
    );
    let missing = block_on((Command::new("cat") | Command::new("/no/such")).run_async());
    assert!(matches!(missing, Err(SubprocessError::Start(_))));
}

#[test]
fn s04_time_limits_of_futures() {
    let _alone = alone();
    let begin = Instant::now();
    let pipeline = Command::shell("echo x; sleep 1000; true").new_session(true)
        | Command::new("cat")
        | Command::shell("cat; exec sleep 1000");
    let late = block_on(
        pipeline
            .capture_output()
            .kill_tree()
            .timeout(ms(300))
            .run_async(),
    );
    assert!(begin.elapsed() >= ms(300));
    let Err(SubprocessError::Timeout(error)) = late else {
        panic!("{late:?}");
    };
    assert_eq!(error.timeout(), ms(300));
    assert!(matches!(error.stdout(), Some(b"x\n" | b"")));
    let soon = (Command::new("true") | Command::new("cat")).timeout(Duration::MAX);
    assert!(block_on(soon.run_async()).unwrap().success());
}

/// A dropped future takes its children along; `alone` sees to it that they are gone.
#[test]
fn a_dropped_run_kills_all() {
    let _alone = alone();
    let folder = std::env::temp_dir().join(format!("selvedge-dropped-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("pid");
    let line = format!("echo $$ > '{}'; exec sleep 1000", file.display());
    let pids = || {
        std::fs::read_to_string(&file)
            .ok()
            .and_then(|text| text.strip_suffix('\n')?.parse::<u32>().ok())
    };
    {
        let pipeline = Command::shell(&line) | Command::new("cat") | Command::new("cat");
        let mut future = pin!(pipeline.capture_output().run_async());
        assert!(poll_once(future.as_mut()).is_pending());
        eventually(|| pids().is_some());
        assert!(runs(pids().unwrap()));
    }
    eventually(|| !runs(pids().unwrap()));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn futures_and_handles_may_go_to_other_threads() {
    fn send<T: Send>(_: &T) {}
    fn sync<T: Send + Sync + std::fmt::Debug>(_: &T) {}
    let _alone = alone();
    let running = start(2);
    sync(&running);
    send(&running.wait_async());
    send(&running.communicate_async("x"));
    send(&running.conversation().on_output(|_, _| {}).run_async());
    send(&cats(2).run_async());
    assert!(format!("{running:?}").starts_with("RunningPipeline([Popen"));
    assert!(running.communicate("").unwrap().success());
}
