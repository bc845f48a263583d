//! What the tests of `subprocess` share: each runs alone, under a watchdog, and leaves neither descriptors nor children behind.
//!
//! # Safety
//!
//! One call of libc's with two numbers.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unsafe_code, reason = "signals are not to be ignored")]

use std::collections::BTreeSet;
use std::future::Future;
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use selvedge::multiprocessing::{active_children, forkserver};
use selvedge::subprocess::{Command, Stdio};
use selvedge_conformance::host::Watchdog;

static ALONE: Mutex<()> = Mutex::new(());

/// The program that tests use as a child, and as a parent that may be damaged. The first argument says what it does.
pub(crate) const CHILD: &str = env!("CARGO_BIN_EXE_subprocess_child");

pub(crate) fn child(what: &str) -> Command {
    Command::new(CHILD).arg(what)
}

/// A line for the shell with its output in a pipe.
pub(crate) fn shell(line: &str) -> Command {
    Command::shell(line).stdout(Stdio::Pipe)
}

/// The output of a command that succeeds, as text.
#[track_caller]
pub(crate) fn output(command: Command) -> String {
    let done = command
        .stdout(Stdio::Pipe)
        .start()
        .expect("it starts")
        .communicate(b"")
        .expect("it can be read from");
    assert!(done.status().success(), "{done:?}");
    String::from_utf8(done.stdout().to_vec()).expect("text")
}

/// Runs a scenario of the helper program as a process of its own, to its good end.
#[track_caller]
pub(crate) fn scenario(name: &str) {
    scenario_with(name, &[]);
}

#[track_caller]
pub(crate) fn scenario_with(name: &str, args: &[&str]) {
    let done = std::process::Command::new(CHILD)
        .arg(name)
        .args(args)
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        done.status.success(),
        "{name} {args:?}: {:?}\n{said}",
        done.status
    );
    assert_eq!(
        done.stdout, b"done\n",
        "{name} {args:?} did nothing\n{said}"
    );
}

/// Held by a test while it runs.
#[must_use]
pub(crate) struct Alone {
    before: BTreeSet<u32>,
    _watchdog: Watchdog,
    _turn: MutexGuard<'static, ()>,
}

/// Waits for the others to be through.
pub(crate) fn alone() -> Alone {
    let turn = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let watchdog = Watchdog::new(thread::current().name().unwrap_or("a test"));
    heed_interrupts();
    forkserver::stop();
    warm_up();
    Alone {
        before: open_fds(),
        _watchdog: watchdog,
        _turn: turn,
    }
}

/// What a shell runs in the background ignores SIGINT, and so do its children; tests send it to theirs.
fn heed_interrupts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: two numbers. No handler of anybody's is there yet.
        unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) };
    });
}

/// The one thread that serves tasks, and its descriptor, stay once they are there.
fn warm_up() {
    let child = Command::new("cat")
        .stdin(Stdio::Pipe)
        .start()
        .expect("it starts");
    let pidfd = child.pidfd().map(|fd| fd.as_raw_fd());
    {
        let mut future = pin!(child.wait_async());
        assert!(poll_once(future.as_mut()).is_pending());
        drop(child.take_stdin());
        assert!(block_on(future).success());
    }
    drop(child);
    // The thread may hold the child for a moment after it has told.
    if let Some(pidfd) = pidfd {
        let path = format!("/proc/self/fd/{pidfd}");
        let is_pidfd =
            || std::fs::read_link(&path).is_ok_and(|it| it.to_string_lossy().contains("pidfd"));
        eventually(|| !is_pidfd());
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if thread::panicking() {
            // This process waits for them before it ends, and they may wait for the test that has failed.
            for child in active_children() {
                let _ = child.kill();
            }
            return;
        }
        forkserver::stop();
        // What is collected in the background may take a moment. The watchdog ends this if it never happens.
        let mut turns = 0;
        loop {
            let now = open_fds();
            let left: Vec<_> = now.difference(&self.before).collect();
            let children = has_children();
            if left.is_empty() && !children {
                return;
            }
            turns += 1;
            assert!(turns < 5000, "left open: {left:?}; children: {children}");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The descriptors of this process.
pub(crate) fn open_fds() -> BTreeSet<u32> {
    let entries: Vec<u32> = std::fs::read_dir("/proc/self/fd")
        .expect("proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    // The folder itself was open while it was read.
    entries
        .into_iter()
        .filter(|fd| std::fs::read_link(format!("/proc/self/fd/{fd}")).is_ok())
        .collect()
}

/// Children of any thread, running or ended, but the server that copies itself.
pub(crate) fn has_children() -> bool {
    let server = forkserver::pid();
    let tasks = std::fs::read_dir("/proc/self/task").expect("proc");
    tasks.filter_map(Result::ok).any(|task| {
        let children = std::fs::read_to_string(task.path().join("children"));
        let children = children.unwrap_or_default();
        let mut children = children.split_whitespace();
        children.any(|child| child.parse().ok() != server)
    })
}

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Polls until `done`; the watchdog ends it if that never happens.
pub(crate) fn eventually(mut done: impl FnMut() -> bool) {
    while !done() {
        thread::sleep(ms(1));
    }
}

/// Whether a process of this number runs (a zombie does not).
pub(crate) fn runs(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return false;
    };
    let state = stat
        .rsplit(')')
        .next()
        .and_then(|rest| rest.trim().chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

/// Polls once, waking nobody.
pub(crate) fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future in this thread, sleeping in between: a lost wake-up hangs.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
