//! The segments by themselves: nobody waits for items, everybody tries. A block has three slots here.
//!
//! Loom watches the slots and the words that belong to the owner of a block: an item that is moved in or out, or a block that is used again, while another thread is at it is reported as a race. It also knows which blocks were
//! not freed.

use std::sync::Arc;

use loom_tests::{Bound, Data, Futex, Seen, explore, spawn};
use selvedge_core::queue::{Call, Store, TooManyTasksDone, TryGetError, TryPutError};
use selvedge_core::raw::Segments;

/// The real claims have no fence after them, and nobody waits for any here.
const ALL: Bound = Bound::NONE.without("claimed-or-listed");

const fn some(preemptions: usize) -> Bound {
    Bound::preemptions::<Futex>(preemptions, preemptions).without("claimed-or-listed")
}

/// Slots of a block.
const BLOCK: usize = 3;
/// More items than a model has.
const MOST: usize = 12;

/// Segments, and data that putters write before.
struct Line {
    queue: Segments<usize>,
    data: [Data; MOST],
}

impl Line {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            queue: Segments::new(),
            data: [(); MOST].map(|()| Data::default()),
        })
    }

    /// After `before` items have come and gone.
    fn after(before: usize) -> Arc<Self> {
        let line = Self::new();
        for item in 0..before {
            assert!(line.put(item));
            assert_eq!(line.get(), Some(item));
        }
        line
    }

    /// Puts `item` after its data.
    fn put(&self, item: usize) -> bool {
        self.data[item].bump();
        self.queue.try_put(item).is_ok()
    }

    /// Takes an item, and sees its data.
    fn get(&self) -> Option<usize> {
        let item = self.queue.try_get().ok()?;
        assert_eq!(self.data[item].get(), 1);
        Some(item)
    }

    fn rest(&self) -> impl Iterator<Item = usize> {
        std::iter::from_fn(|| self.get())
    }
}

/// One puts, one takes, at every place of a block: nothing, or the item with what came before it. The first of all installs the first block.
#[test]
fn a_put_meets_a_get() {
    for before in 0..=BLOCK {
        let seen = Seen::new();
        let notes = seen.clone();
        explore(ALL, move || {
            let line = Line::after(before);
            let putter = spawn(&line, move |line| assert!(line.put(before)));
            let got = line.get();
            notes.note_if(got.is_some(), "got", "nothing");
            putter.join().unwrap();
            assert_eq!(line.get().is_some(), got.is_none());
            assert_eq!(line.queue.try_get(), Err(TryGetError::Empty));
        });
        seen.exactly(["got", "nothing"]);
    }
}

/// Two put at the end of a block, or into none yet: one of them installs the next, and both items come out.
#[test]
fn two_put_at_a_border() {
    for before in [BLOCK - 1, 0] {
        explore(some(4), move || {
            let line = Line::after(before);
            let other = spawn(&line, move |line| assert!(line.put(before)));
            assert!(line.put(before + 1));
            other.join().unwrap();
            assert_eq!(line.queue.len(), 2);
            let mut got: Vec<_> = line.rest().collect();
            got.sort_unstable();
            assert_eq!(got, [before, before + 1]);
        });
    }
}

/// Two take what is on both sides of a border, in a block that was seen as full and one that was not.
#[test]
fn two_get_at_a_border() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(some(4), move || {
        let line = Line::after(BLOCK - 1);
        let items = [BLOCK - 1, BLOCK, BLOCK + 1];
        assert!(items.map(|item| line.put(item)).into_iter().all(|put| put));
        let other = spawn(&line, |line| (line.get(), line.get()));
        let mine = line.get();
        let (first, second) = other.join().unwrap();
        notes.note_if(mine < first, "mine first", "the other first");
        let mut got: Vec<_> = [first, second, mine].into_iter().flatten().collect();
        got.sort_unstable();
        assert_eq!(got, items);
        assert!(line.queue.is_quiet(Call::Put));
    });
    seen.exactly(["mine first", "the other first"]);
}

/// Two take from a block that was full when the head came to it: they claim without a look, and see what the one that looked had seen.
#[test]
fn two_get_from_a_full_block() {
    explore(some(2).roughly(), || {
        let line = Line::after(BLOCK - 1);
        // On a thread of its own, so that nothing but the head tells the others.
        let putter = spawn(&line, |line| {
            for item in BLOCK - 1..=2 * BLOCK {
                assert!(line.put(item));
            }
        });
        let other = spawn(&line, |line| [line.get(), line.get()]);
        let mut got = vec![line.get(), line.get()];
        got.extend(other.join().unwrap());
        putter.join().unwrap();
        let mut got: Vec<_> = got.into_iter().flatten().collect();
        got.extend(line.rest());
        got.sort_unstable();
        assert_eq!(got, (BLOCK - 1..=2 * BLOCK).collect::<Vec<_>>());
    });
}

/// A getter leaves a block while another is still in it; a putter goes on and uses it again, once both have left.
#[test]
fn a_block_is_used_again() {
    explore(some(3), || {
        let line = Line::after(BLOCK - 2);
        assert!(line.put(BLOCK - 2) && line.put(BLOCK - 1));
        let getters = [(); 2].map(|()| spawn(&line, Line::get));
        let last = 3 * BLOCK;
        for item in BLOCK..last {
            assert!(line.put(item));
        }
        let mut got: Vec<_> = getters
            .map(|getter| getter.join().unwrap())
            .into_iter()
            .flatten()
            .collect();
        got.extend(line.rest());
        got.sort_unstable();
        assert_eq!(got, (BLOCK - 2..last).collect::<Vec<_>>());
    });
}

/// Around and around: a getter behind a putter, over three borders, with blocks that come back.
#[test]
fn a_getter_behind_a_putter() {
    explore(some(3), || {
        let line = Line::after(BLOCK - 1);
        let last = 3 * BLOCK;
        let getter = spawn(&line, |line| {
            [(); 5]
                .map(|()| line.get())
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
        });
        for item in BLOCK - 1..=last {
            assert!(line.put(item));
        }
        let mut got = getter.join().unwrap();
        got.extend(line.rest());
        assert_eq!(got, (BLOCK - 1..=last).collect::<Vec<_>>());
    });
}

/// A close meets a put at the end of a block: it is refused, or its item comes out before the end is told; and whoever is told so has what was done before the close.
#[test]
fn a_close_meets_a_put() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(some(4), move || {
        let line = Line::after(BLOCK - 1);
        let closer = spawn(&line, |line| {
            line.data[MOST - 1].bump();
            line.queue.close();
        });
        let item = BLOCK - 1;
        let put = spawn(&line, move |line| {
            line.data[item].bump();
            match line.queue.try_put(item) {
                Ok(()) => true,
                Err(error) => {
                    assert_eq!(error, TryPutError::ShutDown(item));
                    assert_eq!(line.data[MOST - 1].get(), 1);
                    false
                }
            }
        });
        let mut got = None;
        for _ in 0..2 {
            match line.queue.try_get() {
                Ok(item) => got = Some(item),
                Err(TryGetError::Empty) => {}
                Err(TryGetError::ShutDown) => {
                    assert_eq!(line.data[MOST - 1].get(), 1);
                    notes.note("told");
                    assert_eq!(put.join().unwrap(), got.is_some());
                    closer.join().unwrap();
                    return;
                }
            }
        }
        notes.note("not told");
        let put = put.join().unwrap();
        closer.join().unwrap();
        got = got.or(line.queue.try_get().ok());
        assert_eq!(got.is_some(), put);
        assert_eq!(line.queue.try_get(), Err(TryGetError::ShutDown));
    });
    seen.exactly(["not told", "told"]);
}

/// Two report their tasks: one is told that it was the last, and who sees that nothing is left sees what both did.
#[test]
fn two_tasks_are_done() {
    explore(some(4), || {
        let line = Line::after(BLOCK - 1);
        for _ in 0..BLOCK - 1 {
            line.queue.task_done().unwrap();
        }
        assert!(line.put(BLOCK - 1) && line.put(BLOCK));
        let other = spawn(&line, |line| {
            line.data[MOST - 1].bump();
            line.queue.task_done().unwrap()
        });
        line.data[MOST - 2].bump();
        let mine = line.queue.task_done().unwrap();
        if line.queue.unfinished() == 0 {
            assert_eq!(line.data[MOST - 1].get(), 1);
        }
        assert!(mine ^ other.join().unwrap());
        assert_eq!(line.queue.task_done(), Err(TooManyTasksDone));
    });
}
