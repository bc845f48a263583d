//! Queues that wait: event counts between a ring, or a store that knows nothing of claims, and those who wait for it.

use std::pin::pin;
use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, Signal, Ticks, World, block_on, explore, poll, spawn};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::queue::{
    FifoQueue, GetTimeoutError, PutError, Queue, ShutDown, Store, TooManyTasksDone, TryGetError,
    TryPutError,
};

models! {
    a_put_meets_a_getter,
    a_get_meets_a_putter,
    two_items_through_one_place,
    two_puts_for_two_getters,
    a_getter_that_gives_up,
    a_putter_that_gives_up,
    two_getters_of_which_one_gives_up,
    a_put_meets_a_future,
    a_future_that_is_dropped,
    a_woken_future_that_is_dropped,
    a_full_queue_and_a_future_that_is_dropped,
    a_shutdown_meets_a_getter,
    a_shutdown_meets_a_putter,
    a_discarding_shutdown_meets_a_put,
    a_task_is_done,
    a_count_meets_a_getter,
    a_count_meets_a_future,
}
models! { on ShortParking:
    a_put_meets_a_getter,
    two_puts_for_two_getters,
    a_put_meets_a_future,
    a_woken_future_that_is_dropped,
    a_shutdown_meets_a_getter,
    a_discarding_shutdown_meets_a_put,
    a_count_meets_a_future,
}

/// A queue with data for each item, which its putter writes before.
pub(crate) struct Line<P: World, const N: usize> {
    pub(crate) queue: FifoQueue<P, usize, N>,
    pub(crate) data: [Data; 2],
}

impl<P: World, const N: usize> Line<P, N> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            queue: FifoQueue::new(),
            data: [Data::default(), Data::default()],
        })
    }

    pub(crate) fn put(&self, item: usize) {
        self.data[item].bump();
        assert_eq!(self.queue.try_put(item), Ok(()));
    }

    pub(crate) fn see(&self, item: usize) -> usize {
        assert_eq!(self.data[item].get(), 1);
        item
    }

    pub(crate) fn get(&self) -> usize {
        self.see(self.queue.get().unwrap())
    }
}

/// One waits for an item, the other puts it.
fn a_put_meets_a_getter<P: World>() {
    explore(Bound::preemptions::<P>(4, 4), || {
        let line = Line::<P, 1>::new();
        let getter = spawn(&line, Line::get);
        line.put(0);
        assert_eq!(getter.join().unwrap(), 0);
        assert!(line.queue.is_empty());
    });
}

/// One waits for room, the other makes it.
fn a_get_meets_a_putter<P: World>() {
    explore(Bound::preemptions::<P>(4, 4), || {
        let line = Line::<P, 1>::new();
        line.put(0);
        let putter = spawn(&line, |line| {
            line.data[1].bump();
            line.queue.put(1).unwrap();
        });
        assert_eq!(line.queue.try_get(), Ok(0));
        putter.join().unwrap();
        assert_eq!(line.queue.try_get().map(|item| line.see(item)), Ok(1));
    });
}

/// Both ends wait: the second item needs the room of the first.
fn two_items_through_one_place<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let line = Line::<P, 1>::new();
        let putter = spawn(&line, |line| {
            for item in [0, 1] {
                line.data[item].bump();
                line.queue.put(item).unwrap();
            }
        });
        assert_eq!([line.get(), line.get()], [0, 1]);
        putter.join().unwrap();
    });
}

/// Two wait, two items come at once, of which the second may be ready first: each gets one.
fn two_puts_for_two_getters<P: World>() {
    explore(Bound::preemptions::<P>(1, 0).roughly(), || {
        let line = Line::<P, 2>::new();
        let getters = [(); 2].map(|()| spawn(&line, Line::get));
        let putter = spawn(&line, |line| line.put(1));
        line.put(0);
        let sum: usize = getters.map(|getter| getter.join().unwrap()).iter().sum();
        assert_eq!(sum, 1);
        putter.join().unwrap();
    });
}

/// A getter's time runs out while an item comes: it has it, or it is there.
fn a_getter_that_gives_up<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 3), move || {
        let line = Line::<P, 1>::new();
        let getter = spawn(&line, |line| {
            match line.queue.get_timeout(Ticks(2).into()) {
                Ok(item) => line.see(item) == 0,
                Err(error) => error != GetTimeoutError::TimedOut,
            }
        });
        line.put(0);
        let got = getter.join().unwrap();
        assert_eq!(line.queue.try_get().is_err(), got);
        notes.note_if(got, "got", "gave up");
    });
    seen.exactly(["gave up", "got"]);
}

/// A putter's time runs out while room is made: the item is in the queue, or it has come back.
fn a_putter_that_gives_up<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 3), move || {
        let line = Line::<P, 1>::new();
        line.put(0);
        let putter = spawn(&line, |line| {
            let put = line.queue.put_timeout(1, Ticks(2).into());
            put.map_err(|error| assert_eq!(error.into_inner(), 1))
                .is_ok()
        });
        assert_eq!(line.queue.try_get(), Ok(0));
        let put = putter.join().unwrap();
        assert_eq!(line.queue.try_get().is_ok(), put);
        notes.note_if(put, "put", "gave up");
    });
    seen.exactly(["gave up", "put"]);
}

/// Two wait, one with a limit; one item comes. If the one with the limit gives up, the other has the item; if it does not, it gives the item to the other.
fn two_getters_of_which_one_gives_up<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(1, 1), move || {
        let line = Line::<P, 1>::new();
        let limited = spawn(&line, |line| {
            let got = line.queue.get_timeout(Ticks(1).into());
            got.map(|item| line.queue.try_put(item).unwrap()).is_ok()
        });
        let other = spawn(&line, Line::get);
        line.put(0);
        assert_eq!(other.join().unwrap(), 0);
        notes.note_if(limited.join().unwrap(), "got", "gave up");
    });
    seen.exactly(["gave up", "got"]);
}

/// A future waits for an item.
fn a_put_meets_a_future<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let line = Line::<P, 1>::new();
        let putter = spawn(&line, |line| line.put(0));
        let item = block_on(line.queue.get_async()).unwrap();
        assert_eq!(line.see(item), 0);
        putter.join().unwrap();
    });
}

/// A future waits and is dropped while an item comes; a thread waits, too, and gets it.
fn a_future_that_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(1, 1), || {
        let line = Line::<P, 1>::new();
        let dropper = spawn(&line, |line| {
            let mut future = pin!(line.queue.get_async());
            if poll(future.as_mut(), &Signal::new()).is_ready() {
                line.queue.try_put(0).unwrap();
            }
        });
        let getter = spawn(&line, Line::get);
        line.put(0);
        dropper.join().unwrap();
        assert_eq!(getter.join().unwrap(), 0);
    });
}

/// Two futures wait, an item comes for the first, and that is dropped without looking: the second is woken.
fn a_woken_future_that_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let line = Line::<P, 1>::new();
        let signal = Signal::new();
        let mut first = Box::pin(line.queue.get_async());
        assert!(poll(first.as_mut(), &Signal::new()).is_pending());
        let mut second = Box::pin(line.queue.get_async());
        assert!(poll(second.as_mut(), &signal).is_pending());
        let putter = spawn(&line, |line| line.put(0));
        drop(first);
        assert_eq!(block_on(second).map(|item| line.see(item)), Ok(0));
        putter.join().unwrap();
    });
}

/// A future waits for room and is dropped while room is made; a thread waits, too, and puts. The future's item is not in the queue.
fn a_full_queue_and_a_future_that_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let line = Line::<P, 1>::new();
        line.put(0);
        let mut future = Box::pin(line.queue.put_async(7));
        assert!(poll(future.as_mut(), &Signal::new()).is_pending());
        let putter = spawn(&line, |line| line.queue.put(1).unwrap());
        let getter = spawn(&line, |line| line.queue.try_get().unwrap());
        drop(future);
        putter.join().unwrap();
        assert_eq!(getter.join().unwrap(), 0);
        assert_eq!(line.queue.try_get(), Ok(1));
    });
}

/// A getter waits while the queue is shut down: it is told, and sees what was done before.
fn a_shutdown_meets_a_getter<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let line = Line::<P, 1>::new();
        let getter = spawn(&line, |line| {
            assert_eq!(line.queue.get(), Err(ShutDown));
            line.see(0);
        });
        line.data[0].bump();
        line.queue.shutdown(false);
        getter.join().unwrap();
    });
}

/// A putter waits while the queue is shut down: it has its item back.
fn a_shutdown_meets_a_putter<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let line = Line::<P, 1>::new();
        line.put(0);
        let putter = spawn(&line, |line| line.queue.put(1));
        line.queue.shutdown(false);
        assert_eq!(putter.join().unwrap(), Err(PutError(1)));
        assert_eq!(line.queue.try_get(), Ok(0));
        assert_eq!(line.queue.try_get(), Err(TryGetError::ShutDown));
    });
}

/// A queue is shut down so that all is dropped, while an item is put: it is not put, or it is dropped, and nothing is left to do. Whoever waits until all is done returns.
fn a_discarding_shutdown_meets_a_put<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let line = Line::<P, 1>::new();
        let putter = spawn(&line, |line| line.queue.try_put(0));
        let joiner = spawn(&line, |line| line.queue.join());
        line.queue.shutdown(true);
        notes.note_if(putter.join().unwrap().is_ok(), "put", "refused");
        joiner.join().unwrap();
        assert_eq!(line.queue.unfinished_tasks(), 0);
        assert!(line.queue.store().is_empty());
        assert_eq!(line.queue.try_get(), Err(TryGetError::ShutDown));
    });
    seen.exactly(["put", "refused"]);
}

/// One waits until all is done, and sees what was done.
fn a_task_is_done<P: World>() {
    explore(Bound::preemptions::<P>(4, 4), || {
        let line = Line::<P, 1>::new();
        line.queue.try_put(0).unwrap();
        let worker = spawn(&line, |line| {
            let item = line.queue.try_get().unwrap();
            line.data[item].bump();
            line.queue.task_done().unwrap();
        });
        line.queue.join();
        line.see(0);
        worker.join().unwrap();
    });
}

/// A store that only counts, and does not promise anything about claims: whoever is about to sleep must use the dear fence.
struct Tokens(AtomicU32);

impl Store for Tokens {
    type Item = ();

    fn try_put(&self, (): ()) -> Result<(), TryPutError<()>> {
        self.0.store(1, Ordering::Release);
        Ok(())
    }

    fn try_get(&self) -> Result<(), TryGetError> {
        let taken = self
            .0
            .compare_exchange(1, 0, Ordering::Acquire, Ordering::Relaxed);
        taken.map(drop).map_err(|_| TryGetError::Empty)
    }

    fn close(&self) {}

    fn is_closed(&self) -> bool {
        false
    }

    fn len(&self) -> usize {
        self.0.load(Ordering::Relaxed) as usize
    }

    fn capacity(&self) -> Option<usize> {
        Some(1)
    }

    fn task_done(&self) -> Result<bool, TooManyTasksDone> {
        Err(TooManyTasksDone)
    }

    fn unfinished(&self) -> usize {
        0
    }
}

fn tokens<P: World>() -> Arc<(Queue<P, Tokens>, Data)> {
    let queue = Queue::with_store(Tokens(AtomicU32::new(0)));
    Arc::new((queue, Data::default()))
}

/// The same as with the ring, by the other edge.
fn a_count_meets_a_getter<P: World>() {
    explore(Bound::preemptions::<P>(4, 4), || {
        let shared = tokens::<P>();
        let getter = spawn(&shared, |(queue, data)| {
            queue.get().unwrap();
            assert_eq!(data.get(), 1);
        });
        shared.1.bump();
        shared.0.try_put(()).unwrap();
        getter.join().unwrap();
    });
}

/// A future at such a store.
fn a_count_meets_a_future<P: World>() {
    explore(Bound::preemptions::<P>(4, 4), || {
        let shared = tokens::<P>();
        let putter = spawn(&shared, |(queue, data)| {
            data.bump();
            queue.try_put(()).unwrap();
        });
        block_on(shared.0.get_async()).unwrap();
        assert_eq!(shared.1.get(), 1);
        putter.join().unwrap();
    });
}
