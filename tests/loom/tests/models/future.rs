//! The future: set, cancelled, waited for, taken, with callbacks, and used again. Each value is handed over exactly once.

use std::pin::pin;
use std::sync::Arc;

use loom::sync::Mutex;
use loom_tests::{Bound, Data, Seen, Signal, Ticks, World, block_on, explore, poll, spawn};
use selvedge_core::future::{FutureState, Oneshot, SetError, TakeError, TakeTimeoutError};
use selvedge_core::raw::{Cancel, Phase, RawFuture};

models! {
    a_value_meets_a_taker,
    a_value_meets_two_waiters,
    a_value_for_a_future,
    a_future_is_dropped,
    two_set,
    two_take,
    a_cancel_meets_a_set,
    a_cancel_meets_a_start,
    a_cancel_meets_a_waiter,
    a_timeout_meets_a_value,
    used_again,
    a_callback_meets_a_value,
    a_callback_meets_a_cancel,
    a_callback_meets_a_future,
}

fn oneshot<P: World>() -> Arc<Oneshot<P, u32>> {
    Arc::new(Oneshot::new())
}

/// One sets, the other waits and takes: it has the value.
fn a_value_meets_a_taker<P: World>() {
    explore(Bound::preemptions::<P>(6, 4), || {
        let shared = oneshot::<P>();
        let taker = spawn(&shared, Oneshot::take);
        shared.set(7).unwrap();
        assert_eq!(taker.join().unwrap(), Ok(7));
        assert_eq!(shared.state(), FutureState::Taken);
    });
}

/// Two wait, one sets: both return, and one of them has the value.
fn a_value_meets_two_waiters<P: World>() {
    explore(Bound::preemptions::<P>(2, 1).roughly(), || {
        let shared = oneshot::<P>();
        let takers = [spawn(&shared, Oneshot::take), spawn(&shared, Oneshot::take)];
        shared.set(7).unwrap();
        let taken = takers.map(|taker| taker.join().unwrap());
        assert!(
            taken == [Ok(7), Err(TakeError::Taken)] || taken == [Err(TakeError::Taken), Ok(7)],
            "{taken:?}"
        );
    });
}

/// A future waits and takes.
fn a_value_for_a_future<P: World>() {
    explore(Bound::preemptions::<P>(5, 3), || {
        let shared = oneshot::<P>();
        let setter = spawn(&shared, |shared| shared.set(7).unwrap());
        assert_eq!(block_on(shared.take_async()), Ok(7));
        setter.join().unwrap();
    });
}

/// A future that waits is dropped while the value comes: the value stays.
fn a_future_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = oneshot::<P>();
        let setter = spawn(&shared, |shared| shared.set(7).unwrap());
        {
            let mut take = pin!(shared.take_async());
            let poll = poll(take.as_mut(), &Signal::new());
            if poll.is_ready() {
                setter.join().unwrap();
                return;
            }
        }
        assert_eq!(shared.take(), Ok(7));
        setter.join().unwrap();
    });
}

/// Two set: one of them does, and the other has its value back.
fn two_set<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let shared = oneshot::<P>();
        let other = spawn(&shared, |shared| shared.set(1));
        let mine = shared.set(2);
        let other = other.join().unwrap();
        let value = shared.try_take().unwrap();
        match (other, mine) {
            (Ok(()), Err(SetError::AlreadySet(2))) => assert_eq!(value, 1),
            (Err(SetError::AlreadySet(1)), Ok(())) => assert_eq!(value, 2),
            both => panic!("{both:?}"),
        }
        notes.note_if(value == 1, "one", "two");
    });
    seen.exactly(["one", "two"]);
}

/// Two try to take while one sets: at most one has it, and it is not lost.
fn two_take<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 3), move || {
        let shared = oneshot::<P>();
        let takers = [
            spawn(&shared, |shared| shared.try_take().ok()),
            spawn(&shared, |shared| shared.try_take().ok()),
        ];
        shared.set(7).unwrap();
        let taken = takers.map(|taker| taker.join().unwrap());
        let left = shared.try_take().ok();
        let all: Vec<_> = taken.into_iter().chain([left]).flatten().collect();
        assert_eq!(all, [7]);
        notes.note_if(left.is_some(), "too early", "taken");
    });
    seen.exactly(["taken", "too early"]);
}

/// One cancels, the other sets: one of them is too late.
fn a_cancel_meets_a_set<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let shared = oneshot::<P>();
        let canceller = spawn(&shared, Oneshot::cancel);
        let set = shared.set(7);
        let cancelled = canceller.join().unwrap();
        match (cancelled, set) {
            (true, Err(SetError::Cancelled(7))) => {
                assert_eq!(shared.take(), Err(TakeError::Cancelled));
            }
            (false, Ok(())) => assert_eq!(shared.take(), Ok(7)),
            both => panic!("{both:?}"),
        }
        notes.note_if(cancelled, "cancelled", "set");
    });
    seen.exactly(["cancelled", "set"]);
}

/// One cancels, the other begins: it is told once that it need not.
fn a_cancel_meets_a_start<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let shared = oneshot::<P>();
        let canceller = spawn(&shared, Oneshot::cancel);
        let started = shared.start();
        let cancelled = canceller.join().unwrap();
        assert_eq!(started, Ok(!cancelled));
        assert!(shared.start().is_err(), "it has been told");
        assert_eq!(shared.cancel(), cancelled);
        notes.note_if(cancelled, "cancelled", "started");
    });
    seen.exactly(["cancelled", "started"]);
}

/// One waits, the other cancels.
fn a_cancel_meets_a_waiter<P: World>() {
    explore(Bound::preemptions::<P>(8, 5), || {
        let shared = oneshot::<P>();
        let taker = spawn(&shared, Oneshot::take);
        assert!(shared.cancel());
        assert_eq!(taker.join().unwrap(), Err(TakeError::Cancelled));
    });
}

/// One waits with a limit, the other sets: the value is taken in time, or is still there.
fn a_timeout_meets_a_value<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(5, 3), move || {
        let shared = oneshot::<P>();
        let taker = spawn(&shared, |shared| shared.take_timeout(Ticks(2).into()));
        shared.set(7).unwrap();
        match taker.join().unwrap() {
            Ok(value) => {
                assert_eq!(value, 7);
                notes.note("taken");
            }
            Err(TakeTimeoutError::TimedOut) => {
                assert_eq!(shared.try_take(), Ok(7));
                notes.note("gave up");
            }
            Err(error) => panic!("{error:?}"),
        }
    });
    seen.exactly(["gave up", "taken"]);
}

/// One takes and makes it new, while the other tries to set the next value: the first is out before the second comes in.
fn used_again<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(6, 6), move || {
        let shared = oneshot::<P>();
        shared.set(1).unwrap();
        let taker = spawn(&shared, |shared| {
            assert_eq!(shared.try_take(), Ok(1));
            assert!(shared.renew());
        });
        let again = shared.set(2).is_ok();
        taker.join().unwrap();
        assert_eq!(shared.try_take().ok(), again.then_some(2));
        notes.note_if(again, "again", "too early");
    });
    seen.exactly(["again", "too early"]);
}

/// A future with a callback, as the owner of a [`RawFuture`] keeps them: by the third rule of `raw/future.rs`.
struct Called<P: World> {
    raw: RawFuture<P>,
    /// How many callbacks are listed.
    listed: Mutex<u32>,
    value: Data,
    calls: Data,
}

impl<P: World> Called<P> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            raw: RawFuture::new(),
            listed: Mutex::new(0),
            value: Data::default(),
            calls: Data::default(),
        })
    }

    /// What the callback does: it looks at the value.
    fn call(&self, value: u32) {
        assert_eq!(self.value.get(), value);
        self.calls.bump();
    }

    /// True if it was called here.
    fn add_callback(&self, value: u32) -> bool {
        {
            let mut listed = self.listed.lock().unwrap();
            if self.raw.observe() {
                *listed += 1;
                return false;
            }
        }
        self.call(value);
        true
    }

    fn tell(&self, completed: selvedge_core::raw::Completed, value: u32) {
        if completed.must_wake {
            self.raw.wake();
        }
        if completed.must_call {
            let must_wake = loop {
                let mut listed = self.listed.lock().unwrap();
                if *listed == 0 {
                    break self.raw.settle();
                }
                *listed -= 1;
                drop(listed);
                self.call(value);
            };
            if must_wake {
                self.raw.wake();
            }
        }
    }

    fn complete(&self) {
        assert!(self.raw.claim());
        self.value.bump();
        self.tell(self.raw.complete(false), 1);
    }
}

/// One completes; the other adds a callback, and takes the value when it may: the callback is called once, and has seen the value before it is moved.
fn a_callback_meets_a_value<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(4, 3), move || {
        let shared = Called::<P>::new();
        let taker = spawn(&shared, |shared| {
            let here = shared.add_callback(1);
            shared.raw.wait(Phase::Settled);
            assert_eq!(shared.calls.get(), 1);
            // Moves it.
            shared.value.bump();
            here
        });
        shared.complete();
        notes.note_if(taker.join().unwrap(), "at once", "by the other");
    });
    seen.exactly(["at once", "by the other"]);
}

/// The same where the other one cancels.
fn a_callback_meets_a_cancel<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(5, 4), move || {
        let shared = Called::<P>::new();
        let watcher = spawn(&shared, |shared| {
            let here = shared.add_callback(0);
            shared.raw.wait(Phase::Settled);
            assert_eq!(shared.calls.get(), 1);
            here
        });
        match shared.raw.cancel() {
            Cancel::Now(completed) => shared.tell(completed, 0),
            other => panic!("{other:?}"),
        }
        assert_eq!(shared.raw.cancel(), Cancel::Before);
        notes.note_if(watcher.join().unwrap(), "at once", "by the other");
    });
    seen.exactly(["at once", "by the other"]);
}

/// One completes, and calls; a future waits for the end of the calls.
fn a_callback_meets_a_future<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = Called::<P>::new();
        assert!(!shared.add_callback(1));
        let completer = spawn(&shared, Called::complete);
        block_on(shared.raw.wait_async(Phase::Settled));
        assert_eq!(shared.calls.get(), 1);
        shared.value.bump();
        completer.join().unwrap();
    });
}
