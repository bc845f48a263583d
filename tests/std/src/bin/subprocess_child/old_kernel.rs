//! A process on a kernel without pidfds: a filter refuses the system calls as such a kernel does.
//!
//! # Safety
//!
//! `prctl` with a filter that lives on the stack during the call, which is when the kernel copies it. The filter only refuses; it lets all else through.
#![allow(unsafe_code, reason = "prctl")]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::subprocess::{Command, ExitStatus, Signal, Stdio, Step};

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

/// The call does not happen, and fails with this error.
const fn refuse(errno: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | errno.cast_unsigned()
}

const fn rule(code: u32, yes: u8, no: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter {
        code: code as u16,
        jt: yes,
        jf: no,
        k,
    }
}

/// Where `seccomp_data` has the number of the call, and the lower half of its first argument.
const NUMBER: u32 = 0;
const FIRST: u32 = if cfg!(target_endian = "little") {
    16
} else {
    20
};

/// Refuses `pidfd_open` and `pidfd_send_signal` as unknown, and `clone` with CLONE_PIDFD as invalid. False if the system has no filters.
fn forget_pidfds() -> bool {
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const ANY: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    let mut rules = [
        rule(LOAD, 0, 0, NUMBER),
        rule(EQUAL, 5, 0, libc::SYS_pidfd_open as u32),
        rule(EQUAL, 4, 0, libc::SYS_pidfd_send_signal as u32),
        rule(EQUAL, 0, 4, libc::SYS_clone as u32),
        rule(LOAD, 0, 0, FIRST),
        rule(ANY, 0, 2, libc::CLONE_PIDFD.cast_unsigned()),
        rule(RETURN, 0, 0, refuse(libc::EINVAL)),
        rule(RETURN, 0, 0, refuse(libc::ENOSYS)),
        rule(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: rules.len() as u16,
        filter: rules.as_mut_ptr(),
    };
    // SAFETY: numbers, and a filter that lives until the end of the call.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
            ) == 0
    }
}

/// The filter works: the system refuses what it should.
fn refused() {
    // SAFETY: numbers.
    let opened = unsafe { libc::syscall(libc::SYS_pidfd_open, std::process::id(), 0) };
    let error = std::io::Error::last_os_error();
    assert_eq!((opened, error.raw_os_error()), (-1, Some(libc::ENOSYS)));
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
    if !forget_pidfds() {
        say("no filters here: nothing to see");
        return;
    }
    refused();
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
