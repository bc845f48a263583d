//! Waiting and signals (rows S-52 to S-54, S-59 to S-61, S-63, S-66).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::os::fd::AsFd;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::multiprocessing::connection::try_wait;
use selvedge::subprocess::{Command, ExitStatus, Popen, Signal, Stdio};
use subprocess_support::{alone, block_on, child, eventually, ms, poll_once, scenario};

/// A child that ends when its standard input does.
fn cat() -> Popen {
    Command::new("cat")
        .stdin(Stdio::Pipe)
        .stdout(Stdio::Null)
        .start()
        .unwrap()
}

/// A child that any signal ends, also one that this process ignores because it runs in the background.
#[allow(unsafe_code, reason = "changes signals in the child")]
fn sleeper() -> Popen {
    let restore = || {
        for signal in [libc::SIGHUP, libc::SIGINT] {
            // SAFETY: the default action.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        Ok(())
    };
    let command = Command::new("sleep").arg("1000");
    // SAFETY: the closure makes system calls only.
    unsafe { command.pre_exec(restore) }.start().unwrap()
}

/// CPython: `test_poll`, `test_wait`.
#[test]
fn s52_poll() {
    let _alone = alone();
    let child = cat();
    assert_eq!((child.try_wait(), child.status()), (None, None));
    drop(child.take_stdin());
    eventually(|| child.try_wait().is_some());
    assert_eq!(child.try_wait(), Some(ExitStatus::Exited(0)));
    assert_eq!(child.status(), Some(ExitStatus::Exited(0)));
    assert_eq!(child.wait(), ExitStatus::Exited(0), "again and again");
}

/// CPython: `test_run_abort`, `ContextManagerTests.test_returncode`.
#[test]
fn s61_how_it_ended() {
    let _alone = alone();
    for code in [0, 1, 47, 255] {
        let status = child("exit").arg(code.to_string()).start().unwrap().wait();
        assert_eq!(
            (status.code(), status.returncode(), status.signal()),
            (Some(code), Some(code), None)
        );
        assert_eq!(status.success(), code == 0);
    }
    let status = child("abort").start().unwrap().wait();
    assert_eq!(
        (status.signal(), status.returncode(), status.code()),
        (Some(Signal::ABRT), Some(-6), None)
    );
    let status = Command::shell("kill -40 $$").start().unwrap().wait();
    assert_eq!(status.signal().map(Signal::number), Some(40));
    assert_eq!(status.to_string(), "died with unknown signal 40");
}

/// CPython: `test_wait_timeout`.
#[test]
fn s53_wait_with_a_time_limit() {
    let _alone = alone();
    let child = cat();
    let begin = Instant::now();
    let error = child.wait_timeout(ms(60)).unwrap_err();
    assert!(begin.elapsed() >= ms(60));
    assert_eq!((error.timeout(), error.stdout()), (ms(60), None));
    assert_eq!(error.args(), ["cat"]);
    assert!(
        error.to_string().contains("cat") && error.to_string().contains("60ms"),
        "{error}"
    );
    child.wait_timeout(Duration::ZERO).unwrap_err();
    child.wait_deadline(Instant::now()).unwrap_err();
    let begin = Instant::now();
    child.wait_deadline(begin + ms(20)).unwrap_err();
    assert!(begin.elapsed() >= ms(20));
    drop(child.take_stdin());
    assert_eq!(child.wait_timeout(Duration::MAX), Ok(ExitStatus::Exited(0)));
    assert_eq!(
        child.wait_timeout(Duration::ZERO),
        Ok(ExitStatus::Exited(0))
    );
    assert_eq!(child.wait_deadline(begin), Ok(ExitStatus::Exited(0)));
}

#[test]
fn s53_zero_is_enough_for_one_that_has_ended() {
    let _alone = alone();
    let child = Command::new("true").start().unwrap();
    // Somebody else sees its end first, and does not collect it.
    let pidfd = child.pidfd().unwrap().try_clone_to_owned().unwrap();
    wait_readable(&pidfd);
    assert_eq!(
        child.wait_timeout(Duration::ZERO),
        Ok(ExitStatus::Exited(0))
    );
}

#[allow(unsafe_code, reason = "polls a descriptor")]
fn wait_readable(fd: &impl AsFd) {
    use std::os::fd::AsRawFd;
    let mut poll = libc::pollfd {
        fd: fd.as_fd().as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one place.
    assert_eq!(unsafe { libc::poll(&raw mut poll, 1, -1) }, 1);
    assert_ne!(poll.revents & libc::POLLIN, 0);
}

/// Many threads wait in all ways; all are told (CPython's `test_threadsafe_wait`).
#[test]
fn s53_many_wait_for_one() {
    let _alone = alone();
    for _ in 0..10 {
        let child = cat();
        let begin = Barrier::new(13);
        thread::scope(|scope| {
            for thread in 0..12 {
                let (child, begin) = (&child, &begin);
                scope.spawn(move || {
                    begin.wait();
                    let status = match thread % 4 {
                        0 => child.wait(),
                        1 => child.wait_timeout(Duration::from_secs(1000)).unwrap(),
                        2 => block_on(child.wait_async()),
                        _ => loop {
                            if let Some(status) = child.try_wait() {
                                break status;
                            }
                            thread::yield_now();
                        },
                    };
                    assert_eq!(status, ExitStatus::Exited(0));
                });
            }
            begin.wait();
            drop(child.take_stdin());
        });
    }
}

#[test]
fn wait_as_a_future() {
    let _alone = alone();
    let child = cat();
    {
        let mut future = pin!(child.wait_async());
        assert!(poll_once(future.as_mut()).is_pending());
        assert!(poll_once(future.as_mut()).is_pending());
        // Dropped: nothing is lost.
    }
    let mut first = pin!(child.wait_async());
    let mut second = Box::pin(child.wait_async());
    assert!(poll_once(first.as_mut()).is_pending());
    assert!(poll_once(second.as_mut()).is_pending());
    drop(second);
    drop(child.take_stdin());
    assert_eq!(block_on(first), ExitStatus::Exited(0));
    assert_eq!(block_on(child.wait_async()), ExitStatus::Exited(0));
}

/// Futures may go to other threads, and be woken there.
#[test]
fn futures_are_send() {
    fn send<T: Send>(_: &T) {}
    fn sync<T: Send + Sync + std::fmt::Debug>(_: &T) {}
    let _alone = alone();
    let child = cat();
    sync(&child);
    sync(&Command::new("x"));
    let future = child.wait_async();
    send(&future);
    let talk = child.communicate_async(b"");
    send(&talk);
    drop(talk);
    thread::scope(|scope| {
        scope.spawn(|| block_on(future));
        drop(child.take_stdin());
    });
}

struct Panics(AtomicUsize);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        std::panic::resume_unwind(Box::new("expected"));
    }
}

/// A waker that panics costs nobody else their news.
#[test]
fn wakers_that_panic() {
    let _alone = alone();
    let (one, two) = (cat(), cat());
    let panics = Arc::new(Panics(AtomicUsize::new(0)));
    let waker = Waker::from(panics.clone());
    let mut future = pin!(one.wait_async());
    use std::future::Future;
    assert!(
        future
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    drop(one.take_stdin());
    eventually(|| panics.0.load(Ordering::Relaxed) == 1);
    drop(two.take_stdin());
    assert_eq!(block_on(two.wait_async()), ExitStatus::Exited(0));
    assert_eq!(block_on(future), ExitStatus::Exited(0));
}

/// CPython: `test_send_signal`, `test_kill`, `test_terminate`, `test_send_signal_dead`, `test_kill_dead`, `test_terminate_dead`.
#[test]
fn s59_signals() {
    let _alone = alone();
    type Send = fn(&Popen) -> std::io::Result<()>;
    let send: [(Send, Signal); 5] = [
        (|child| child.send_signal(Signal::USR1), Signal::USR1),
        (|child| child.send_signal(libc::SIGHUP), Signal::HUP),
        (Popen::terminate, Signal::TERM),
        (Popen::kill, Signal::KILL),
        (Popen::interrupt, Signal::INT),
    ];
    for (send, signal) in send {
        let child = sleeper();
        send(&child).unwrap();
        assert_eq!(child.wait().signal(), Some(signal));
        // To the dead: nothing, and no error.
        send(&child).unwrap();
    }
    let child = sleeper();
    child.send_signal(0).unwrap();
    let error = child.send_signal(1000).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert_eq!(child.try_wait(), None);
    // To one that has ended and that nobody has waited for.
    child.kill().unwrap();
    wait_readable(&child.pidfd().unwrap());
    child.terminate().unwrap();
    assert_eq!(child.wait().signal(), Some(Signal::KILL));
}

/// Signals from all sides while others wait (CPython's `test_send_signal_race`; the numbers of children of this test are used again quickly in a small PID space only, so this
/// shows that nothing fails or hangs).
/// (CPython: `test_send_signal_race`, `test_send_signal_race2`.)
#[test]
fn s59_signals_and_waits_race() {
    let _alone = alone();
    for _ in 0..100 {
        let child = Command::new("true").start().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                while child.try_wait().is_none() {
                    child.send_signal(0).unwrap();
                }
            });
            scope.spawn(|| {
                for _ in 0..20 {
                    child.terminate().unwrap();
                }
            });
            let _ = child.wait();
        });
    }
}

/// CPython: `test_stopped`.
#[test]
fn stopped_is_not_ended() {
    let _alone = alone();
    let child = cat();
    child.send_signal(Signal::STOP).unwrap();
    child.wait_timeout(ms(30)).unwrap_err();
    drop(child.take_stdin());
    child.wait_timeout(ms(30)).unwrap_err();
    child.send_signal(Signal::CONT).unwrap();
    assert!(child.wait().success());
}

/// CPython: `test_wait_when_sigchild_ignored`.
#[test]
fn s63_others_collect_the_child() {
    let _alone = alone();
    scenario("sigchld-ignored");
    scenario("stolen");
    scenario("stolen-no-pidfd");
}

#[test]
fn waiting_without_a_pidfd() {
    let _alone = alone();
    scenario("no-pidfd");
}

/// A kernel that has never heard of pidfds (before Linux 5.2), by a filter that refuses the calls.
/// (CPython: the whole of `ProcessTestCaseNoPoll`: `test_wait_timeout`.)
#[test]
fn waiting_on_a_kernel_without_pidfds() {
    let _alone = alone();
    scenario("no-pidfd-kernel");
}

/// CPython: `test_communicate_eintr`.
#[test]
fn s54_interrupted_calls_go_on() {
    let _alone = alone();
    scenario("signal-storm");
    scenario("signal-storm-by-clone");
}

#[test]
fn a_forked_copy_has_no_child() {
    let _alone = alone();
    scenario("forked-copy");
}

#[test]
fn the_pidfd_can_be_polled() {
    let _alone = alone();
    let child = cat();
    let pidfd = child.pidfd().unwrap();
    drop(child.take_stdin());
    wait_readable(&pidfd);
    assert_eq!(child.try_wait(), Some(ExitStatus::Exited(0)));
}

/// The handle itself is a descriptor: its pidfd.
#[test]
fn the_handle_can_be_polled() {
    use std::os::fd::AsRawFd;
    let _alone = alone();
    let child = cat();
    let number = child.pidfd().unwrap().as_raw_fd();
    assert_eq!(child.as_fd().as_raw_fd(), number);
    assert_eq!(child.sentinel().unwrap().as_raw_fd(), number);
    assert!(try_wait(&[&child]).unwrap().is_empty());
    drop(child.take_stdin());
    wait_readable(&child);
    assert_eq!(child.try_wait(), Some(ExitStatus::Exited(0)));
    assert_eq!(try_wait(&[&child]).unwrap(), [0]);
}

/// Without a pidfd there is another descriptor; or an error, while there is room for none.
#[test]
fn a_descriptor_without_a_pidfd() {
    let _alone = alone();
    scenario("sentinel-no-pidfd");
}

/// CPython: `test_repr`.
#[test]
fn s66_debug() {
    let _alone = alone();
    let child = Command::new("sleep").args(["0", "0"]).start().unwrap();
    assert_eq!(
        format!("{child:?}"),
        r#"Popen { status: None, args: ["sleep", "0", "0"] }"#
    );
    let _ = child.wait();
    assert!(format!("{child:?}").contains("Exited(0)"));
    let child = Command::new("true")
        .args(vec!["long"; 100])
        .start()
        .unwrap();
    let text = format!("{child:?}");
    assert!(
        text.chars().count() <= 82 && text.ends_with("... }"),
        "{text}"
    );
    let _ = child.wait();
}
