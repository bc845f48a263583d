//! A parent whose end its children do not outlive.
#![allow(unsafe_code, reason = "kills itself")]

use std::io::Write;
use std::thread;
use std::time::Duration;

use selvedge::subprocess::{Command, OnDrop};

pub(crate) fn run(what: &str) -> bool {
    match what {
        "dies" => dies(),
        "zombie-free" => zombie_free(),
        _ => return false,
    }
    true
}

/// Starts a child from a thread that ends, shows that it lives on, tells its number, and is killed.
fn dies() {
    let command = Command::new("sleep")
        .arg("1000")
        .dies_with_parent(9)
        .on_drop(OnDrop::Detach);
    let child = thread::spawn(move || command.start().expect("it starts"))
        .join()
        .expect("the thread ends");
    thread::sleep(Duration::from_millis(50));
    assert_eq!(
        child.try_wait(),
        None,
        "the end of a thread is not that of its process"
    );
    println!("{}", child.pid());
    std::io::stdout().flush().expect("the test listens");
    // SAFETY: a number.
    unsafe { libc::raise(libc::SIGKILL) };
}

/// Handles that are dropped leave no zombie, and kill nobody.
fn zombie_free() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    for _ in 0..10 {
        let quick = Command::new("true").start().expect("it starts");
        drop(quick);
        let copy = writer.try_clone().expect("a copy");
        let slow = Command::shell("sleep 0.05; echo x")
            .stdout(copy)
            .start()
            .expect("it starts");
        drop(slow);
    }
    drop(writer);
    assert_eq!(
        std::io::read_to_string(reader).expect("text").len(),
        20,
        "all came to their end"
    );
    let children = || {
        std::fs::read_dir("/proc/self/task")
            .expect("proc")
            .filter_map(Result::ok)
            .any(|task| {
                std::fs::read_to_string(task.path().join("children"))
                    .is_ok_and(|it| !it.trim().is_empty())
            })
    };
    while children() {
        thread::sleep(Duration::from_millis(1));
    }
    println!("done");
}
