//! Runs every example and compares what it prints.

mod common;

use std::process::Command;

/// The lines of an example, which must succeed and complain about nothing.
fn lines(name: &str) -> Vec<String> {
    let output = common::run(&mut Command::new(common::example(name)));
    let errors = common::text(&output.stderr);
    assert!(
        output.status.success(),
        "{name}: {}\n{errors}",
        output.status
    );
    assert_eq!(errors, "", "{name}");
    common::text(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

macro_rules! prints {
    ($($test:ident: $name:literal => [$($line:literal),* $(,)?];)*) => {
        $(
            #[test]
            fn $test() {
                assert_eq!(lines($name), [$($line),*]);
            }
        )*

        const TESTED: &[&str] = &[$($name),*];
    };
}

prints! {
    lock: "01_lock" => [
        "page 1, with a guard",
        "page 2, by hand",
        "the printer is locked: false",
        "releasing it once more: the lock is not held",
    ];
    semaphore_pool: "03_semaphore_pool" => [
        "10 queries, never more than 3 at a time",
        "free connections: 3",
        "one more release: the bounded semaphore would exceed its initial value",
    ];
    event: "02_event" => [
        "still closed: timed out",
        "opening the doors",
        "Ada is in",
        "Grace is in",
        "Edsger is in",
        "open: false",
    ];
    condition: "04_condition" => [
        "the sum of what two consumers took: 5050",
        "left in the buffer: 0",
    ];
    barrier: "05_barrier" => [
        "the server says: hello yourself",
        "swept 4 times in 4 rounds",
        "after an abort: the barrier is broken",
    ];
    queue_workers: "06_queue_workers" => [
        "the sum of twenty squares: 2870",
        "jobs done by three workers: 20",
        "job 21 came too late and came back",
    ];
    timer: "07_timer" => ["the alarm is off", "hello, world", "not before its time"];
    local: "08_local" => ["the other thread: (None, Some(2))", "this thread: Some(1)"];
    threads: "09_threads" => [
        "this is MainThread",
        "40 + 2 = 42",
        "directly: 42",
        "sleeper still sleeps",
        "threads now: 2",
        "threads afterwards: 1",
        "the hook heard: oops",
        "the join heard: oops",
    ];
    both: "10_same_lock_blocking_and_async" => [
        "a task is done",
        "a task is done",
        "a task is done",
        "the thread is done",
        "counted: 4000",
    ];
    sched: "12_sched" => [
        "8 events, the first of priority 2",
        "after  0 ms: later still",
        "after  0 ms: late",
        "after 30 ms: one more",
        "after 40 ms: first",
        "after 40 ms: second, for Ada",
        "after 40 ms: third",
        "after 60 ms: the default",
        "nothing left: true",
    ];
    context: "13_context" => [
        "by default: 42",
        "set: spam",
        "inside 7, outside 42",
        "in the copy: title = spam",
        "in the copy: var = 7",
        "reset: the context variable \"title\" has no value",
        "the server says: hello",
        "the server says: is there anybody?",
        "the server says: Good bye, client at 127.0.0.1",
        "without a client: Good bye: the context variable \"client\" has no value",
    ];
    context_tokio: "14_context_tokio" => [
        "request: Ada in transaction 1",
        "helper: Ada in no transaction",
        "within: Ada in transaction 1",
        "stranger: nobody in no transaction",
        "request: Grace in transaction 2",
        "helper: Grace in no transaction",
        "within: Grace in transaction 2",
        "stranger: nobody in no transaction",
        "main: nobody in no transaction",
    ];
    subprocess: "15_subprocess" => [
        "spam.txt",
        "ls: returned exit status 0",
        "check: `/bin/sh -c 'exit 1'` returned non-zero exit status 1",
        "captured: crw-rw-rw-",
        "by its path",
        "words: two words;it's;$HOME;",
        "quoted: printf '%s;' 'two words' 'it'\"'\"'s' '$HOME'",
        "killed: Some(SIGKILL), after \"first\"",
        "config: NAME=1",
        "config: PATH_MAX=2",
        "substituted: lib",
        "three pipelines: \"hda hdb\"",
        "exit 2: returned Some(2)",
        "kill -9 $$: ended by SIGKILL",
        "no program: not started: cannot run the program \"/no/such/program\": No such file or directory (os error 2)",
        "spawned: true, then Some(3)",
        "spawned and waited: Some(0)",
        "by a list: 2 arguments",
        "its environment: PATH=/usr/bin",
        "popen: returned exit status 0",
        "[\"SOME WORDS\\n\", \"done\\n\"]",
        "popen: returned exit status 0",
        "[\"SOME WORDS\\ndone\\n\", \"\"]",
        "merged: true",
        "echo /bin/ls: Some(0), lines: 1",
        "cat /bin/junk: Some(1), lines: 1",
        "no-such-program: Some(127), lines: 1",
        "kill $$: Some(-15), lines: 0",
        "output: /dev/null",
    ];
    subprocess_tokio: "15_subprocess_tokio" => [
        "said: [\"one\", \"two\", \"three\", \"four\"]",
        "patience: it died with SIGTERM",
        "counted: [\"1\", \"a\", \"2\", \"b\"]",
        "bytes of output and of errors: [6, 7]",
    ];
    executor: "16_executor" => [
        "323 to the fifth: 3515706497843",
        "copied: [1, 2, 3, 4] bytes",
        "in a pool of one: 25",
        "each waits for the other: both failed: true",
    ];
    pages: "17_pages" => [
        "/selvedge has 26 bytes: an edge that does not fray",
        "/tangle failed: status 404",
        "/warp has 27 bytes: threads that run lengthwise",
        "/weft has 23 bytes: threads that run across",
    ];
    primes: "18_primes" => [
        "112272535095293 is prime: true",
        "112582705942171 is prime: true",
        "112272535095293 is prime: true",
        "115280095190773 is prime: true",
        "115797848077099 is prime: true",
        "1099726899285419 is prime: false",
        "primes of four digits: 1061",
    ];
    directory_hash: "19_directory_hash" => [
        "4a11f19e8a35a0df a",
        "4c7e79cb792f4325 b",
        "8ffe6331d3e53221 deep/c",
        "ec4214dae4624d4b all 3 files",
    ];
    pool_tokio: "20_pool_tokio" => [
        "100000! has 456574 digits",
        "digits: 7",
        "digits: 158",
        "digits: 2568",
        "heard of: the timer of tokio, a queue of ours",
        "blocked on: 42",
        "cancelled: true",
    ];
    word: "layers_1_word" => ["4 bytes of lock counted 2000"];
    typed: "layers_2_typed" => ["8 bytes of mutex counted 2000"];
    std: "layers_3_std" => ["8 bytes of mutex counted 2000"];
}

/// Needs the feature, and so it is built and run with it only.
#[cfg(feature = "deadlock-detection")]
#[test]
fn deadlock() {
    let expected = [
        "probable deadlock of 3 threads",
        "Ada took a fork in line 14 and waits for the next in line 16",
        "Grace took a fork in line 14 and waits for the next in line 16",
        "Edsger took a fork in line 14 and waits for the next in line 16",
        "still waiting: 3",
    ];
    assert_eq!(lines("11_deadlock"), expected);
}

/// An example that nobody tests, or that the list in the README does not have, is a mistake.
#[test]
fn all_are_listed() {
    let root = env!("CARGO_MANIFEST_DIR");
    let manifest = std::fs::read_to_string(format!("{root}/Cargo.toml")).unwrap();
    let readme = std::fs::read_to_string(format!("{root}/README.md")).unwrap();
    let mut examples = 0;
    for section in manifest.split("[[example]]").skip(1) {
        let name = section.split('"').nth(1).expect("each has a name");
        let has_its_own_tests = ["wordcount", "make"].contains(&name);
        let in_readme = [format!("`{name}`"), format!("--example {name} ")];
        assert!(
            in_readme.iter().any(|text| readme.contains(text)),
            "README: {name}"
        );
        if section.contains("required-features") {
            continue;
        }
        assert!(TESTED.contains(&name) || has_its_own_tests, "tests: {name}");
        examples += 1;
    }
    assert_eq!(examples, TESTED.len() + 2);
}
