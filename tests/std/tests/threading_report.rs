//! What a panic of a thread puts on standard error: one report (rows T-09 to T-12, T-46, T-47; CPython's `ExceptHookTests`).

mod threading_support;
use threading_support::{child, watchdog};

#[track_caller]
fn once(text: &str, part: &str) {
    assert_eq!(text.matches(part).count(), 1, "{part:?} in:\n{text}");
}

#[test]
fn t09_one_report_by_default() {
    let _watchdog = watchdog();
    let told = child("report");
    // Row T-46: the status of the process does not change.
    assert_eq!(told.code, Some(0));
    once(&told.err, "Exception in thread excepthook thread:\n");
    once(&told.err, "run failed");
    once(&told.err, "report.rs");
}

#[test]
fn t09_a_custom_hook_is_all_there_is() {
    let _watchdog = watchdog();
    let told = child("report_custom");
    assert_eq!(
        (told.err.as_str(), told.code),
        ("hook: run failed\n", Some(0))
    );
}

#[test]
fn t11_the_original_hook_comes_back_exactly() {
    let _watchdog = watchdog();
    // The kernel's number of the thread is part of std's message.
    let plain = |text: String| {
        text.chars()
            .filter(|c| !c.is_ascii_digit())
            .collect::<String>()
    };
    let restored = plain(child("report_restored").err);
    assert!(!restored.contains("hook\n"), "{restored}");
    let default = plain(child("report").err);
    assert_eq!(restored, default);
}

#[test]
fn t10_a_hook_that_panics_is_reported_and_contained() {
    let _watchdog = watchdog();
    let told = child("report_hook_fails");
    assert_eq!((told.out.as_str(), told.code), ("still here\n", Some(0)));
    once(&told.err, "Exception in threading.excepthook:\n");
    once(&told.err, "the hook failed");
    assert!(!told.err.contains("run failed"), "{}", told.err);
}

#[test]
fn t09_a_resumed_panic_is_reported_too() {
    let _watchdog = watchdog();
    assert_eq!(
        child("report_resumed").err,
        "Exception in thread excepthook thread:\nresumed\n"
    );
}

#[test]
fn t09_the_panic_hook_of_the_program_goes_on_working() {
    let _watchdog = watchdog();
    assert_eq!(
        child("report_program_hook").err,
        "Exception in thread excepthook thread:\nprogram: run failed\n"
    );
}

#[test]
fn t09_caught_panics_are_not_reported_with_a_custom_hook() {
    let _watchdog = watchdog();
    assert_eq!(child("report_caught").err, "hook: not caught\n");
}

#[test]
fn t47_a_quiet_exit_says_nothing() {
    let _watchdog = watchdog();
    assert_eq!(child("report_quiet").clean(), "");
}

#[test]
fn t46_a_panic_that_ends_the_process_is_never_silent() {
    let _watchdog = watchdog();
    let told = child("report_cannot_unwind");
    assert_eq!(told.code, None);
    once(&told.err, "first");
    once(&told.err, "second");
    once(&told.err, "panic in a destructor during cleanup");
}

#[test]
fn t46_foreign_threads_are_reported_as_ever() {
    let _watchdog = watchdog();
    let told = child("report_foreign");
    once(&told.err, "foreign\n");
    assert!(!told.err.contains("Exception in thread"), "{}", told.err);
}

#[test]
fn t12_a_report_without_a_thread_names_the_ident() {
    let _watchdog = watchdog();
    let told = child("report_by_hand");
    assert_eq!(
        told.err,
        format!("Exception in thread {}:\nbug\n", told.out.trim())
    );
}
