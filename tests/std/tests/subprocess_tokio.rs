//! Children within a runtime of somebody else's: tokio, with one thread and with several.
//!
//! Nothing here uses tokio's own reactor or its handling of children: the futures are those that any executor can poll.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use selvedge::subprocess::{
    Command, CommunicateError, ExitStatus, OnDrop, Popen, Run, Signal, Stdio, SubprocessError,
};
use subprocess_support::{alone, ms};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Children of one test. With three pipes each, they stay far below the usual limit of descriptors.
const MANY: usize = 96;

/// One thread, and several.
fn each_runtime(test: impl Fn(&Runtime)) {
    let one = Builder::new_current_thread().enable_time().build();
    test(&one.unwrap());
    let several = Builder::new_multi_thread()
        .worker_threads(3)
        .enable_time()
        .build();
    test(&several.unwrap());
}

fn cat() -> Popen {
    Command::new("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .start()
        .unwrap()
}

fn sleeper() -> Popen {
    Command::from_args(["sleep", "1000"]).start().unwrap()
}

/// All run at the same time: none of them ends before all were started, as each waits for its input.
#[test]
fn many_children_at_once() {
    let _alone = alone();
    each_runtime(|runtime| {
        runtime.block_on(async {
            let children: Vec<Arc<Popen>> = (0..MANY).map(|_| Arc::new(cat())).collect();
            let mut tasks = JoinSet::new();
            for child in &children {
                let child = child.clone();
                tasks.spawn(async move { child.wait_async().await });
            }
            let mut talks = JoinSet::new();
            for (number, child) in children.into_iter().enumerate() {
                talks.spawn(async move {
                    let input = vec![number as u8; 100_000 + number];
                    let done = child.communicate_async(input.clone()).await.unwrap();
                    assert!(done.stdout() == input);
                    done.status()
                });
            }
            let mut ended = talks.join_all().await;
            ended.extend(tasks.join_all().await);
            assert_eq!(ended, vec![ExitStatus::Exited(0); 2 * MANY]);
        });
    });
}

/// Whole runs, and pipelines, from the start of each child in its task.
#[test]
fn many_runs_at_once() {
    let _alone = alone();
    each_runtime(|runtime| {
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for number in 0..MANY {
                tasks.spawn(async move {
                    let line = format!("cat; echo {number}; exit {}", number % 7);
                    let run = Run::new(Command::shell(line)).input("in").capture_output();
                    let done = run.timeout(Duration::from_secs(1000)).run_async().await;
                    let done = done.unwrap();
                    assert_eq!(done.stdout(), format!("in{number}\n").as_bytes());
                    done.returncode().unwrap() as usize
                });
                if number % 8 == 0 {
                    tasks.spawn(async {
                        let pipeline = Command::new("cat") | Command::from_args(["wc", "-c"]);
                        let done = pipeline.input([7; 1000]).capture_output().run_async().await;
                        assert_eq!(done.unwrap().stdout(), b"1000\n");
                        0
                    });
                }
            }
            let codes: usize = tasks.join_all().await.into_iter().sum();
            assert_eq!(codes, (0..MANY).map(|number| number % 7).sum());
        });
    });
}

/// The runtime's own time limits: a future that is dropped by one loses nothing.
#[test]
fn time_limits_of_the_runtime() {
    let _alone = alone();
    each_runtime(|runtime| {
        runtime.block_on(async {
            let child = sleeper();
            let begin = Instant::now();
            assert!(timeout(ms(30), child.wait_async()).await.is_err());
            assert!(begin.elapsed() >= ms(30));
            child.kill().unwrap();
            let status = timeout(Duration::from_secs(1000), child.wait_async()).await;
            assert_eq!(status.unwrap().signal(), Some(Signal::KILL));

            let child = Command::shell("cat; echo end; exec sleep 1000")
                .stdin(Stdio::Pipe)
                .stdout(Stdio::Pipe)
                .start()
                .unwrap();
            let input = vec![b'x'; 300_000];
            let mut first = Some(input.clone());
            let mut rounds = 0;
            loop {
                let talk = child.communicate_async(first.take().unwrap_or_default());
                assert!(timeout(ms(5), talk).await.is_err());
                rounds += 1;
                let now = child.try_communicate("");
                let Err(CommunicateError::Timeout(error)) = now else {
                    panic!("{now:?}");
                };
                if error.stdout().unwrap().ends_with(b"end\n") {
                    break;
                }
            }
            assert!(rounds > 0);
            child.terminate().unwrap();
            let done = child.communicate_async("").await.unwrap();
            assert_eq!(done.stdout().len(), input.len() + 4);
            assert!(done.stdout().starts_with(&input));
        });
    });
}

/// A dropped run takes its child along, wherever it was; `alone` sees to it that none is left.
#[test]
fn dropped_runs() {
    let _alone = alone();
    each_runtime(|runtime| {
        let ended = Arc::new(AtomicUsize::new(0));
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for number in 0..MANY as u64 {
                let ended = ended.clone();
                tasks.spawn(async move {
                    let command = Command::shell("echo x; exec sleep 1000");
                    let run = Run::new(command).capture_output().run_async();
                    assert!(timeout(ms(number % 10), run).await.is_err());
                    let pipeline = Command::from_args(["sleep", "1000"]) | Command::new("cat");
                    let run = pipeline.capture_output().run_async();
                    assert!(timeout(ms(number % 10), run).await.is_err());
                    ended.fetch_add(1, Ordering::Relaxed);
                });
            }
            // Some of the tasks are themselves dropped, with all that is in them.
            let aborted = tasks.spawn(async {
                let command = Command::from_args(["sleep", "1000"]);
                let _ = command
                    .on_drop(OnDrop::Kill)
                    .start()
                    .unwrap()
                    .wait_async()
                    .await;
            });
            tokio::task::yield_now().await;
            aborted.abort();
            while tasks.join_next().await.is_some() {}
        });
        assert_eq!(ended.load(Ordering::Relaxed), MANY);
    });
}

/// The limit of a run itself, within a runtime: the child is killed, its output is kept.
#[test]
fn s04_time_limits_of_runs() {
    let _alone = alone();
    each_runtime(|runtime| {
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for _ in 0..16 {
                tasks.spawn(async {
                    let command = Command::shell("echo x; exec sleep 1000");
                    let run = Run::new(command).capture_output().timeout(ms(300));
                    let begin = Instant::now();
                    let Err(SubprocessError::Timeout(error)) = run.run_async().await else {
                        panic!("it sleeps");
                    };
                    assert!(begin.elapsed() >= ms(300));
                    assert!(matches!(error.stdout(), Some(b"x\n" | b"")));
                });
            }
            assert_eq!(tasks.join_all().await.len(), 16);
        });
    });
}

/// Blocking forms in tokio's threads for such, async forms beside them, one handle.
#[test]
fn one_handle_in_threads_and_tasks() {
    let _alone = alone();
    each_runtime(|runtime| {
        runtime.block_on(async {
            let child = Arc::new(sleeper());
            let mut tasks = JoinSet::new();
            for number in 0..8 {
                let child = child.clone();
                if number % 2 == 0 {
                    tasks.spawn(async move { child.wait_async().await });
                } else {
                    tasks.spawn_blocking(move || child.wait());
                }
            }
            child.kill().unwrap();
            for status in tasks.join_all().await {
                assert_eq!(status.signal(), Some(Signal::KILL));
            }
        });
    });
}
