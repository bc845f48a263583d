//! `fork` (row T-51): the child has one thread, and knows it. Each scenario runs in a process of its own.
#![cfg(target_os = "linux")]

mod threading_support;
use threading_support::{child, watchdog};

#[test]
fn t51_the_forking_thread_is_main() {
    let _watchdog = watchdog();
    assert_eq!(
        child("fork_main").clean(),
        "MainThread\ntrue\ntrue\ntrue\n1\n"
    );
}

#[test]
fn t06_a_forking_thread_becomes_main_and_keeps_its_name() {
    let _watchdog = watchdog();
    assert_eq!(
        child("fork_thread").clean(),
        "Thread-1 (func)\ntrue\ntrue\ntrue\n1\n"
    );
}

#[test]
fn t51_a_foreign_forking_thread_becomes_main() {
    let _watchdog = watchdog();
    assert_eq!(
        child("fork_foreign").clean(),
        "MainThread\ntrue\ntrue\ntrue\n1\n"
    );
}

#[test]
fn t51_the_others_are_stopped() {
    let _watchdog = watchdog();
    child("fork_others_stopped").clean();
}

#[test]
fn t51_the_exit_of_the_child_joins_its_threads() {
    let _watchdog = watchdog();
    assert_eq!(
        child("fork_join_main").clean(),
        "end of main\nend of thread\n"
    );
}

#[test]
fn t36_the_old_main_is_stopped_in_the_child_of_another_thread() {
    let _watchdog = watchdog();
    assert_eq!(
        child("fork_join_old_main").clean(),
        "end of main\nend of thread\n"
    );
}

#[test]
fn t51_many_threads_fork_at_once() {
    let _watchdog = watchdog();
    child("fork_many").clean();
}

#[test]
fn t51_fork_in_an_exit_handler() {
    let _watchdog = watchdog();
    assert_eq!(child("fork_at_exit").clean(), "child process ok\n");
}

#[test]
fn t51_dummies_vanish() {
    let _watchdog = watchdog();
    assert_eq!(child("fork_dummy").clean(), "2\n1\n");
}

#[test]
fn t51_values_of_others_are_not_destroyed_in_the_child() {
    let _watchdog = watchdog();
    assert_eq!(child("fork_local").clean(), "mine\ndestroyed: mine\n");
}

#[test]
fn t51_waiters_of_the_parent_do_not_wait_in_the_child() {
    let _watchdog = watchdog();
    assert_eq!(child("fork_waiters").clean(), "child process ok\n");
}
