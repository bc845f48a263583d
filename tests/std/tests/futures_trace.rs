//! The timeline of tasks: with the feature `trace`.

mod futures_map_support;

use std::sync::Mutex;
use std::time::Duration;

use futures_map_support::watched;
use selvedge::concurrent::futures::ThreadPoolExecutor;
use selvedge::concurrent::futures::trace::{AlreadyRecording, Recording};
use serde_json::Value;

/// There is one recording at a time in the process.
static ALONE: Mutex<()> = Mutex::new(());

fn alone(test: impl FnOnce() + Send + 'static) {
    watched(|| {
        let _alone = ALONE
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        test();
    });
}

fn square(number: u64) -> u64 {
    number * number
}

/// As Perfetto reads it: an array of events with names, times, processes and threads.
#[test]
fn the_trace_is_what_viewers_expect() {
    alone(|| {
        let pool = ThreadPoolExecutor::new(2).unwrap();
        drop(pool.spawn_named("before", || ()).unwrap().result());
        let recording = Recording::start(1000).unwrap();
        let named = pool.submit_named("a \"quoted\" name\n", square, 3).unwrap();
        assert_eq!(named.result().unwrap(), 9);
        assert_eq!(pool.submit(square, 4).unwrap().result().unwrap(), 16);
        let slow = pool.spawn_named(format!("task {}", 7), || {
            std::thread::sleep(Duration::from_millis(20))
        });
        slow.unwrap().result().unwrap();
        assert_eq!(pool.map(square, 0..10).unwrap().into_vec().unwrap()[9], 81);
        // A worker notes a task after its result is there.
        drop(pool);
        let timeline = recording.finish();
        assert_eq!(timeline.len(), 3 + 10);

        let mut text = Vec::new();
        timeline.write_chrome(&mut text).unwrap();
        let Value::Array(events) = serde_json::from_slice(&text).unwrap() else {
            panic!("it is an array");
        };
        let (tasks, threads): (Vec<_>, Vec<_>) =
            events.iter().partition(|event| event["ph"] == "X");
        assert_eq!(tasks.len(), 13);
        for event in &tasks {
            assert!(event["ts"].as_f64().unwrap() >= 0.0);
            assert!(event["dur"].as_f64().unwrap() >= 0.0);
            assert!(event["args"]["queued_us"].as_f64().unwrap() >= 0.0);
            assert_eq!(event["pid"], std::process::id());
            assert!(threads.iter().any(|thread| thread["tid"] == event["tid"]));
        }
        for thread in &threads {
            assert_eq!(
                (&thread["ph"], &thread["name"]),
                (&"M".into(), &"thread_name".into())
            );
            let name = thread["args"]["name"].as_str().unwrap();
            assert!(name.starts_with("ThreadPoolExecutor-"), "{name}");
        }
        let named = |name: &str| {
            let mut found = tasks.iter().filter(|task| task["name"] == name);
            found
                .next()
                .unwrap_or_else(|| panic!("{name} is not in {tasks:?}"))
        };
        named("a \"quoted\" name\n");
        assert!(named("task 7")["dur"].as_f64().unwrap() >= 20_000.0);
        let by_type = tasks
            .iter()
            .filter(|task| task["name"].as_str().unwrap().ends_with("square"));
        assert_eq!(
            by_type.count(),
            11,
            "one was submitted, ten were of the map"
        );
    });
}

#[test]
fn the_last_ones_are_kept() {
    alone(|| {
        let pool = ThreadPoolExecutor::new(1).unwrap();
        let recording = Recording::start(5).unwrap();
        assert_eq!(Recording::start(5).unwrap_err(), AlreadyRecording);
        for number in 0..20 {
            drop(
                pool.spawn_named(number.to_string(), || ())
                    .unwrap()
                    .result(),
            );
        }
        drop(pool);
        let timeline = recording.finish();
        let [thread] = timeline.threads() else {
            panic!("there was one");
        };
        let names: Vec<_> = thread.spans().iter().map(|span| span.name()).collect();
        assert_eq!(names, ["15", "16", "17", "18", "19"]);
        assert_eq!(thread.lost(), 15);
    });
}

#[test]
fn dropped_or_over_it_records_nothing() {
    alone(|| {
        let pool = ThreadPoolExecutor::new(1).unwrap();
        drop(Recording::start(5).unwrap());
        let recording = Recording::start(5).unwrap();
        let timeline = recording.finish();
        assert!(timeline.is_empty());
        let mut text = Vec::new();
        timeline.write_chrome(&mut text).unwrap();
        let value: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value, Value::Array(Vec::new()));
        drop(pool.spawn(|| ()).unwrap().result());
        drop(pool);
        assert!(Recording::start(5).unwrap().finish().is_empty());
    });
}
