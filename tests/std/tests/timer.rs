//! `threading::Timer`, rows T-95 to T-98.

mod timer_support;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use selvedge::threading::{
    self, Barrier, CancelOutcome, Event, ExceptHook, JoinError, JoinTimeoutError, Local,
    StartError, Timer, TryJoinError,
};
use timer_support::{AN_HOUR, ms, watched};

fn send_sync<T: Send + Sync + Clone>() {}

#[test]
fn handles_may_go_anywhere() {
    send_sync::<Timer>();
}

#[test]
fn t95_calls_the_function_once_and_not_before_the_interval() {
    watched(|| {
        let (send, receive) = mpsc::channel();
        let started = Instant::now();
        for n in [30, 0, 20, 10, 1, 25] {
            let send = send.clone();
            let timer = Timer::new(ms(n), move || send.send((n, started.elapsed())).unwrap());
            assert!(!timer.is_alive());
            timer.start().unwrap();
        }
        drop(send);
        let fired: Vec<_> = receive.iter().collect();
        for (n, after) in &fired {
            assert!(*after >= ms(*n), "{n} ms fired after {after:?}");
        }
        let mut which: Vec<_> = fired.iter().map(|(n, _)| *n).collect();
        which.sort_unstable();
        assert_eq!(which, [0, 1, 10, 20, 25, 30]);
    });
}

#[test]
fn t95_lateness_is_never_negative_for_many_at_once() {
    watched(|| {
        let (send, receive) = mpsc::channel();
        for n in 0..2000_u64 {
            let interval = Duration::from_nanos(n * 7919 % 50_000_000);
            let send = send.clone();
            let started = Instant::now();
            Timer::new(interval, move || {
                send.send(started.elapsed().checked_sub(interval)).unwrap();
            })
            .start()
            .unwrap();
        }
        drop(send);
        let lateness: Vec<_> = receive.iter().collect();
        assert_eq!(lateness.len(), 2000);
        assert!(lateness.iter().all(Option::is_some), "a timer fired early");
    });
}

#[test]
fn t95_no_sharing_between_what_functions_capture() {
    watched(|| {
        let (send, receive) = mpsc::channel();
        for _ in 0..2 {
            let (mut args, send) = (Vec::new(), send.clone());
            Timer::new(ms(1), move || {
                args.push("blah");
                send.send(args).unwrap();
            })
            .start()
            .unwrap();
        }
        assert_eq!(receive.recv().unwrap(), ["blah"]);
        assert_eq!(receive.recv().unwrap(), ["blah"]);
    });
}

#[test]
fn t95_an_earlier_timer_wakes_the_one_that_minds() {
    watched(|| {
        let far = Timer::new(AN_HOUR, || unreachable!());
        far.start().unwrap();
        std::thread::sleep(ms(30));
        for _ in 0..20 {
            let near = Timer::new(ms(1), || ());
            near.start().unwrap();
            near.join().unwrap();
        }
        assert_eq!(far.cancel(), CancelOutcome::Cancelled);
    });
}

#[test]
fn t95_no_wake_up_is_lost_between_looking_and_sleeping() {
    watched(|| {
        // A thread of the service falls asleep after each timer, for an hour as far as it knows, while the next timer is started.
        let far = Timer::new(AN_HOUR, || unreachable!());
        far.start().unwrap();
        for n in 0..10_000_u32 {
            let near = Timer::new(Duration::ZERO, || ());
            near.start().unwrap();
            near.finished().wait();
            for _ in 0..n * 37 % 9000 {
                std::hint::spin_loop();
            }
        }
        far.cancel();
    });
}

#[test]
fn t96_cancel_prevents_the_call_and_ends_the_timer() {
    watched(|| {
        let used = Arc::new(());
        let captured = used.clone();
        let timer = Timer::new(AN_HOUR, move || {
            let _captured = captured;
            unreachable!()
        });
        timer.start().unwrap();
        assert!(timer.is_alive() && !timer.finished().is_set());
        let joiner = {
            let timer = timer.clone();
            std::thread::spawn(move || timer.join().unwrap())
        };
        assert_eq!(timer.cancel(), CancelOutcome::Cancelled);
        assert!(!timer.is_alive() && timer.finished().is_set());
        assert_eq!(Arc::strong_count(&used), 1, "the function is gone");
        joiner.join().unwrap();
        timer.join().unwrap();
        // Idempotent.
        assert_eq!(timer.cancel(), CancelOutcome::AlreadyCancelled);
        assert!(matches!(timer.start(), Err(StartError::AlreadyStarted)));
    });
}

#[test]
fn t96_cancel_before_the_start_means_the_start_does_nothing() {
    watched(|| {
        let timer = Timer::new(Duration::ZERO, || unreachable!());
        assert_eq!(timer.cancel(), CancelOutcome::Cancelled);
        assert_eq!(timer.cancel(), CancelOutcome::AlreadyCancelled);
        assert!(timer.finished().is_set());
        assert!(matches!(timer.join(), Err(JoinError::NotStarted)));
        timer.start().unwrap();
        timer.join().unwrap();
        assert!(!timer.is_alive());
        assert!(matches!(timer.start(), Err(StartError::AlreadyStarted)));
    });
}

#[test]
fn t96_cancel_has_no_effect_on_a_running_function() {
    watched(|| {
        let (inside, go_on) = (Arc::new(Event::new()), Arc::new(Event::new()));
        let timer = Timer::new(ms(1), {
            let (inside, go_on) = (inside.clone(), go_on.clone());
            move || {
                inside.set();
                go_on.wait();
            }
        });
        timer.start().unwrap();
        inside.wait();
        assert_eq!(timer.cancel(), CancelOutcome::AlreadyFired);
        assert!(timer.is_alive() && !timer.finished().is_set());
        go_on.set();
        timer.join().unwrap();
        assert!(timer.finished().is_set());
        assert_eq!(timer.cancel(), CancelOutcome::AlreadyFired);
    });
}

#[test]
fn t96_a_function_that_cancels_and_joins_its_own_timer() {
    watched(|| {
        let (give, take) = mpsc::channel::<Timer>();
        let (send, receive) = mpsc::channel();
        let timer = Timer::new(ms(1), move || {
            let me = take.recv().unwrap();
            let joined = matches!(me.join(), Err(JoinError::CurrentThread));
            send.send((me.cancel(), joined, me.is_alive())).unwrap();
        });
        give.send(timer.clone()).unwrap();
        timer.start().unwrap();
        assert_eq!(
            receive.recv().unwrap(),
            (CancelOutcome::AlreadyFired, true, true)
        );
        timer.join().unwrap();
        assert!(timer.finished().is_set());
    });
}

#[test]
fn t96_either_cancelled_or_called_in_a_storm() {
    const TIMERS: usize = 3000;
    const THREADS: usize = 6;
    watched(|| {
        let called: Arc<Vec<_>> = Arc::new((0..TIMERS).map(|_| AtomicUsize::new(0)).collect());
        let timers: Arc<Vec<_>> = Arc::new(
            (0..TIMERS)
                .map(|n| {
                    let called = called.clone();
                    let interval = Duration::from_micros((n as u64 * 7) % 3000);
                    Timer::new(interval, move || {
                        called[n].fetch_add(1, Ordering::Relaxed);
                    })
                })
                .collect(),
        );
        let cancelled: Arc<Vec<_>> = Arc::new((0..TIMERS).map(|_| AtomicUsize::new(0)).collect());
        let begin = Arc::new(Barrier::new(THREADS as u32));
        let threads: Vec<_> = (0..THREADS)
            .map(|t| {
                let (timers, cancelled, begin) = (timers.clone(), cancelled.clone(), begin.clone());
                std::thread::spawn(move || {
                    begin.wait().unwrap();
                    for n in (0..TIMERS).map(|n| (n * 13 + t * 5) % TIMERS) {
                        if t < 2 {
                            // Two of them start, the others cancel what they find.
                            let _ = timers[n].start();
                        } else if n % 3 != 0 && timers[n].cancel() == CancelOutcome::Cancelled {
                            cancelled[n].fetch_add(1, Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let mut outcomes = [0, 0];
        for n in 0..TIMERS {
            timers[n].join().unwrap();
            let outcome = (
                cancelled[n].load(Ordering::Relaxed),
                called[n].load(Ordering::Relaxed),
            );
            assert!(matches!(outcome, (1, 0) | (0, 1)), "timer {n}: {outcome:?}");
            assert!(timers[n].finished().is_set());
            outcomes[outcome.1] += 1;
        }
        println!("cancelled {}, called {}", outcomes[0], outcomes[1]);
    });
}

#[test]
fn t96_cancel_against_firing_again_and_again() {
    watched(|| {
        for n in 0..2000_u64 {
            let called = Arc::new(AtomicBool::new(false));
            let timer = Timer::new(Duration::from_nanos(n * 20), {
                let called = called.clone();
                move || called.store(true, Ordering::Relaxed)
            });
            timer.start().unwrap();
            let outcome = timer.cancel();
            timer.join().unwrap();
            let expected = match called.load(Ordering::Relaxed) {
                true => CancelOutcome::AlreadyFired,
                false => CancelOutcome::Cancelled,
            };
            assert_eq!(outcome, expected);
        }
    });
}

#[test]
fn t97_interval_and_finished() {
    watched(|| {
        let go_on = Arc::new(Event::new());
        let timer = Timer::new(ms(3), {
            let go_on = go_on.clone();
            move || go_on.wait()
        });
        assert_eq!(timer.interval(), ms(3));
        timer.start().unwrap();
        // Not when it fires, but when its function has returned.
        assert!(timer.finished().wait_timeout(ms(50)).is_err());
        go_on.set();
        timer.finished().wait();
    });
}

#[test]
fn t98_a_panic_goes_to_the_excepthook_and_nowhere_else() {
    watched(|| {
        let (send, receive) = mpsc::channel();
        let before = threading::excepthook();
        threading::set_excepthook(ExceptHook::new(move |args| {
            // Other tests panic, too.
            let thread = args.thread().unwrap().clone();
            if thread.name() == "fails" {
                send.send((thread, args.message().to_owned())).unwrap();
            }
        }));
        let timer = Timer::builder()
            .name("fails")
            .build(ms(1), || panic!("on purpose"));
        timer.start().unwrap();
        timer.join().unwrap();
        threading::set_excepthook(before);
        let (thread, message) = receive.recv().unwrap();
        assert!(thread == timer.thread());
        assert_eq!(
            (thread.name().as_str(), message.as_str()),
            ("fails", "on purpose")
        );
        assert!(!timer.finished().is_set() && !timer.is_alive());
        assert_eq!(timer.cancel(), CancelOutcome::AlreadyFired);
        assert!(!timer.finished().is_set());
        // The service is as it was.
        let next = Timer::new(ms(1), || ());
        next.start().unwrap();
        next.finished().wait();
    });
}

#[test]
fn t98_exit_ends_the_timer_quietly() {
    watched(|| {
        let timer = Timer::new(ms(1), || threading::exit());
        timer.start().unwrap();
        timer.join().unwrap();
        assert!(!timer.finished().is_set());
    });
}

#[test]
fn t98_daemon_is_inherited_or_chosen_until_the_start() {
    watched(|| {
        for daemon in [true, false] {
            let made = threading::Builder::new()
                .daemon(daemon)
                .spawn(|| Timer::new(ms(1), || ()))
                .unwrap()
                .join()
                .unwrap();
            assert_eq!(made.daemon(), daemon);
            made.set_daemon(!daemon).unwrap();
            assert_eq!(made.daemon(), !daemon);
            // What a function makes inherits from the timer.
            let (send, receive) = mpsc::channel();
            let timer = Timer::builder().daemon(daemon).build(ms(1), move || {
                send.send(Timer::new(ms(1), || ()).daemon()).unwrap();
            });
            timer.start().unwrap();
            assert!(timer.set_daemon(daemon).is_err());
            assert_eq!(receive.recv().unwrap(), daemon);
            timer.join().unwrap();
        }
    });
}

#[test]
fn t05_a_timer_is_listed_as_long_as_it_lives() {
    watched(|| {
        let timer = Timer::new(AN_HOUR, || ());
        let me = timer.thread();
        assert!(!threading::enumerate().contains(&me));
        assert_eq!(timer.ident(), None);
        timer.start().unwrap();
        assert!(threading::enumerate().contains(&me));
        // None of these waits until it fires.
        assert!(timer.ident().is_some());
        assert_eq!(timer.native_id(), Some(0));
        timer.set_name("renamed while it waits");
        assert_eq!(me.name(), "renamed while it waits");
        timer.cancel();
        assert!(!threading::enumerate().contains(&me));

        let fires = Timer::new(ms(1), || ());
        fires.start().unwrap();
        fires.join().unwrap();
        assert!(!threading::enumerate().contains(&fires.thread()));
    });
}

#[test]
fn t03_inside_the_function_the_current_thread_is_the_timer() {
    watched(|| {
        let mut idents = HashSet::new();
        for n in 0..20 {
            let (send, receive) = mpsc::channel();
            let name = format!("timer {n}");
            let timer = Timer::builder().name(name.as_str()).build(ms(1), move || {
                let me = threading::current_thread();
                let native = threading::get_native_id();
                send.send((me.clone(), threading::get_ident(), native, me.native_id()))
                    .unwrap();
            });
            timer.start().unwrap();
            let (me, ident, native, told) = receive.recv().unwrap();
            assert!(me == timer.thread());
            assert_eq!(me.name(), name);
            assert_eq!(timer.ident(), Some(ident));
            assert_eq!(told, Some(native));
            assert!(idents.insert(ident), "idents do not come back");
        }
    });
}

#[test]
fn t28_thread_local_values_end_with_the_timer() {
    static LOCAL: Local<Mutex<u32>> = Local::new(|| Mutex::new(0));
    watched(|| {
        for _ in 0..20 {
            let (send, receive) = mpsc::channel();
            let timer = Timer::new(ms(1), move || {
                LOCAL.with(|value| {
                    let mut value = value.lock().unwrap();
                    *value += 1;
                    send.send(*value).unwrap();
                });
            });
            timer.start().unwrap();
            assert_eq!(receive.recv().unwrap(), 1);
            timer.join().unwrap();
        }
    });
}

#[test]
fn t33_the_second_start_is_refused() {
    watched(|| {
        let timer = Timer::new(ms(1), || ());
        timer.start().unwrap();
        assert!(matches!(timer.start(), Err(StartError::AlreadyStarted)));
        timer.join().unwrap();
        assert!(matches!(timer.start(), Err(StartError::AlreadyStarted)));
    });
}

#[test]
fn t35_joins() {
    watched(|| {
        let go_on = Arc::new(Event::new());
        let timer = Timer::new(ms(1), {
            let go_on = go_on.clone();
            move || go_on.wait()
        });
        assert!(matches!(timer.join(), Err(JoinError::NotStarted)));
        assert!(matches!(
            timer.join_timeout(ms(1)),
            Err(JoinTimeoutError::Failed(JoinError::NotStarted))
        ));
        timer.start().unwrap();
        assert!(matches!(
            timer.join_timeout(Duration::ZERO),
            Err(JoinTimeoutError::TimedOut)
        ));
        let before = Instant::now();
        assert!(matches!(
            timer.join_timeout(ms(30)),
            Err(JoinTimeoutError::TimedOut)
        ));
        assert!(before.elapsed() >= ms(30));
        let joiners: Vec<_> = (0..4)
            .map(|n| {
                let timer = timer.clone();
                std::thread::spawn(move || match n {
                    0 => timer.join().unwrap(),
                    1 => timer.join_timeout(Duration::MAX).unwrap(),
                    2 => timer.thread().join().unwrap(),
                    _ => block_on(timer.join_async()).unwrap(),
                })
            })
            .collect();
        std::thread::sleep(ms(20));
        go_on.set();
        joiners
            .into_iter()
            .for_each(|joiner| joiner.join().unwrap());
        timer.join().unwrap();
        block_on(timer.finished().wait_async());
    });
}

fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = std::pin::pin!(future);
    let waker = std::task::Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = std::task::Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn a_blocked_function_delays_no_other_timer() {
    watched(|| {
        // Each function waits until a timer that is due later has fired.
        let fired: Vec<_> = (0..10).map(|_| Arc::new(Event::new())).collect();
        let timers: Vec<_> = (0..10)
            .map(|n| {
                let (mine, next) = (fired[n].clone(), fired.get(n + 1).cloned());
                Timer::new(ms(n as u64 * 2), move || {
                    if let Some(next) = next {
                        next.wait();
                    }
                    mine.set();
                })
            })
            .collect();
        timers.iter().for_each(|timer| timer.start().unwrap());
        timers.iter().for_each(|timer| timer.join().unwrap());
        assert!(fired.iter().all(|event| event.is_set()));
    });
}

#[test]
fn functions_that_wait_for_each_other_all_run_at_once() {
    watched(|| {
        // More than the service runs without hesitation.
        let processors = std::thread::available_parallelism().unwrap().get();
        let parties = 20 + 5 * processors;
        let meeting = Arc::new(Barrier::new(parties as u32));
        let timers: Vec<_> = (0..parties)
            .map(|_| {
                let meeting = meeting.clone();
                Timer::new(ms(5), move || {
                    meeting.wait().unwrap();
                })
            })
            .collect();
        timers.iter().for_each(|timer| timer.start().unwrap());
        timers.iter().for_each(|timer| timer.join().unwrap());
        assert!(timers.iter().all(|timer| timer.finished().is_set()));
    });
}

#[test]
fn functions_start_and_cancel_timers() {
    fn chain(left: u32, done: mpsc::Sender<()>) {
        if left == 0 {
            return done.send(()).unwrap();
        }
        let never = Timer::new(AN_HOUR, || unreachable!());
        never.start().unwrap();
        let next = Timer::new(
            Duration::from_micros(u64::from(left % 3) * 500),
            move || {
                assert_eq!(never.cancel(), CancelOutcome::Cancelled);
                chain(left - 1, done);
            },
        );
        // The handle goes; the timer stays.
        next.start().unwrap();
    }
    watched(|| {
        let (done, wait) = mpsc::channel();
        chain(200, done);
        wait.recv().unwrap();
    });
}

#[test]
fn zero_is_due_at_once_and_a_thousand_years_are_never() {
    watched(|| {
        let year = Duration::from_secs(365 * 24 * 3600);
        let never = [
            584 * year,
            1000 * year,
            Duration::MAX,
            Duration::from_nanos(u64::MAX),
        ]
        .map(|interval| Timer::new(interval, || unreachable!()));
        never.iter().for_each(|timer| timer.start().unwrap());
        let now = Timer::new(Duration::ZERO, || ());
        now.start().unwrap();
        now.join().unwrap();
        std::thread::sleep(ms(20));
        for timer in never {
            assert!(timer.is_alive());
            assert_eq!(timer.cancel(), CancelOutcome::Cancelled);
        }
    });
}

#[test]
fn dropping_the_handle_stops_only_what_was_not_started() {
    watched(|| {
        let used = Arc::new(());
        let captured = used.clone();
        let timer = Timer::new(Duration::ZERO, move || drop(captured));
        drop(timer);
        assert_eq!(Arc::strong_count(&used), 1);

        let (send, receive) = mpsc::channel();
        let timer = Timer::new(ms(5), move || send.send(()).unwrap());
        timer.start().unwrap();
        drop(timer);
        receive.recv().unwrap();
    });
}

#[test]
fn t52_nothing_is_left_of_timers_that_are_over() {
    watched(|| {
        // Each timer keeps a reference to its name as long as it exists.
        let name: Arc<str> = Arc::from("counted");
        for n in 0..30 {
            let interval = if n % 3 == 0 { AN_HOUR } else { ms(1) };
            let timer = Timer::builder().name(name.clone()).build(interval, || ());
            timer.start().unwrap();
            if n % 3 == 0 {
                timer.cancel();
            }
        }
        while Arc::strong_count(&name) > 1 {
            std::thread::sleep(ms(1));
        }
    });
}

#[test]
fn a_function_whose_destructor_panics_harms_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }
    watched(|| {
        let bomb = Bomb;
        let timer = Timer::new(AN_HOUR, move || std::mem::forget(bomb));
        timer.start().unwrap();
        let cancel = std::panic::AssertUnwindSafe(|| timer.cancel());
        assert!(threading::catch_panic(cancel.0).is_err());
        timer.join().unwrap();
        assert!(timer.finished().is_set());
        assert_eq!(timer.cancel(), CancelOutcome::AlreadyCancelled);

        let timer = Timer::new(ms(1), || std::panic::panic_any(Bomb));
        timer.start().unwrap();
        timer.join().unwrap();
        let next = Timer::new(ms(1), || ());
        next.start().unwrap();
        next.finished().wait();
    });
}

#[test]
fn t35_every_form_of_join() {
    watched(|| {
        let timer = Timer::new(ms(30), || {});
        let not_started = timer.try_join().unwrap_err();
        assert!(matches!(
            not_started,
            TryJoinError::Failed(JoinError::NotStarted)
        ));
        let began = Instant::now();
        timer.start().unwrap();
        assert!(
            matches!(timer.join_deadline(began), Err(JoinTimeoutError::TimedOut))
                || began.elapsed() >= ms(30)
        );
        timer.join_deadline(Instant::now() + AN_HOUR).unwrap();
        assert!(began.elapsed() >= ms(30));
        timer.try_join().unwrap();
        timer.join_timeout(ms(0)).unwrap();
    });
}
