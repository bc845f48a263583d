//! Children of the threads of a pool.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::sync::Arc;
use std::time::Duration;

use selvedge::concurrent::futures::{ThreadPoolExecutor, block_on};
use selvedge::subprocess::{Command, Popen, Run, Signal, Stdio, SubprocessError, check_output};
use subprocess_support::{alone, eventually, ms, runs};

/// More tasks than threads; each runs a program, and gets what that one wrote.
#[test]
fn many_tasks_run_programs() {
    let _alone = alone();
    let pool = ThreadPoolExecutor::new(4).unwrap();
    let futures: Vec<_> = (0..64)
        .map(|number| {
            let run = move |number: i32| {
                let line = format!("cat; echo {number}; exit {}", number % 5);
                let run = Run::new(Command::shell(line)).input("in ").capture_output();
                let done = if number % 2 == 0 {
                    run.run().unwrap()
                } else {
                    block_on(run.run_async()).unwrap()
                };
                (done.returncode(), done.into_output().0.unwrap())
            };
            pool.submit(run, number).unwrap()
        })
        .collect();
    for (number, future) in (0..).zip(futures) {
        let (code, text) = future.result().unwrap();
        assert_eq!(code, Some(number % 5));
        assert_eq!(text, format!("in {number}\n").as_bytes());
    }
}

/// One handle in several tasks and outside; a failure is a task's value like any other.
#[test]
fn one_child_of_many_tasks() {
    let _alone = alone();
    let pool = ThreadPoolExecutor::new(3).unwrap();
    let child = Command::from_args(["sleep", "1000"]).start().unwrap();
    let child = Arc::new(child);
    let wait = |child: Arc<Popen>| child.wait();
    let waits: Vec<_> = (0..3)
        .map(|_| pool.submit(wait, child.clone()).unwrap())
        .collect();
    child.kill().unwrap();
    for future in waits {
        assert_eq!(future.result().unwrap().signal(), Some(Signal::KILL));
    }
    let failing = pool.submit(check_output, Command::new("false")).unwrap();
    assert!(matches!(
        failing.result().unwrap(),
        Err(SubprocessError::Called(_))
    ));
    let late = Run::new(Command::from_args(["sleep", "1000"])).timeout(ms(20));
    let late = pool.submit(Run::run, late).unwrap();
    assert!(matches!(
        late.result().unwrap(),
        Err(SubprocessError::Timeout(_))
    ));
}

/// A child that is to end with this process does not end with the worker that started it.
#[test]
fn a_child_outlives_its_worker() {
    let _alone = alone();
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .keep_alive(ms(1))
        .build()
        .unwrap();
    let start = |command: Command| command.start().unwrap();
    let command = Command::new("cat")
        .stdin(Stdio::Pipe)
        .dies_with_parent(Signal::KILL);
    let child = pool.submit(start, command).unwrap().result().unwrap();
    drop(pool);
    assert!(child.wait_timeout(ms(100)).is_err());
    assert!(runs(child.pid()));
    drop(child.take_stdin());
    let status = child.wait_timeout(Duration::from_secs(1000)).unwrap();
    assert!(status.success());
    eventually(|| !runs(child.pid()));
}
