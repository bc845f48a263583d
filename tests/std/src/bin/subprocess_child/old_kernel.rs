//! A process on a kernel without pidfds: a filter refuses the system calls as such a kernel does.
//!
//! # Safety
//!
//! A closure between fork and exec, which does nothing.
#![allow(unsafe_code, reason = "`pre_exec`")]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::subprocess::{Command, ExitStatus, Signal, Stdio, Step};
use std_tests::kernel::forget;

use crate::report::{done, say};
use crate::sentinels::tell;

pub(crate) fn run(what: &str) -> bool {
    match what {
        "no-pidfd-kernel" => no_pidfd_kernel(),
        _ => return false,
    }
    done();
    true
}

fn start(line: &str) -> selvedge::subprocess::Popen {
    let child = Command::shell(line)
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Pipe)
        .start()
        .expect("it starts");
    assert!(child.pidfd().is_none());
    child
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Starting, waiting in all forms, signals, conversations, and handles that are dropped.
fn no_pidfd_kernel() {
    let calls = ["pidfd_open", "pidfd_send_signal", "clone3", "CLONE_PIDFD"];
    if let Err(error) = forget(&calls) {
        say(&format!("no filters here, nothing to see: {error}"));
        return;
    }
    // All ways of making a process.
    assert_eq!(start("exit 3").wait(), ExitStatus::Exited(3));
    let copied = Command::shell("exit 3").share_memory(false);
    assert_eq!(copied.start().expect("it starts").wait().code(), Some(3));
    // SAFETY: the closure does nothing.
    let forked = unsafe { Command::shell("exit 3").pre_exec(|| Ok(())) };
    let child = forked.start().expect("it starts");
    assert!(child.pidfd().is_none());
    assert_eq!(child.wait().code(), Some(3));
    let error = Command::new("/no/such").start().unwrap_err();
    assert_eq!(
        (error.step(), error.raw_os_error()),
        (Step::Exec, libc::ENOENT)
    );

    // All ways of waiting.
    let child = start("exec sleep 1000");
    assert_eq!(child.try_wait(), None);
    let begin = Instant::now();
    let limit = Duration::from_millis(50);
    child.wait_timeout(limit).unwrap_err();
    child.wait_deadline(begin + 2 * limit).unwrap_err();
    assert!(begin.elapsed() >= 2 * limit);
    thread::scope(|scope| {
        let waits = [0; 3].map(|_| scope.spawn(|| child.wait()));
        let future = scope.spawn(|| block_on(child.wait_async()));
        child.terminate().expect("it can be told");
        for status in waits.into_iter().chain([future]) {
            let status = status.join().expect("no panic");
            assert_eq!(status.signal(), Some(Signal::TERM));
        }
    });
    child.kill().expect("no error afterwards");
    let child = start("exec sleep 1000");
    child.kill().expect("it can be killed");
    let status = child.wait_timeout(Duration::MAX).expect("it ends");
    assert_eq!(status.signal(), Some(Signal::KILL));

    // Their descriptors.
    tell(start);

    // Conversations.
    assert_eq!(
        start("cat").communicate("x").expect("they talk").stdout(),
        b"x"
    );
    let talk = start("cat");
    let talk = block_on(talk.communicate_async("x"));
    assert_eq!(talk.expect("they talk").stdout(), b"x");

    // A handle that is dropped: the child is collected all the same.
    let child = start("exit 0");
    let pid = child.pid();
    drop(child);
    while std::path::Path::new(&format!("/proc/{pid}")).exists() {
        thread::sleep(Duration::from_millis(1));
    }
    // A tree: its root at least, which is our child.
    let child = start("exec sleep 1000");
    child.kill_tree().expect("it can be killed");
    assert_eq!(child.wait().signal(), Some(Signal::KILL));
}
