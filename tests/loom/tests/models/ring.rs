//! The ring by itself: nobody waits, everybody tries.
//!
//! Loom watches the slots: an item that is moved in or out while another thread is at it is reported as a race.

use std::sync::Arc;

use loom_tests::{Bound, Data, Futex, Seen, explore, spawn};
use selvedge_core::queue::{Store, TooManyTasksDone, TryGetError, TryPutError};
use selvedge_core::raw::{Inline, Ring};

/// The real claims have no fence after them, and nobody waits for any here.
const ALL: Bound = Bound::NONE.without("claimed-or-listed");

const fn some(preemptions: usize) -> Bound {
    Bound::preemptions::<Futex>(preemptions, preemptions).without("claimed-or-listed")
}

/// A ring of `N` places, and data that putters write before.
struct Line<const N: usize> {
    ring: Ring<usize, Inline<usize, N>>,
    data: [Data; 2],
}

impl<const N: usize> Line<N> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            ring: Ring::new(Inline::new()),
            data: [Data::default(), Data::default()],
        })
    }

    /// Puts `item` after its data.
    fn put(&self, item: usize) -> bool {
        self.data[item].bump();
        self.ring.try_put(item).is_ok()
    }

    /// Takes an item, and sees its data.
    fn get(&self) -> Option<usize> {
        let item = self.ring.try_get().ok()?;
        assert_eq!(self.data[item].get(), 1);
        Some(item)
    }
}

/// One puts, one takes: nothing, or the item with what came before it.
fn a_put_meets_a_get<const N: usize>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(ALL, move || {
        let line = Line::<N>::new();
        let putter = spawn(&line, |line| assert!(line.put(0)));
        let got = line.get();
        notes.note_if(got.is_some(), "got", "nothing");
        putter.join().unwrap();
        assert_eq!(line.get().is_some(), got.is_none());
        assert_eq!(line.ring.try_get(), Err(TryGetError::Empty));
    });
    seen.exactly(["got", "nothing"]);
}

#[test]
fn a_put_meets_a_get_in_one_place() {
    a_put_meets_a_get::<1>();
}

#[test]
fn a_put_meets_a_get_in_two_places() {
    a_put_meets_a_get::<2>();
}

/// Two put, one takes: nothing is lost, nothing comes twice.
#[test]
fn two_producers_and_a_consumer() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(some(3), move || {
        let line = Line::<2>::new();
        let putters = [0, 1].map(|item| spawn(&line, move |line| assert!(line.put(item))));
        let mut got: Vec<_> = [line.get(), line.get()].into_iter().flatten().collect();
        notes.note(["none", "one", "two"][got.len()]);
        for putter in putters {
            putter.join().unwrap();
        }
        got.extend(std::iter::from_fn(|| line.get()));
        got.sort_unstable();
        assert_eq!(got, [0, 1]);
    });
    seen.exactly(["none", "one", "two"]);
}

/// Two take, one has put two: each item goes to one of them.
#[test]
fn a_producer_and_two_consumers() {
    explore(some(3), || {
        let line = Line::<2>::new();
        let takers = [(); 2].map(|()| spawn(&line, Line::get));
        assert!(line.put(0) && line.put(1));
        let mut got: Vec<_> = takers
            .map(|taker| taker.join().unwrap())
            .into_iter()
            .flatten()
            .collect();
        got.extend(std::iter::from_fn(|| line.get()));
        got.sort_unstable();
        assert_eq!(got, [0, 1]);
    });
}

/// Around the ring and again, with a consumer beside: what could be put comes out once, in order, and no slot is written before it was read.
fn around<const N: usize>(bound: Bound, outcomes: &[&'static str]) {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(bound, move || {
        let ring = Arc::new(Ring::<usize, _>::new(Inline::<usize, N>::new()));
        let consumer = spawn(&ring, |ring| {
            let got = [ring.try_get(), ring.try_get()];
            got.into_iter().flatten().collect::<Vec<_>>()
        });
        let mut put = Vec::new();
        for item in 0..N + 2 {
            match ring.try_put(item) {
                Ok(()) => put.push(item),
                Err(error) => assert_eq!(error, TryPutError::Full(item)),
            }
        }
        notes.note(["full", "one more", "two more"][put.len() - N]);
        let mut got = consumer.join().unwrap();
        got.extend(std::iter::from_fn(|| ring.try_get().ok()));
        assert_eq!(got, put);
        assert!(ring.is_empty());
        assert_eq!(ring.unfinished(), put.len());
    });
    assert_eq!(seen.all(), outcomes);
}

#[test]
fn around_one_place() {
    around::<1>(some(5), &["full", "one more", "two more"]);
}

#[test]
fn around_two_places() {
    around::<2>(some(4), &["full", "one more", "two more"]);
}

#[test]
fn around_three_places() {
    around::<3>(some(3), &["full", "one more", "two more"]);
}

/// One item and two that take it, two items and one place: whoever comes too late is told so at once, in whatever state the other is. Neither tries for ever, as one would that waits for the other.
#[test]
fn nobody_waits_for_another() {
    explore(some(3), || {
        let line = Line::<1>::new();
        let putter = spawn(&line, |line| line.put(0));
        let put = line.put(1);
        assert!(put != putter.join().unwrap());
        let taker = spawn(&line, Line::get);
        let got = line.get();
        assert!(got.is_some() != taker.join().unwrap().is_some());
    });
}

/// One closes while another puts: who is told that it is shut down has missed nothing that was put, and sees what was done before the closing.
#[test]
fn closing_meets_a_put() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(ALL, move || {
        let line = Line::<1>::new();
        let putter = spawn(&line, |line| line.put(0));
        line.ring.close();
        let looked = match line.ring.try_get() {
            Ok(_) => "got",
            Err(TryGetError::Empty) => "in the making",
            Err(TryGetError::ShutDown) => "nothing",
        };
        notes.note(looked);
        match (putter.join().unwrap(), looked) {
            (true, "in the making") => assert_eq!(line.ring.try_get(), Ok(0)),
            (true, looked) => assert_eq!(looked, "got"),
            (false, looked) => assert_eq!(looked, "nothing"),
        }
        assert_eq!(line.ring.try_get(), Err(TryGetError::ShutDown));
        assert_eq!(line.ring.try_put(1), Err(TryPutError::ShutDown(1)));
    });
    seen.exactly(["got", "in the making", "nothing"]);
}

/// One closes after some work; who is told, at either end, sees the work.
#[test]
fn closing_publishes() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(ALL, move || {
        let line = Line::<1>::new();
        let closer = spawn(&line, |line| {
            line.data[0].bump();
            line.data[1].bump();
            line.ring.close();
        });
        if line.ring.try_get() == Err(TryGetError::ShutDown) {
            assert_eq!(line.data[0].get(), 1);
            notes.note("told at the get");
        } else if line.ring.try_put(0) == Err(TryPutError::ShutDown(0)) {
            assert_eq!(line.data[1].get(), 1);
            notes.note("told at the put");
        }
        closer.join().unwrap();
        notes.note("over");
    });
    seen.exactly(["over", "told at the get", "told at the put"]);
}

/// Two report a task each: one of them was the last, and whoever sees that all is done sees the work of both.
#[test]
fn two_tasks_are_done() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(some(4), move || {
        let line = Line::<2>::new();
        assert!(line.ring.try_put(0).is_ok() && line.ring.try_put(1).is_ok());
        let worker = spawn(&line, |line| {
            line.data[0].bump();
            line.ring.task_done()
        });
        line.data[1].bump();
        let mine = line.ring.task_done();
        let is_over = line.ring.unfinished() == 0;
        if is_over {
            assert_eq!((line.data[0].get(), line.data[1].get()), (1, 1));
        }
        notes.note_if(is_over, "over", "not yet");
        let its = worker.join().unwrap();
        assert!(matches!(
            (mine, its),
            (Ok(true), Ok(false)) | (Ok(false), Ok(true))
        ));
        assert_eq!(line.ring.task_done(), Err(TooManyTasksDone));
    });
    seen.exactly(["not yet", "over"]);
}
