//! The event: who waits is woken by every `set`, however short.

use std::pin::pin;
use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, Signal, Ticks, World, block_on, explore, poll, spawn};
use selvedge_core::Event;

models! {
    a_set_meets_a_waiter,
    a_set_wakes_all,
    a_short_set_wakes_a_future,
    a_short_set_meets_a_waiter,
    a_second_set_publishes_too,
    a_timeout_meets_a_set,
}
models! { on ShortParking:
    a_set_wakes_all,
    a_short_set_wakes_a_future,
    a_short_set_meets_a_waiter,
    a_timeout_meets_a_set,
    a_search_passes_one_that_leaves,
    a_search_passes_one_that_is_woken,
}

/// An event, and what was done before it.
pub(crate) struct News<P: World> {
    pub(crate) event: Event<P>,
    pub(crate) data: Data,
}

impl<P: World> News<P> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            event: Event::new(),
            data: Data::default(),
        })
    }

    pub(crate) fn tell(&self) {
        self.data.bump();
        self.event.set();
    }

    pub(crate) fn hear(&self) {
        self.event.wait();
        assert_eq!(self.data.get(), 1);
    }
}

/// One sets, the other waits: it returns, and sees what came before.
fn a_set_meets_a_waiter<P: World>() {
    explore(Bound::NONE, || {
        let shared = News::<P>::new();
        let waiter = spawn(&shared, News::hear);
        shared.tell();
        waiter.join().unwrap();
    });
}

/// Two wait, one sets: both return.
fn a_set_wakes_all<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = News::<P>::new();
        let waiters = [spawn(&shared, News::hear), spawn(&shared, News::hear)];
        shared.tell();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

/// T-93: a future waits, the flag goes up and down at once. The future is ready, although it never sees the flag up, and sees what
/// came before.
fn a_short_set_wakes_a_future<P: World>() {
    explore(Bound::NONE, || {
        let shared = News::<P>::new();
        let mut wait = pin!(shared.event.wait_async());
        assert!(poll(wait.as_mut(), &Signal::new()).is_pending());
        let setter = spawn(&shared, |shared| {
            shared.tell();
            shared.event.clear();
        });
        block_on(wait);
        assert_eq!(shared.data.get(), 1);
        setter.join().unwrap();
        assert!(!shared.event.is_set());
    });
}

/// T-93 with a thread that waits twice with a limit. It may come too late, then it gives up; but it sees what came before if it
/// returns for the flag, and the flag's end does not disturb it.
fn a_short_set_meets_a_waiter<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(6, 3), move || {
        let shared = News::<P>::new();
        let waiter = spawn(&shared, |shared| {
            let heard = shared.event.wait_timeout(Ticks(1).into()).is_ok();
            if heard {
                assert_eq!(shared.data.get(), 1);
            }
            heard
        });
        shared.tell();
        shared.event.clear();
        notes.note_if(waiter.join().unwrap(), "heard", "gave up");
        assert!(!shared.event.is_set());
    });
    seen.exactly(["gave up", "heard"]);
}

/// Setting a flag that is up publishes the second setter's work, too: who sees the flag after both has seen both.
fn a_second_set_publishes_too<P: World>() {
    explore(Bound::preemptions::<P>(6, 4), || {
        let shared = Arc::new((Event::<P>::new(), Data::default(), Event::<P>::new()));
        shared.0.set();
        let second = spawn(&shared, |shared| {
            shared.1.bump();
            shared.0.set();
            shared.2.set();
        });
        shared.2.wait();
        assert!(shared.0.is_set());
        assert_eq!(shared.1.get(), 1);
        second.join().unwrap();
    });
}

/// One waits with a limit while another sets.
fn a_timeout_meets_a_set<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(10, 4), move || {
        let shared = News::<P>::new();
        let waiter = spawn(&shared, |shared| {
            let heard = shared.event.wait_timeout(Ticks(2).into()).is_ok();
            heard.then(|| shared.data.get()).is_some()
        });
        shared.tell();
        notes.note_if(waiter.join().unwrap(), "heard", "gave up");
        assert!(shared.event.is_set());
    });
    seen.exactly(["gave up", "heard"]);
}

/// Two events in one list: a search for the second one's waiter passes the first one's, which gives up meanwhile.
fn a_search_passes_one_that_leaves<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let shared = News::<P>::new();
        let other = Arc::new(Event::<P>::new());
        let waiter = spawn(&shared, News::hear);
        let passed = spawn(&other, |other| other.wait_timeout(Ticks(1).into()).is_err());
        shared.tell();
        waiter.join().unwrap();
        assert!(passed.join().unwrap());
    });
}

/// The same with two that search at once, each past the other one's waiter.
fn a_search_passes_one_that_is_woken<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let shared = News::<P>::new();
        let other = News::<P>::new();
        let hearer = spawn(&shared, News::hear);
        let teller = spawn(&other, News::tell);
        let mut heard = pin!(other.event.wait_async());
        let signal = Signal::new();
        let is_ready = poll(heard.as_mut(), &signal).is_ready();
        shared.tell();
        if !is_ready {
            block_on(heard.as_mut());
        }
        assert_eq!(other.data.get(), 1);
        hearer.join().unwrap();
        teller.join().unwrap();
    });
}
