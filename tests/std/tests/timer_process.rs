//! `threading::Timer` and the process: threads, the end, `fork`. Each test runs in a process of its own.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "calls fork")]

mod timer_support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use selvedge::threading::{self, CancelOutcome, JoinError, StartError, Timer};
use timer_support::{AN_HOUR, alone, ms};

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

fn text(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn ten_thousand_pending_timers_cost_one_thread() {
    let output = alone("ten_thousand_pending_timers_cost_one_thread", || {
        let before = threads();
        let timers: Vec<_> = (0..10_000)
            .map(|n| {
                Timer::builder()
                    .daemon(true)
                    .build(AN_HOUR + ms(n * 7919 % 10_000), || unreachable!())
            })
            .collect();
        assert_eq!(threads(), before, "a timer that is not started costs none");
        for timer in &timers {
            timer.start().unwrap();
        }
        assert_eq!(threads(), before + 1);
        assert_eq!(threading::active_count(), 10_001);
        for timer in &timers {
            assert_eq!(timer.cancel(), CancelOutcome::Cancelled);
        }
        assert_eq!(threads(), before + 1);
        assert_eq!(threading::active_count(), 1);
        println!("counted");
    });
    if let Some(output) = output {
        assert!(
            output.status.success() && text(&output).contains("counted"),
            "{}",
            text(&output)
        );
    }
}

#[test]
fn ten_thousand_timers_fire_once_each_and_their_threads_go() {
    let output = alone(
        "ten_thousand_timers_fire_once_each_and_their_threads_go",
        || {
            let before = threads();
            let called: Arc<Vec<_>> = Arc::new((0..10_000).map(|_| AtomicUsize::new(0)).collect());
            let timers: Vec<_> = (0..10_000)
                .map(|n| {
                    let called = called.clone();
                    Timer::new(ms(n as u64 % 100), move || {
                        called[n].fetch_add(1, Ordering::Relaxed);
                    })
                })
                .collect();
            let mut most = 0;
            for timer in &timers {
                timer.start().unwrap();
            }
            for timer in &timers {
                most = most.max(threads() - before);
                timer.join().unwrap();
            }
            assert!(called.iter().all(|n| n.load(Ordering::Relaxed) == 1));
            // Without timers the threads go, one by one; this waits for as long as it takes.
            while threads() > before {
                std::thread::sleep(ms(20));
            }
            println!("fired; at most {most} threads were seen");
        },
    );
    if let Some(output) = output {
        println!("{}", text(&output));
        assert!(
            output.status.success() && text(&output).contains("fired"),
            "{}",
            text(&output)
        );
    }
}

#[test]
fn t98_a_pending_timer_delays_the_exit_of_the_process() {
    let output = alone("t98_a_pending_timer_delays_the_exit_of_the_process", || {
        Timer::builder()
            .daemon(false)
            .build(ms(300), || {
                // One more, started when the process waits already (row T-21).
                Timer::new(ms(50), || eprintln!("the second timer fired"))
                    .start()
                    .unwrap();
                eprintln!("the first timer fired");
            })
            .start()
            .unwrap();
    });
    if let Some(output) = output {
        assert!(output.status.success());
        let text = text(&output);
        assert!(text.contains("the first timer fired"), "{text}");
        assert!(text.contains("the second timer fired"), "{text}");
    }
}

#[test]
fn t98_a_daemon_and_a_cancelled_timer_do_not() {
    // The watchdog is the test: they would fire in an hour.
    let output = alone("t98_a_daemon_and_a_cancelled_timer_do_not", || {
        Timer::builder()
            .daemon(true)
            .build(AN_HOUR, || ())
            .start()
            .unwrap();
        let cancelled = Timer::builder().daemon(false).build(AN_HOUR, || ());
        cancelled.start().unwrap();
        cancelled.cancel();
        println!("over");
    });
    if let Some(output) = output {
        assert!(output.status.success() && text(&output).contains("over"));
    }
}

#[test]
fn t20_an_exit_callback_can_cancel_what_would_delay_it() {
    let output = alone(
        "t20_an_exit_callback_can_cancel_what_would_delay_it",
        || {
            let timer = Timer::builder().daemon(false).build(AN_HOUR, || ());
            timer.start().unwrap();
            threading::register_atexit(move || {
                assert_eq!(timer.cancel(), CancelOutcome::Cancelled);
                eprintln!("cancelled at exit");
            })
            .unwrap();
        },
    );
    if let Some(output) = output {
        assert!(output.status.success() && text(&output).contains("cancelled at exit"));
    }
}

#[test]
fn t33_a_start_that_the_system_refuses_leaves_everything_as_it_was() {
    let output = alone(
        "t33_a_start_that_the_system_refuses_leaves_everything_as_it_was",
        || {
            let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
            let pages: u64 = statm.split(' ').next().unwrap().parse().unwrap();
            let room = libc::rlimit {
                rlim_cur: pages * 4096 + (512 << 20),
                rlim_max: libc::RLIM_INFINITY,
            };
            // SAFETY: a limit for this process, which is for this test only.
            let outcome = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const room) };
            assert_eq!(outcome, 0);
            let usual = threading::set_stack_size(1 << 30).unwrap();

            let timer = Timer::new(ms(1), || ());
            assert!(matches!(timer.start(), Err(StartError::Os(_))));
            assert!(!timer.is_alive() && timer.ident().is_none() && timer.native_id().is_none());
            assert!(!threading::enumerate().contains(&timer.thread()));
            assert!(matches!(timer.join(), Err(JoinError::NotStarted)));

            threading::set_stack_size(usual).unwrap();
            timer.start().unwrap();
            timer.join().unwrap();
            assert!(timer.finished().is_set());
            println!("refused once");
        },
    );
    if let Some(output) = output {
        assert!(text(&output).contains("refused once"), "{}", text(&output));
        assert!(output.status.success());
    }
}

/// How a forked child ended by itself; `None` if it was killed, by this function for example, because it hung.
fn exit_code(child: libc::pid_t) -> Option<i32> {
    let (send, receive) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        let mut status = 0;
        // SAFETY: waits for a child of this process.
        let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
        let _ = send.send(());
        (waited == child && libc::WIFEXITED(status)).then(|| libc::WEXITSTATUS(status))
    });
    if receive.recv_timeout(Duration::from_secs(60)).is_err() {
        // SAFETY: kills a child of this process, which nobody has waited for.
        unsafe { libc::kill(child, libc::SIGKILL) };
    }
    waiter.join().unwrap()
}

#[test]
fn t51_a_function_forks_and_its_child_has_timers() {
    let output = alone("t51_a_function_forks_and_its_child_has_timers", || {
        let (send, receive) = mpsc::channel();
        let timer = Timer::new(ms(1), move || {
            // SAFETY: the child calls what this crate promises for a forked child, and `_exit`.
            let child = unsafe { libc::fork() };
            if child != 0 {
                return send.send(child).unwrap();
            }
            // The thread goes on in the child, as the only one of the service, and is of use there after this function.
            let start = |after, function: fn()| Timer::new(ms(after), function).start();
            let started = start(20, || {
                let last = Timer::new(ms(20), || {
                    // SAFETY: ends the child without exit handlers.
                    unsafe { libc::_exit(7) };
                });
                last.start().unwrap();
            });
            started.unwrap();
        });
        timer.start().unwrap();
        assert_eq!(exit_code(receive.recv().unwrap()), Some(7));
        timer.join().unwrap();
        println!("parent and child agree");
    });
    if let Some(output) = output {
        let text = text(&output);
        assert!(text.contains("parent and child agree"), "{text}");
        assert!(output.status.success());
    }
}

#[test]
fn t51_in_a_forked_child_timers_are_stopped_and_new_ones_work() {
    let output = alone(
        "t51_in_a_forked_child_timers_are_stopped_and_new_ones_work",
        || {
            let pending = Timer::builder().daemon(true).build(AN_HOUR, || ());
            let idle = Timer::new(AN_HOUR, || ());
            pending.start().unwrap();
            // SAFETY: the child calls what this crate promises for a forked child, and `_exit`.
            let child = unsafe { libc::fork() };
            if child == 0 {
                let stopped = !pending.is_alive() && pending.join().is_ok();
                let new = Timer::new(ms(5), || ());
                let fires = new.start().is_ok() && new.join().is_ok() && new.finished().is_set();
                // A key of the parent's names nothing here.
                let other = Timer::new(AN_HOUR, || ());
                let mut strangers = other.start().is_ok() && idle.start().is_ok();
                strangers &= pending.cancel() == CancelOutcome::Cancelled;
                strangers &= other.is_alive() && other.cancel() == CancelOutcome::Cancelled;
                strangers &= idle.cancel() == CancelOutcome::Cancelled;
                let code = i32::from(stopped) | i32::from(fires) << 1 | i32::from(strangers) << 2;
                // SAFETY: ends the child without exit handlers.
                unsafe { libc::_exit(code) };
            }
            assert_eq!(exit_code(child), Some(7));
            // The parent goes on.
            assert!(pending.is_alive());
            let new = Timer::new(ms(5), || ());
            new.start().unwrap();
            new.join().unwrap();
            println!("parent and child agree");
        },
    );
    if let Some(output) = output {
        assert!(
            text(&output).contains("parent and child agree"),
            "{}",
            text(&output)
        );
        assert!(output.status.success());
    }
}
