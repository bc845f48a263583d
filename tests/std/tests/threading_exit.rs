//! The end of the process, seen from outside (rows T-20, T-21, T-36, T-44, T-45, T-48; CPython's `ThreadJoinOnShutdown` and `AtexitTests`).

mod threading_support;
use threading_support::{child, watchdog};

#[test]
fn t36_who_joins_main_goes_on_at_its_end() {
    let _watchdog = watchdog();
    assert_eq!(child("join_main").clean(), "end of main\nend of thread\n");
}

#[test]
fn t45_process_exit_waits_for_threads() {
    let _watchdog = watchdog();
    let told = child("exit_waits");
    assert_eq!(
        (told.out.as_str(), told.err.as_str(), told.code),
        ("woke up\n", "", Some(5))
    );
}

#[test]
fn t45_a_panic_of_main_waits_for_threads() {
    let _watchdog = watchdog();
    let told = child("panic_waits");
    assert_eq!((told.out.as_str(), told.code), ("woke up\n", Some(101)));
    assert!(told.err.contains("end of main"), "{}", told.err);
}

#[cfg(target_os = "linux")]
#[test]
fn t21_order_of_the_end() {
    let _watchdog = watchdog();
    assert_eq!(
        child("order").clean(),
        "end of main\nsecond callback\nfirst callback\nthread\nlate thread\nexit handler\n"
    );
}

#[test]
fn t20_callbacks_run_once_by_an_explicit_shutdown() {
    let _watchdog = watchdog();
    assert_eq!(
        child("explicit_shutdown").clean(),
        "shutdown\ncallback\nthread\nshut down\nthread after\n"
    );
}

#[test]
fn t20_nothing_is_registered_once_the_shutdown_has_begun() {
    let _watchdog = watchdog();
    assert_eq!(child("late_register").clean(), "true\n");
}

#[test]
fn t20_a_callback_that_panics_does_not_stop_the_others() {
    let _watchdog = watchdog();
    let told = child("callback_panics");
    assert_eq!(
        (told.out.as_str(), told.code),
        ("called all the same\n", Some(0))
    );
    assert_eq!(told.err.matches("bad callback").count(), 1, "{}", told.err);
}

#[test]
fn t44_daemons_that_write_do_not_disturb_the_exit() {
    let _watchdog = watchdog();
    assert_eq!(child("daemons").clean(), "");
}

#[test]
fn t45_exit_in_a_thread_waits_for_the_others() {
    let _watchdog = watchdog();
    let told = child("exit_from_thread");
    assert_eq!(
        (told.out.as_str(), told.err.as_str(), told.code),
        ("the other thread\n", "", Some(7))
    );
}

#[test]
fn t45_a_thread_may_exit_while_main_shuts_down() {
    let _watchdog = watchdog();
    assert_eq!(child("exit_during_shutdown").code, Some(3));
}

#[test]
fn t28_values_of_threads_are_destroyed_before_the_exit() {
    let _watchdog = watchdog();
    assert_eq!(child("local_destroyed_before_exit").clean(), "destroyed\n");
}

#[test]
fn t28_values_of_main_are_there_to_the_last() {
    let _watchdog = watchdog();
    assert_eq!(child("local_of_main").clean(), "value\n");
}

#[test]
fn t21_two_shutdowns_do_not_wait_for_each_other() {
    let _watchdog = watchdog();
    assert_eq!(child("two_shutdowns").clean(), "waits\nwaits\n");
}

#[test]
fn t21_threads_started_meanwhile_are_waited_for() {
    let _watchdog = watchdog();
    assert_eq!(child("many_generations").clean(), "the last one\n");
}

#[cfg(unix)]
#[test]
fn t48_a_stack_overflow_ends_the_process_and_says_so() {
    let _watchdog = watchdog();
    let told = child("stack_overflow");
    assert_eq!(told.code, None);
    assert!(told.err.contains("overflowed its stack"), "{}", told.err);
}
