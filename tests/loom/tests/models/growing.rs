//! A queue that waits over a store that grows: [`Fifo`] without a capacity, which is segments. A put never waits there.

use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, Ticks, World, block_on, explore, spawn};
use selvedge_core::queue::{Fifo, GetTimeoutError, Queue, ShutDown};

models! {
    a_put_meets_a_getter,
    a_put_meets_a_future,
    two_putters_and_a_getter,
    two_getters_at_a_border,
    a_getter_that_gives_up,
    a_shutdown_meets_a_getter,
}

/// Slots of a block.
const BLOCK: usize = 3;

/// A queue, and data for each item, which its putter writes before.
struct Line<P: World> {
    queue: Queue<P, Fifo<usize>>,
    data: [Data; BLOCK + 2],
}

impl<P: World> Line<P> {
    fn new() -> Arc<Self> {
        Self::after(0)
    }

    /// After so many items have come and gone.
    fn after(before: usize) -> Arc<Self> {
        let line = Arc::new(Self {
            queue: Queue::<P, Fifo<usize>>::new(0),
            data: [(); BLOCK + 2].map(|()| Data::default()),
        });
        for item in 0..before {
            line.put(item);
            assert_eq!(line.get(), item);
        }
        line
    }

    fn put(&self, item: usize) {
        self.data[item].bump();
        assert_eq!(self.queue.put(item), Ok(()));
    }

    fn see(&self, item: usize) -> usize {
        assert_eq!(self.data[item].get(), 1);
        item
    }

    fn get(&self) -> usize {
        self.see(self.queue.get().unwrap())
    }
}

/// One waits for an item, the other puts it: into the first block, and into the last place of it.
fn a_put_meets_a_getter<P: World>() {
    for before in [0, BLOCK - 1] {
        explore(Bound::preemptions::<P>(2, 2), move || {
            let line = Line::<P>::after(before);
            let getter = spawn(&line, Line::get);
            line.put(before);
            assert_eq!(getter.join().unwrap(), before);
            assert!(line.queue.is_empty());
        });
    }
}

/// The same for a future.
fn a_put_meets_a_future<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let line = Line::<P>::new();
        let getter = spawn(&line, |line| {
            let item = block_on(line.queue.get_async()).unwrap();
            line.see(item)
        });
        line.put(0);
        assert_eq!(getter.join().unwrap(), 0);
    });
}

/// Two put at the border of a block for one that waits for both.
fn two_putters_and_a_getter<P: World>() {
    explore(Bound::preemptions::<P>(1, 1).roughly(), || {
        let line = Line::<P>::after(BLOCK - 1);
        let getter = spawn(&line, |line| line.get() + line.get());
        let putter = spawn(&line, |line| line.put(BLOCK - 1));
        line.put(BLOCK);
        putter.join().unwrap();
        assert_eq!(getter.join().unwrap(), 2 * BLOCK - 1);
        assert!(line.queue.is_empty());
    });
}

/// Two wait at the border of a block for what one puts: each has one.
fn two_getters_at_a_border<P: World>() {
    explore(Bound::preemptions::<P>(1, 1).roughly(), || {
        let line = Line::<P>::after(BLOCK - 1);
        let getters = [(); 2].map(|()| spawn(&line, Line::get));
        line.put(BLOCK - 1);
        line.put(BLOCK);
        let sum: usize = getters.map(|getter| getter.join().unwrap()).iter().sum();
        assert_eq!(sum, 2 * BLOCK - 1);
    });
}

/// A getter's time runs out while an item comes: it has it, or it is there.
fn a_getter_that_gives_up<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let line = Line::<P>::new();
        let getter = spawn(&line, |line| {
            let got = line.queue.get_timeout(Ticks(1).into());
            got.map(|item| line.see(item))
        });
        line.put(0);
        match getter.join().unwrap() {
            Ok(item) => {
                notes.note("in time");
                assert_eq!(item, 0);
            }
            Err(error) => {
                notes.note("too late");
                assert_eq!(error, GetTimeoutError::TimedOut);
                assert_eq!(line.get(), 0);
            }
        }
    });
    seen.exactly(["in time", "too late"]);
}

/// A shutdown lets go who waits, after the last item.
fn a_shutdown_meets_a_getter<P: World>() {
    explore(Bound::preemptions::<P>(1, 1), || {
        let line = Line::<P>::new();
        let getter = spawn(&line, |line| {
            assert_eq!(line.get(), 0);
            assert_eq!(line.queue.get(), Err(ShutDown));
        });
        line.put(0);
        line.queue.shutdown(false);
        getter.join().unwrap();
    });
}
