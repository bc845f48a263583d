//! The scheduler: who enters and cancels, and the runs that sleep meanwhile.
//!
//! Its time stands still here: what is due has come, and all else never comes by itself. So a run that is not told of what it should do now, or that nothing is left, is a deadlock.

use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use loom_tests::{Bound, Data, Seen, World, block_on, explore, spawn};
use selvedge_core::atomics::AtomicU32;
use selvedge_core::sched::{EventId, Fixed, NotQueued, Scheduler, Sleep, Time};

models! {
    an_earlier_event_wakes_a_run,
    a_cancelled_event_wakes_a_run,
    an_event_is_run_or_cancelled,
    two_enter_while_one_runs,
    two_runs_share_an_event,
    an_earlier_event_wakes_a_future,
    a_cancelled_event_wakes_a_future,
}

/// What time it is.
const NOW: u64 = 5;
const LATER: u64 = 6;
const LATER_STILL: u64 = 7;

struct Stopped<P>(PhantomData<fn() -> P>);

impl<P: World> Time for Stopped<P> {
    type Port = P;
    type Instant = u64;

    fn now(&self) -> u64 {
        NOW
    }

    fn after(&self, from: u64, span: Duration) -> Option<u64> {
        P::after(from, span)
    }

    fn until(&self, from: u64, to: u64) -> Duration {
        P::until(from, to)
    }

    fn ticks(&self, at: u64) -> u64 {
        at
    }
}

impl<P: World> Sleep for Stopped<P> {
    fn sleep(&self, word: &AtomicU32, seen: u32, until: Option<u64>) {
        if until.is_none_or(|until| until > NOW) {
            P::wait(word, seen);
        }
    }
}

/// A scheduler whose actions are numbers, and data for each, which are written before it is entered.
struct Plan<P: World> {
    plan: Scheduler<Stopped<P>, Fixed<usize, u64, 4>>,
    data: [Data; 4],
    /// How many actions have run. Not watched by loom.
    ran: AtomicUsize,
}

impl<P: World> Plan<P> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            plan: Scheduler::new(Stopped(PhantomData), Fixed::new()),
            data: [(); 4].map(|()| Data::default()),
            ran: AtomicUsize::new(0),
        })
    }

    fn enter(&self, at: u64, action: usize) -> EventId {
        self.data[action].bump();
        self.plan.enterabs(at, 0, action).unwrap()
    }

    fn cancel(&self, event: EventId, action: usize) {
        assert_eq!(self.plan.cancel(event), Ok(action));
    }

    fn act(&self, action: usize) {
        assert_eq!(
            self.data[action].bump(),
            2,
            "run once, after it was entered"
        );
        self.ran.fetch_add(1, Ordering::Relaxed);
    }

    /// Runs until nothing is left.
    fn run(&self) {
        self.plan.calling(|action| self.act(action)).run();
    }

    /// The same as a future, by a delay that wakes nobody.
    fn run_async(&self) {
        let mut runner = self.plan.calling(|action| self.act(action));
        block_on(runner.run_async(|due| {
            poll_fn(move |_| {
                if due <= NOW {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
        }));
    }

    fn ran(&self) -> usize {
        self.ran.load(Ordering::Relaxed)
    }
}

/// A run that sleeps, or is about to, is told of an event that is due earlier; and in the end, that nothing is left.
fn an_earlier_event<P: World>(run: fn(&Plan<P>), bound: Bound) {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(bound, move || {
        let plan = Plan::<P>::new();
        let far = plan.enter(LATER, 1);
        let runs = spawn(&plan, run);
        plan.enter(NOW, 0);
        notes.note_if(plan.ran() == 1, "run at once", "not yet");
        plan.cancel(far, 1);
        runs.join().unwrap();
        assert_eq!(plan.ran(), 1);
        assert!(plan.plan.empty());
    });
    seen.exactly(["not yet", "run at once"]);
}

/// A run that sleeps for an event, or is about to, is told that it is cancelled: it sleeps for the next, or is over.
fn a_cancelled_event<P: World>(run: fn(&Plan<P>), bound: Bound) {
    explore(bound, move || {
        let plan = Plan::<P>::new();
        let [first, second] = [(LATER, 0), (LATER_STILL, 1)].map(|(at, n)| plan.enter(at, n));
        let runs = spawn(&plan, run);
        plan.cancel(first, 0);
        plan.cancel(second, 1);
        runs.join().unwrap();
        assert_eq!(plan.ran(), 0);
    });
}

fn an_earlier_event_wakes_a_run<P: World>() {
    an_earlier_event::<P>(Plan::run, Bound::preemptions::<P>(5, 4));
}

fn an_earlier_event_wakes_a_future<P: World>() {
    an_earlier_event::<P>(Plan::run_async, Bound::preemptions::<P>(3, 3));
}

fn a_cancelled_event_wakes_a_run<P: World>() {
    a_cancelled_event::<P>(Plan::run, Bound::preemptions::<P>(5, 4));
}

fn a_cancelled_event_wakes_a_future<P: World>() {
    a_cancelled_event::<P>(Plan::run_async, Bound::preemptions::<P>(3, 3));
}

/// An event that is due is cancelled while it is run: one of them has it.
fn an_event_is_run_or_cancelled<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let plan = Plan::<P>::new();
        let event = plan.enter(NOW, 0);
        let runs = spawn(&plan, Plan::run);
        let cancelled = plan.plan.cancel(event);
        runs.join().unwrap();
        match cancelled {
            Ok(action) => {
                notes.note("cancelled");
                assert_eq!((action, plan.ran()), (0, 0));
            }
            Err(NotQueued) => {
                notes.note("run");
                assert_eq!(plan.ran(), 1);
            }
        }
    });
    seen.exactly(["cancelled", "run"]);
}

/// Two enter beside a run that sleeps; the second need not tell it again, if the first has.
fn two_enter_while_one_runs<P: World>() {
    explore(Bound::preemptions::<P>(2, 1), || {
        let plan = Plan::<P>::new();
        let far = plan.enter(LATER, 2);
        let runs = spawn(&plan, Plan::run);
        let enters = spawn(&plan, |plan| {
            plan.enter(NOW, 1);
        });
        plan.enter(NOW, 0);
        enters.join().unwrap();
        plan.cancel(far, 2);
        runs.join().unwrap();
        assert_eq!(plan.ran(), 2);
    });
}

/// Two runs sleep, one of them perhaps since the other was told: each event is run by one, and both are over when nothing is left.
fn two_runs_share_an_event<P: World>() {
    explore(Bound::preemptions::<P>(2, 1), || {
        let plan = Plan::<P>::new();
        let far = plan.enter(LATER, 1);
        let runs = [(); 2].map(|()| spawn(&plan, Plan::run));
        plan.enter(NOW, 0);
        plan.cancel(far, 1);
        for run in runs {
            run.join().unwrap();
        }
        assert_eq!(plan.ran(), 1);
    });
}
