//! Ends of children as descriptors, whatever kind that is.

use std::os::fd::{AsFd, AsRawFd};
use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{try_wait, wait};
use selvedge::subprocess::{ExitStatus, Popen, Signal};

fn is_readable(child: &Popen) -> bool {
    !try_wait(&[child]).expect("it can be looked at").is_empty()
}

/// Readable when the child has ended, not before, and from then on.
pub(crate) fn tell(start: impl Fn(&str) -> Popen) {
    let child = start("exec sleep 1000");
    let number = child.as_fd().as_raw_fd();
    assert!(!is_readable(&child));
    thread::scope(|scope| {
        let waits = [0; 3].map(|_| scope.spawn(|| wait(&[&child]).expect("it can be waited for")));
        thread::sleep(Duration::from_millis(20));
        assert!(waits.iter().all(|wait| !wait.is_finished()));
        child.kill().expect("it can be killed");
        for wait in waits {
            assert_eq!(wait.join().expect("no panic"), [0]);
        }
    });
    let status = child.try_wait().expect("it has ended");
    assert_eq!(status.signal(), Some(Signal::KILL));
    assert!(is_readable(&child) && is_readable(&child));
    assert_eq!(child.as_fd().as_raw_fd(), number);

    // Nobody asked for it before the end was known.
    let child = start("exit 3");
    assert_eq!(child.wait().code(), Some(3));
    assert!(is_readable(&child));

    // The descriptor sees the end first.
    let child = start("exit 3");
    wait(&[&child]).expect("it can be waited for");
    assert_eq!(child.try_wait().and_then(ExitStatus::code), Some(3));

    // Many ask at the same time, and the end comes meanwhile.
    for _ in 0..10 {
        let child = start("exit 3");
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| wait(&[&child]).expect("it can be waited for"));
            }
            let _ = child.wait();
        });
        assert!(is_readable(&child));
    }
}
