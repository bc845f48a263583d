//! `selvedge::sched`, scenario by scenario, after CPython's own tests (rows D-01 to D-15).

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::port::Native;
use selvedge::sched::{EventId, NotQueued, Scheduler, Simulated, Time};
use selvedge_conformance::host::{Threads, Watchdog};
use selvedge_conformance::tools::block_on;

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// As good as never.
const AN_HOUR: Duration = Duration::from_secs(3600);

/// What actions did, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u64>>>);

impl Log {
    fn put(&self, n: u64) -> impl FnOnce() + Send + use<> {
        let log = self.clone();
        move || log.0.lock().unwrap().push(n)
    }

    fn take(&self) -> Vec<u64> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A clock that a test advances, and that only sleeping moves: CPython's tests have the same.
#[derive(Clone, Default)]
struct Stage(Arc<(Mutex<(u64, u64)>, Condvar)>);

impl Time for Stage {
    type Port = Native;
    type Instant = u64;

    fn now(&self) -> u64 {
        self.0.0.lock().unwrap().0
    }

    fn after(&self, from: u64, span: Duration) -> Option<u64> {
        from.checked_add(span.as_secs())
    }

    fn until(&self, from: u64, to: u64) -> Duration {
        Duration::from_secs(to.saturating_sub(from))
    }

    fn ticks(&self, at: u64) -> u64 {
        at
    }
}

impl Stage {
    /// Sleeps until the test has let so much time pass.
    fn sleep(&self, span: Duration) {
        let mut times = self.0.0.lock().unwrap();
        let until = times.0 + span.as_secs();
        while times.1 < until {
            times.0 = times.1;
            times = self.0.1.wait(times).unwrap();
        }
        times.0 = until;
    }

    fn advance(&self, by: u64) {
        self.0.0.lock().unwrap().1 += by;
        self.0.1.notify_all();
    }
}

#[test]
fn enter_in_any_order() {
    let log = Log::default();
    let plan = Scheduler::with_time(Simulated::new());
    for n in [5, 4, 3, 2, 1] {
        plan.enter(ms(10 * n), 1, log.put(n));
    }
    plan.run();
    assert_eq!(log.take(), [1, 2, 3, 4, 5]); // D-03, D-08
    assert_eq!(plan.time().now(), ms(50));
}

/// The delay counts from the call (D-03).
#[test]
fn enter_by_the_clock() {
    let _watchdog = Watchdog::new("enter_by_the_clock");
    let (plan, log) = (Scheduler::new(), Log::default());
    plan.enter(ms(10), 1, log.put(1));
    let begin = Instant::now();
    plan.enter(ms(20), 1, log.put(2));
    plan.run();
    assert_eq!(log.take(), [1, 2]);
    assert!(begin.elapsed() >= ms(20), "too early");
}

#[test]
fn enterabs_in_any_order() {
    let _watchdog = Watchdog::new("enterabs_in_any_order");
    let (plan, log) = (Scheduler::new(), Log::default());
    let now = Instant::now();
    for n in [5, 4, 3, 2, 1] {
        plan.enterabs(now + ms(5 * n), 1, log.put(n));
    }
    // In the past: at once, and before the others (D-02, D-11).
    plan.enterabs(now - AN_HOUR, 1, log.put(0));
    assert!(!plan.empty()); // D-07
    plan.run();
    assert!(plan.empty());
    assert_eq!(log.take(), [0, 1, 2, 3, 4, 5]);
    assert!(now.elapsed() >= ms(25), "too early");
}

/// D-04: time, then priority, then the order of entering.
#[test]
fn order() {
    let (plan, log) = (Scheduler::new(), Log::default());
    let time = Instant::now();
    for (number, priority) in [3, 1, 2, 1, -7, 3, i32::MIN, i32::MAX]
        .into_iter()
        .enumerate()
    {
        plan.enterabs(time, priority, log.put(number as u64));
    }
    plan.run();
    assert_eq!(log.take(), [6, 4, 1, 3, 2, 0, 5, 7]);
}

/// D-12, D-15: events that come while the run sleeps by a delay of its own; the clock does not go beyond the last event.
#[test]
fn enter_while_it_sleeps_by_a_delay() {
    let _watchdog = Watchdog::new("enter_while_it_sleeps_by_a_delay");
    let stage = Stage::default();
    let plan = Scheduler::with_time(stage.clone());
    let (sender, receiver) = mpsc::channel();
    let put = |n: u64| {
        let sender = sender.clone();
        move || sender.send(n).unwrap()
    };
    let second = Duration::from_secs;
    plan.enter(second(1), 1, put(1));
    plan.enter(second(3), 1, put(3));
    thread::scope(|scope| {
        scope.spawn(|| plan.run_with(|span| stage.sleep(span)));
        stage.advance(1);
        assert_eq!(receiver.recv(), Ok(1));
        for n in [4, 5, 2] {
            plan.enterabs(n, 1, put(n));
        }
        stage.advance(2);
        assert_eq!(receiver.recv(), Ok(2));
        assert_eq!(receiver.recv(), Ok(3));
        assert!(receiver.try_recv().is_err());
        stage.advance(1);
        assert_eq!(receiver.recv(), Ok(4));
        stage.advance(1);
        assert_eq!(receiver.recv(), Ok(5));
        stage.advance(1000);
    });
    assert!(receiver.try_recv().is_err());
    assert_eq!(stage.now(), 5);
}

/// D-06, D-12: cancelled while the run sleeps by a delay of its own.
#[test]
fn cancel_while_it_sleeps_by_a_delay() {
    let _watchdog = Watchdog::new("cancel_while_it_sleeps_by_a_delay");
    let stage = Stage::default();
    let plan = Scheduler::with_time(stage.clone());
    let (sender, receiver) = mpsc::channel();
    let mut events = [1, 2, 4, 5, 3].map(|n: u64| {
        let sender = sender.clone();
        plan.enterabs(n, 1, move || sender.send(n).unwrap())
    });
    events.swap(2, 4);
    thread::scope(|scope| {
        scope.spawn(|| plan.run_with(|span| stage.sleep(span)));
        stage.advance(1);
        assert_eq!(receiver.recv(), Ok(1));
        plan.cancel(events[1]).unwrap();
        plan.cancel(events[3]).unwrap();
        stage.advance(2);
        assert_eq!(receiver.recv(), Ok(3));
        stage.advance(1);
        assert_eq!(receiver.recv(), Ok(4));
        stage.advance(1000);
    });
    assert!(receiver.try_recv().is_err());
    assert_eq!(stage.now(), 4);
}

/// D-06: exactly the one that is meant, among equals; once; and of this scheduler.
#[test]
fn cancel_the_right_one() {
    let (plan, log) = (Scheduler::new(), Log::default());
    let time = Instant::now();
    let events = [0, 1, 2].map(|n| plan.enterabs(time, 1, log.put(n)));
    let other = Scheduler::new();
    assert_eq!(other.cancel(events[1]), Err(NotQueued));
    let theirs = other.enterabs(time, 1, || ());
    assert_eq!(plan.cancel(theirs), Err(NotQueued));
    assert_eq!(plan.cancel(events[1]), Ok(()));
    assert_eq!(plan.cancel(events[1]), Err(NotQueued));
    plan.run();
    assert_eq!(log.take(), [0, 2]);
    for event in events {
        assert_eq!(plan.cancel(event), Err(NotQueued));
    }
    // Its place has been taken by another, and the name of the first means nothing still.
    let new = plan.enterabs(time, 1, || ());
    assert_eq!(plan.cancel(events[0]), Err(NotQueued));
    assert_eq!(plan.cancel(new), Ok(()));
    assert_eq!(other.cancel(theirs), Ok(()));
}

/// D-06, D-12: an action is not in the queue while it runs, and may cancel the next one.
#[test]
fn cancel_from_an_action() {
    let (plan, log) = (Scheduler::new(), Log::default());
    let time = Instant::now();
    let events = Arc::new(Mutex::new(Vec::<EventId>::new()));
    let (shared, put) = (events.clone(), log.put(1));
    events
        .lock()
        .unwrap()
        .push(plan.enterabs_with(time, 0, move |plan| {
            let events = shared.lock().unwrap();
            assert_eq!(plan.cancel(events[0]), Err(NotQueued));
            assert_eq!(plan.cancel(events[1]), Ok(()));
            put();
        }));
    events
        .lock()
        .unwrap()
        .push(plan.enterabs(time, 1, log.put(2)));
    plan.run();
    assert_eq!(log.take(), [1]);
}

/// D-13, D-14: the queue in the order of execution.
#[test]
fn queue() {
    let plan = Scheduler::new();
    let now = Instant::now();
    assert_eq!(plan.queue(), []);
    let times = [5, 1, 2, 4, 3].map(|n| now + ms(n));
    let mut events: Vec<_> = (times.iter())
        .map(|time| (*time, plan.enterabs(*time, 1, || ())))
        .collect();
    let first = (now + ms(1), plan.enterabs(now + ms(1), 0, || ()));
    events.sort_by_key(|event| event.0);
    events.insert(0, first);
    let never = plan.enter(Duration::MAX, i32::MIN, || ());
    let queue = plan.queue();
    assert_eq!(queue.len(), plan.len());
    let found = queue.iter().map(|event| (event.time, event.id));
    let expected = events.iter().map(|event| (Some(event.0), event.1));
    assert!(found.eq(expected.chain([(None, never)])));
    assert_eq!((queue[0].priority, queue[1].priority), (0, 1));
    assert_eq!((queue[0].sequence, queue[1].sequence), (5, 1));
}

/// D-05: what an action captures is its own.
#[test]
fn arguments() {
    let plan = Scheduler::new();
    let (sender, receiver) = mpsc::channel();
    for text in [String::from("a"), String::from("b")] {
        let sender = sender.clone();
        plan.enter(Duration::ZERO, 1, move || sender.send(text + "!").unwrap());
    }
    plan.run();
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), ["a!", "b!"]);
}

/// D-09: what is due, and then how long until the next.
#[test]
fn run_ready() {
    let (plan, log) = (Scheduler::new(), Log::default());
    assert_eq!(plan.run_ready(), None);
    let now = Instant::now();
    for n in [9, 8, 7] {
        plan.enterabs(now + AN_HOUR + ms(n), 1, log.put(n));
    }
    plan.enterabs(now, 1, log.put(1));
    let next = plan.run_ready().unwrap();
    assert_eq!(next.time, Some(now + AN_HOUR + ms(7)));
    assert!(next.remaining <= AN_HOUR + ms(7));
    assert_eq!(log.take(), [1]);
    assert_eq!(plan.len(), 3);
}

/// A delay beyond what the clock can tell never ends, and comes after all others.
#[test]
fn never() {
    let plan = Scheduler::new();
    let never = plan.enter(Duration::MAX, i32::MIN, || unreachable!());
    let next = plan.run_ready().unwrap();
    assert_eq!((next.time, next.remaining), (None, Duration::MAX));
    let later = plan.enter(AN_HOUR, i32::MAX, || unreachable!());
    assert_eq!(plan.queue()[0].id, later);
    assert!(plan.run_timeout(ms(1)).is_some());
    plan.cancel(never).unwrap();
    plan.cancel(later).unwrap();
    assert_eq!(plan.run_ready(), None);
}

#[test]
fn run_for_a_time() {
    let _watchdog = Watchdog::new("run_for_a_time");
    let (plan, log) = (Scheduler::new(), Log::default());
    let begin = Instant::now();
    plan.enterabs(begin + ms(10), 0, log.put(1));
    plan.enterabs(begin + ms(20), 0, log.put(2));
    plan.enterabs(begin + AN_HOUR, 0, log.put(3));
    let next = plan.run_deadline(begin + ms(20)).unwrap();
    assert!(begin.elapsed() >= ms(20), "too early");
    assert_eq!(log.take(), [1, 2]);
    assert_eq!(next.time, Some(begin + AN_HOUR));

    let again = Instant::now();
    assert_eq!(plan.run_timeout(ms(10)).unwrap().time, next.time);
    assert!(again.elapsed() >= ms(10), "too early");
    assert_eq!(plan.run_timeout(Duration::ZERO).unwrap().time, next.time);
    assert_eq!(plan.run_deadline(begin).unwrap().time, next.time);
    assert_eq!(log.take(), []);

    // Not due by then, though it is due now.
    plan.enterabs(begin + ms(5), 0, log.put(4));
    assert_eq!(plan.run_deadline(begin).unwrap().time, Some(begin + ms(5)));
    plan.run_ready();
    assert_eq!(log.take(), [4]);
}

/// D-10: a panic ends the run, the event is gone, and all else is as it was.
#[test]
fn panics() {
    let (plan, log) = (Scheduler::new(), Log::default());
    let time = Instant::now();
    plan.enterabs(time, 0, log.put(1));
    let bad = plan.enterabs(time, 1, || panic!("as expected"));
    plan.enterabs(time, 2, log.put(3));
    let run = panic::catch_unwind(AssertUnwindSafe(|| plan.run()));
    assert_eq!(*run.unwrap_err().downcast::<&str>().unwrap(), "as expected");
    assert_eq!((log.take(), plan.len()), (vec![1], 1));
    assert_eq!(plan.cancel(bad), Err(NotQueued));
    plan.run();
    assert_eq!(log.take(), [3]);

    // By a delay that panics.
    plan.enter(AN_HOUR, 0, log.put(4));
    let run = AssertUnwindSafe(|| plan.run_with(|_| panic!("as expected")));
    assert!(panic::catch_unwind(run).is_err());
    assert_eq!(plan.len(), 1);
}

/// D-01, D-08: the delay is called with zero after each action, and else with what is left.
#[test]
fn delays() {
    let plan = Scheduler::with_time(Simulated::new());
    for n in [1, 1, 4] {
        plan.enter(Duration::from_secs(n), 0, || ());
    }
    let mut delays = Vec::new();
    plan.run_with(|span| {
        delays.push(span.as_secs());
        // Early: it is started again with the rest.
        plan.time().advance(span.min(Duration::from_secs(2)));
    });
    assert_eq!(delays, [1, 0, 0, 3, 1, 0]);
}

/// D-12: an earlier event wakes a run that sleeps; so does the cancelling of the one it sleeps for.
#[test]
fn wakes() {
    let _watchdog = Watchdog::new("wakes");
    for _ in 0..if cfg!(miri) { 2 } else { 100 } {
        let plan = Scheduler::new();
        let (sender, receiver) = mpsc::channel();
        let far = plan.enter(AN_HOUR, 0, || unreachable!());
        let farther = plan.enter(Duration::MAX, 0, || unreachable!());
        thread::scope(|scope| {
            scope.spawn(|| plan.run());
            scope.spawn(|| block_on(&Threads::<Native>::new(), plan.run_async()));
            let sender = sender.clone();
            plan.enter(ms(1), 0, move || sender.send(1).unwrap());
            assert_eq!(receiver.recv(), Ok(1));
            plan.cancel(far).unwrap();
            plan.cancel(farther).unwrap();
        });
        assert!(plan.empty());
    }
}

/// Several threads enter, cancel and run: each event that is not cancelled is run, once.
#[test]
fn crowd() {
    let _watchdog = Watchdog::new("crowd");
    const EACH: u32 = if cfg!(miri) { 20 } else { 2_000 };
    let plan = Scheduler::new();
    let ran = Arc::new(AtomicU32::new(0));
    let cancelled = AtomicU32::new(0);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) || !plan.empty() {
                    plan.run();
                    thread::yield_now();
                }
            });
        }
        let entering: Vec<_> = (0..4_u32)
            .map(|i| {
                let (plan, ran, cancelled) = (&plan, &ran, &cancelled);
                scope.spawn(move || {
                    for n in 0..EACH {
                        let span = Duration::from_nanos(u64::from(n * 7_919 % 50_000));
                        let ran = ran.clone();
                        let event = plan.enter(span, (n % 3) as i32, move || {
                            ran.fetch_add(1, Ordering::SeqCst);
                        });
                        if (n + i).is_multiple_of(4) && plan.cancel(event).is_ok() {
                            cancelled.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                })
            })
            .collect();
        for thread in entering {
            let _ = thread.join();
        }
        done.store(true, Ordering::SeqCst);
    });
    let (ran, cancelled) = (ran.load(Ordering::SeqCst), cancelled.load(Ordering::SeqCst));
    assert_eq!(ran + cancelled, 4 * EACH);
}

/// As a future: in order, not early; dropped in the middle, it loses nothing.
#[test]
fn run_async() {
    let _watchdog = Watchdog::new("run_async");
    let world = Threads::<Native>::new();
    let (plan, log) = (Scheduler::new(), Log::default());
    let begin = Instant::now();
    for n in [3, 1, 2] {
        plan.enterabs(begin + ms(10 * n), 0, log.put(n));
    }
    {
        let mut run = std::pin::pin!(plan.run_async());
        let waker = std::task::Waker::noop();
        let mut context = std::task::Context::from_waker(waker);
        assert!(run.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(plan.len(), 3);
    block_on(&world, plan.run_async());
    assert_eq!(log.take(), [1, 2, 3]);
    assert!(begin.elapsed() >= ms(30), "too early");
}

fn is_send<T: Send>(_: &T) {}

#[test]
fn auto_traits() {
    fn both<T: Send + Sync>() {}
    both::<Scheduler>();
    both::<Scheduler<Simulated>>();
    static PLAN: Scheduler = Scheduler::new();
    is_send(&PLAN.run_async());
    assert!(PLAN.empty());
}

/// An action is dropped outside of every lock: its drop may use the scheduler.
#[test]
fn drops() {
    struct Enters(Arc<Scheduler>);
    impl Drop for Enters {
        fn drop(&mut self) {
            self.0.enter(AN_HOUR, 0, || ());
        }
    }
    let _watchdog = Watchdog::new("drops");
    let plan = Arc::new(Scheduler::new());
    let enters = Enters(plan.clone());
    let event = plan.enter(AN_HOUR, 0, move || drop(enters));
    plan.cancel(event).unwrap();
    assert_eq!(plan.len(), 1);
}

/// What an action captures may be of any size and alignment, and is dropped once, whatever becomes of it.
#[test]
fn actions_of_any_size() {
    #[derive(Clone)]
    #[repr(align(64))]
    struct Aligned(u64);

    let alive = Arc::new(());
    let (plan, log) = (Scheduler::new(), Log::default());
    let time = Instant::now();
    let enter_all = || {
        let aligned = Aligned(3);
        let large = [4_u64; 9];
        let put = [1, 2, 3, 4, 5].map(|n| log.put(n));
        let [one, two, three, four, five] = put;
        let (a, b, c, d) = (alive.clone(), alive.clone(), alive.clone(), alive.clone());
        vec![
            plan.enterabs(time, 0, || ()),
            plan.enterabs(time, 1, one),
            plan.enterabs(time, 2, move || {
                let _alive = (&a, &b);
                two();
            }),
            plan.enterabs(time, 3, move || {
                let (aligned, _alive) = (&aligned, c);
                assert!((&raw const *aligned).is_aligned() && aligned.0 == 3);
                three();
            }),
            plan.enterabs(time, 4, move || {
                let _alive = &d;
                assert_eq!(large.iter().sum::<u64>(), 36);
                four();
            }),
            plan.enterabs(time, 5, five),
        ]
    };
    enter_all();
    assert_eq!(Arc::strong_count(&alive), 5);
    plan.run();
    assert_eq!(log.take(), [1, 2, 3, 4, 5]);
    assert_eq!(Arc::strong_count(&alive), 1);
    // Cancelled, every other one; then dropped with the scheduler.
    for event in enter_all().into_iter().step_by(2) {
        plan.cancel(event).unwrap();
    }
    assert_eq!(Arc::strong_count(&alive), 2);
    // Panics, which drops what it has.
    let _alive = alive.clone();
    plan.enterabs(time, -1, move || panic!("{}", Arc::strong_count(&_alive)));
    assert!(panic::catch_unwind(AssertUnwindSafe(|| plan.run())).is_err());
    assert_eq!(Arc::strong_count(&alive), 2);
    drop(plan);
    assert_eq!(Arc::strong_count(&alive), 1);
    assert_eq!(log.take(), []);
}
