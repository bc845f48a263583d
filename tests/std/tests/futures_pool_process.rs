//! Pools at the end of the process, and in the child of a fork, seen from outside (rows F-08, F-10, F-21; CPython's `test_interpreter_shutdown`, `test_submit_after_interpreter_shutdown`, `test_hang_global_shutdown_lock`).

use std::process::{Command, Stdio};

/// Runs one scenario of `src/bin/pool_child` to its end; what it said. The child has a watchdog of its own.
fn child(scenario: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pool_child"))
        .arg(scenario)
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .output()
        .expect("the child can be started");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn f10_the_exit_runs_what_was_submitted() {
    let said = child("exit_runs_all");
    let mut lines: Vec<_> = said.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["end of main", "task 0", "task 1", "task 2"]);
}

#[test]
fn f10_nothing_is_taken_at_the_exit() {
    assert_eq!(
        child("submit_at_exit"),
        "task\nend of main\ncannot schedule new futures after interpreter shutdown\n"
    );
}

#[test]
fn f10_nothing_is_taken_from_a_task_at_the_exit() {
    assert_eq!(
        child("submit_in_a_task_at_exit"),
        "end of main\ncannot schedule new futures after interpreter shutdown\n"
    );
}

#[test]
fn f10_a_pool_that_nobody_drops() {
    assert_eq!(child("a_static_pool"), "task\n");
}

#[test]
fn f15_a_start_hook_that_panics_breaks_the_pool() {
    assert_eq!(
        child("a_start_hook_panics"),
        "a thread initializer failed, the thread pool is not usable anymore: a start hook of the thread panicked\ntrue\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn f21_a_fork_has_no_workers() {
    assert_eq!(
        child("fork"),
        "the executor belongs to the process that this one is a fork of\nparent\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn f21_a_task_forks() {
    assert_eq!(child("fork_in_a_task"), "child\nparent\n");
}

#[cfg(target_os = "linux")]
#[test]
fn f21_a_child_makes_a_pool_of_its_own() {
    assert_eq!(child("a_pool_in_the_child"), "task\nparent\n");
}
