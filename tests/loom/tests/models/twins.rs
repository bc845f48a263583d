//! The weakened twins: each edge taken away from the real code, and a model that must then fail.
//!
//! A twin runs as a process of its own, because loom ends a failed run by unwinding threads in the middle of what they do, and
//! that may abort.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use loom_tests::WEAKEN;

/// Two accesses to data that are not ordered.
const RACE: &str = "Causality violation";
/// A wake-up that was lost.
const DEADLOCK: &str = "deadlock; threads =";

/// Edge or half of it, model, what loom says.
const TWINS: &[(&str, &str, &str)] = &[
    ("released/acquire", "lock::Futex::two_take_turns", RACE),
    ("released/release", "lock::Futex::two_take_turns", RACE),
    (
        "released/acquire",
        "lock::Futex::two_take_turns_with_a_mutex",
        RACE,
    ),
    (
        "released/release",
        "lock::Futex::two_take_turns_with_a_mutex",
        RACE,
    ),
    (
        "released/acquire",
        "lock::Futex::only_one_tries_with_success",
        RACE,
    ),
    (
        "released/release",
        "lock::Futex::only_one_tries_with_success",
        RACE,
    ),
    (
        "released/acquire",
        "lock::Futex::a_fair_release_hands_over",
        RACE,
    ),
    (
        "released/release",
        "lock::Futex::a_fair_release_hands_over",
        RACE,
    ),
    ("released/acquire", "lock::Parking::two_take_turns", RACE),
    ("released/release", "lock::Parking::two_take_turns", RACE),
    ("released/acquire", "rlock::Futex::two_nest", DEADLOCK),
    ("released/release", "rlock::Futex::two_nest", DEADLOCK),
    ("released/acquire", "rwlock::Futex::two_writers", RACE),
    ("released/release", "rwlock::Futex::two_writers", RACE),
    (
        "released/acquire",
        "rwlock::Futex::a_writer_and_a_reader",
        RACE,
    ),
    (
        "released/release",
        "rwlock::Futex::a_writer_and_a_reader",
        RACE,
    ),
    (
        "released/acquire",
        "rwlock::Futex::a_writer_becomes_a_reader",
        RACE,
    ),
    (
        "released/release",
        "rwlock::Futex::a_writer_becomes_a_reader",
        RACE,
    ),
    (
        "permit/acquire",
        "semaphore::Futex::a_release_meets_a_waiter",
        RACE,
    ),
    (
        "permit/release",
        "semaphore::Futex::a_release_meets_a_waiter",
        RACE,
    ),
    (
        "permit/acquire",
        "semaphore::Futex::a_bounded_permit_goes_round",
        RACE,
    ),
    (
        "permit/release",
        "semaphore::Futex::a_bounded_permit_goes_round",
        RACE,
    ),
    (
        "added-or-registered",
        "semaphore::Futex::a_release_meets_a_waiter",
        DEADLOCK,
    ),
    (
        "added-or-registered",
        "futures::Futex::a_permit_for_a_future",
        DEADLOCK,
    ),
    (
        "event-set/acquire",
        "event::Futex::a_set_meets_a_waiter",
        RACE,
    ),
    (
        "event-set/release",
        "event::Futex::a_set_meets_a_waiter",
        RACE,
    ),
    (
        "event-set/acquire",
        "event::Futex::a_short_set_wakes_a_future",
        RACE,
    ),
    (
        "event-set/release",
        "event::Futex::a_short_set_wakes_a_future",
        RACE,
    ),
    (
        "event-set/acquire",
        "event::Futex::a_short_set_meets_a_waiter",
        RACE,
    ),
    (
        "event-set/release",
        "event::Futex::a_short_set_meets_a_waiter",
        RACE,
    ),
    (
        "event-set/release",
        "event::Futex::a_second_set_publishes_too",
        RACE,
    ),
    ("turn", "rwlock::Futex::two_writers", DEADLOCK),
    (
        "turn",
        "rwlock::Futex::a_future_and_a_thread_write",
        DEADLOCK,
    ),
    ("turn/acquire", "rwlock::Futex::two_writers", DEADLOCK),
    ("turn/release", "rwlock::Futex::two_writers", DEADLOCK),
    (
        "gone-or-registered",
        "rwlock::Futex::a_writer_gives_up_beside_a_newcomer",
        DEADLOCK,
    ),
    (
        "taken-or-registered",
        "rwlock::Futex::a_writer_gives_up_before_a_writer",
        DEADLOCK,
    ),
    (
        "notified/acquire",
        "condition::Futex::a_notification_under_the_lock",
        RACE,
    ),
    (
        "notified/release",
        "condition::Futex::a_notification_under_the_lock",
        RACE,
    ),
    ("notified/acquire", "barrier::Futex::two_meet", RACE),
    ("notified/release", "barrier::Futex::two_meet", RACE),
    (
        "notified/acquire",
        "futures::Futex::an_event_for_a_future_that_looks_early",
        RACE,
    ),
    (
        "notified/release",
        "futures::Futex::an_event_for_a_future_that_looks_early",
        RACE,
    ),
    (
        "notified/acquire",
        "futures::Futex::a_locking_future_is_dropped",
        RACE,
    ),
    (
        "notified/release",
        "futures::Futex::a_locking_future_is_dropped",
        RACE,
    ),
    (
        "listed-or-looked",
        "futures::Futex::an_event_for_a_future",
        DEADLOCK,
    ),
    (
        "listed-or-looked",
        "futures::Futex::a_lock_for_a_future_and_a_thread",
        DEADLOCK,
    ),
    (
        "listed-or-looked",
        "event::Parking::a_set_meets_a_waiter",
        DEADLOCK,
    ),
    (
        "listed-or-looked",
        "lock::Parking::two_take_turns",
        DEADLOCK,
    ),
    (
        "listed-or-looked",
        "condition::Parking::one_is_moved_to_a_lock_that_is_wanted",
        DEADLOCK,
    ),
    ("slot-written/acquire", "segments::a_put_meets_a_get", RACE),
    ("slot-written/release", "segments::a_put_meets_a_get", RACE),
    ("slot-read/acquire", "segments::a_block_is_used_again", RACE),
    ("slot-read/release", "segments::a_block_is_used_again", RACE),
    ("head-moved/acquire", "segments::a_put_meets_a_get", RACE),
    ("head-moved/release", "segments::a_put_meets_a_get", RACE),
    (
        "head-moved/acquire",
        "segments::two_get_at_a_border",
        "left == right",
    ),
    (
        "head-moved/release",
        "segments::two_get_at_a_border",
        "left == right",
    ),
    (
        "tail-moved/acquire",
        "segments::two_put_at_a_border",
        "left == right",
    ),
    (
        "tail-moved/release",
        "segments::two_put_at_a_border",
        "left == right",
    ),
    (
        "block-given/acquire",
        "segments::a_getter_behind_a_putter",
        RACE,
    ),
    (
        "block-given/release",
        "segments::a_getter_behind_a_putter",
        RACE,
    ),
    ("closed/acquire", "segments::a_close_meets_a_put", RACE),
    ("closed/release", "segments::a_close_meets_a_put", RACE),
    ("task-done/acquire", "segments::two_tasks_are_done", RACE),
    ("task-done/release", "segments::two_tasks_are_done", RACE),
    ("guard-left/acquire", "table::a_spin_guard_excludes", RACE),
    ("guard-left/release", "table::a_spin_guard_excludes", RACE),
    ("spsc-put/acquire", "spsc::a_push_meets_a_pop", RACE),
    ("spsc-got/acquire", "spsc::around_one_place", RACE),
    ("spsc-got/acquire", "spsc::around_two_places", RACE),
    (
        "spsc-left/acquire",
        "spsc::a_putter_leaves",
        "an item is lost",
    ),
    ("spsc-left/acquire", "spsc::split_again", RACE),
    ("spsc-left/acquire", "spsc::both_leave", "left == right"),
    ("spsc-put/release", "spsc::a_push_meets_a_pop", RACE),
    ("spsc-got/release", "spsc::around_one_place", RACE),
    ("spsc-got/release", "spsc::around_two_places", RACE),
    (
        "spsc-left/release",
        "spsc::a_putter_leaves",
        "an item is lost",
    ),
    ("spsc-left/release", "spsc::split_again", RACE),
    ("spsc-left/release", "spsc::both_leave", "left == right"),
    (
        "put-or-listed",
        "spsc::Futex::an_item_meets_a_waiter",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "spsc::Parking::room_meets_a_waiter",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "spsc::Futex::a_producer_leaves_a_waiter",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "spsc::Parking::an_item_for_a_future",
        DEADLOCK,
    ),
    ("slot/acquire", "ring::a_put_meets_a_get_in_one_place", RACE),
    ("slot/release", "ring::a_put_meets_a_get_in_one_place", RACE),
    ("slot/acquire", "ring::around_two_places", RACE),
    ("slot/release", "ring::around_two_places", RACE),
    ("closed/acquire", "ring::closing_publishes", RACE),
    ("closed/release", "ring::closing_publishes", RACE),
    (
        "closed/acquire",
        "event_count::Futex::a_shutdown_meets_a_getter",
        RACE,
    ),
    (
        "closed/release",
        "event_count::Futex::a_shutdown_meets_a_getter",
        RACE,
    ),
    ("task-done/acquire", "ring::two_tasks_are_done", RACE),
    ("task-done/release", "ring::two_tasks_are_done", RACE),
    (
        "task-done/acquire",
        "event_count::Futex::a_task_is_done",
        RACE,
    ),
    (
        "task-done/release",
        "event_count::Futex::a_task_is_done",
        RACE,
    ),
    (
        "put-or-listed",
        "event_count::Futex::a_put_meets_a_getter",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "event_count::Futex::a_get_meets_a_putter",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "event_count::Futex::a_count_meets_a_getter",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "event_count::Futex::a_count_meets_a_future",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "event_count::Futex::a_discarding_shutdown_meets_a_put",
        "left == right",
    ),
    (
        "put-or-listed",
        "select::Futex::one_of_two_queues",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "select::Futex::a_future_of_two_queues",
        DEADLOCK,
    ),
    (
        "claimed-or-listed",
        "event_count::Futex::a_put_meets_a_future",
        DEADLOCK,
    ),
    (
        "claimed-or-listed",
        "select::Futex::one_of_two_queues",
        DEADLOCK,
    ),
    (
        "claimed-or-listed",
        "select::Futex::a_future_of_two_queues",
        DEADLOCK,
    ),
    (
        "listed-or-looked",
        "select::Futex::one_of_two_events",
        DEADLOCK,
    ),
    (
        "listed-or-looked",
        "select::Futex::a_future_of_two_events",
        DEADLOCK,
    ),
    (
        "all-risen",
        "select::Futex::another_takes_the_item",
        DEADLOCK,
    ),
    ("notified/acquire", "select::Futex::one_of_two_queues", RACE),
    ("notified/release", "select::Futex::one_of_two_queues", RACE),
    (
        "listed-or-looked",
        "sched::Parking::an_earlier_event_wakes_a_run",
        DEADLOCK,
    ),
    (
        "listed-or-looked",
        "sched::Parking::a_cancelled_event_wakes_a_run",
        DEADLOCK,
    ),
    (
        "listed-or-looked",
        "sched::Futex::an_earlier_event_wakes_a_future",
        DEADLOCK,
    ),
    (
        "listed-or-looked",
        "sched::Futex::a_cancelled_event_wakes_a_future",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "growing::Futex::a_put_meets_a_getter",
        DEADLOCK,
    ),
    (
        "put-or-listed",
        "growing::Parking::a_put_meets_a_getter",
        DEADLOCK,
    ),
    (
        "claimed-or-listed",
        "growing::Futex::a_put_meets_a_future",
        DEADLOCK,
    ),
    (
        "event-set/acquire",
        "select::Futex::one_of_two_events",
        RACE,
    ),
    (
        "event-set/release",
        "select::Futex::one_of_two_events",
        RACE,
    ),
    (
        "future-done/acquire",
        "future::Futex::a_value_meets_a_taker",
        RACE,
    ),
    (
        "future-done/release",
        "future::Futex::a_value_meets_a_taker",
        RACE,
    ),
    (
        "future-done/acquire",
        "future::Futex::a_value_for_a_future",
        RACE,
    ),
    (
        "future-done/release",
        "future::Futex::a_value_for_a_future",
        RACE,
    ),
    (
        "future-settled/acquire",
        "future::Futex::a_callback_meets_a_value",
        RACE,
    ),
    (
        "future-settled/release",
        "future::Futex::a_callback_meets_a_value",
        RACE,
    ),
    ("future-free/acquire", "future::Futex::used_again", RACE),
    ("future-free/release", "future::Futex::used_again", RACE),
    (
        "listed-or-looked",
        "future::Futex::a_value_for_a_future",
        DEADLOCK,
    ),
    (
        "task-or-idle",
        "idle::Futex::a_stored_task_meets_a_worker",
        DEADLOCK,
    ),
    (
        "task-or-idle",
        "idle::Parking::a_stored_task_meets_a_worker",
        DEADLOCK,
    ),
    (
        "task-or-idle",
        "idle::Futex::a_task_that_needs_one_that_it_adds",
        DEADLOCK,
    ),
    (
        "task-or-idle",
        "idle::Futex::two_tasks_that_need_each_other",
        DEADLOCK,
    ),
    (
        "task-or-idle",
        "idle::Futex::workers_that_are_made",
        DEADLOCK,
    ),
    (
        "held-turn/acquire",
        "turns::Futex::a_turn_meets_a_hold",
        RACE,
    ),
    (
        "held-turn/release",
        "turns::Futex::a_turn_meets_a_hold",
        RACE,
    ),
    (
        "held-turn/acquire",
        "turns::Parking::a_turn_meets_a_hold",
        RACE,
    ),
    (
        "held-turn/release",
        "turns::Parking::a_turn_meets_a_hold",
        RACE,
    ),
];

/// Every edge that the code names has a twin.
#[test]
fn every_edge_has_a_twin() {
    let with_twin: BTreeSet<_> = TWINS
        .iter()
        .map(|(edge, ..)| edge.split('/').next().unwrap())
        .collect();
    let named: BTreeSet<_> = selvedge_core::atomics::edges().collect();
    assert_eq!(with_twin, named);
}

/// Each twin fails, and for the reason that it should.
#[test]
fn twins_fail() {
    let mut survivors = Vec::new();
    for (edge, model, report) in TWINS {
        let said = run(edge, model);
        match said {
            Ok(()) => survivors.push(format!("{model} passes without {edge}")),
            Err(said) if said.contains(report) => {}
            Err(said) => survivors.push(format!("{model} without {edge} says:\n{said}")),
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.join("\n"));
}

/// Runs one model in a process of its own with an edge weakened; what it says if it fails.
fn run(edge: &str, model: &str) -> Result<(), String> {
    let start = Instant::now();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", model, "--nocapture", "--test-threads=1"])
        .env(WEAKEN, edge)
        .env("RUST_BACKTRACE", "0")
        .env("LOOM_MAX_DURATION", "60")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned()
        + &String::from_utf8_lossy(&child.stderr);
    assert!(said.contains("running 1 test"), "no model {model}:\n{said}");
    println!("{model} without {edge}: {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(100));
    if child.status.success() {
        Ok(())
    } else {
        Err(said)
    }
}
