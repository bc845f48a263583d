//! Select: waiting in several places at once, with one flag for all of them.
//!
//! Events need no notification passed on, and so show the waiting itself; queues show that nothing is lost.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use loom_tests::{Bound, Data, Seen, Signal, Ticks, World, block_on, explore, poll, spawn};
use selvedge_core::Event;
use selvedge_core::queue::{FifoQueue, Queue};
use selvedge_core::select::Select;

models! {
    one_of_two_events,
    two_events_at_once,
    a_short_set_of_one_of_two,
    a_timeout_meets_a_set,
    a_future_of_two_events,
    a_future_is_dropped_beside_a_thread,
    one_of_two_queues,
    a_future_of_two_queues,
    two_queues_at_once,
    two_selects_of_two_queues,
    an_event_or_an_item,
    a_select_that_gives_up,
    a_future_of_queues_that_is_dropped,
    a_told_future_leaves_one,
    a_put_or_a_get,
    another_takes_the_item,
}
models! { on LiveParking: two_setters_and_a_frame_that_ends }

/// Two events, each with data of its own.
struct Two<P: World> {
    events: [Event<P>; 2],
    data: [Data; 2],
}

impl<P: World> Two<P> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            events: [Event::new(), Event::new()],
            data: [Data::default(), Data::default()],
        })
    }

    fn tell(&self, which: usize) {
        self.data[which].bump();
        self.events[which].set();
    }

    fn select(&self) -> usize {
        let [one, two] = &self.events;
        let which = Select::new()
            .event(one, || 0)
            .event(two, || 1)
            .in_order()
            .wait();
        assert_eq!(self.data[which].get(), 1);
        which
    }
}

/// One waits for either of two, the other sets the second: it returns, and sees what came before.
fn one_of_two_events<P: World>() {
    explore(Bound::preemptions::<P>(4, 4), || {
        let shared = Two::<P>::new();
        let waiter = spawn(&shared, Two::select);
        shared.tell(1);
        assert_eq!(waiter.join().unwrap(), 1);
    });
}

/// Two set an event each: the waiter returns for one of them, and leaves the line of the other.
fn two_events_at_once<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let shared = Two::<P>::new();
        let waiter = spawn(&shared, Two::select);
        let setter = spawn(&shared, |shared| shared.tell(0));
        shared.tell(1);
        notes.note_if(waiter.join().unwrap() == 0, "the first", "the second");
        setter.join().unwrap();
    });
    seen.exactly(["the first", "the second"]);
}

/// The frame of the waiter ends as soon as it may, and its thread with it: nobody unblocks it after that.
fn two_setters_and_a_frame_that_ends<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let shared = Two::<P>::new();
        let waiter = spawn(&shared, |shared| {
            Two::select(shared);
        });
        let setter = spawn(&shared, |shared| shared.tell(0));
        shared.tell(1);
        waiter.join().unwrap();
        setter.join().unwrap();
    });
}

/// T-93 with two events: up and down at once, and the waiter returns if it had begun to wait.
fn a_short_set_of_one_of_two<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 3), move || {
        let shared = Two::<P>::new();
        let waiter = spawn(&shared, |shared| {
            let [one, two] = &shared.events;
            let select = Select::new().event(one, || ()).event(two, || ());
            let heard = select.wait_timeout(Ticks(1).into()).is_ok();
            heard.then(|| assert_eq!(shared.data[1].get(), 1)).is_some()
        });
        shared.tell(1);
        shared.events[1].clear();
        notes.note_if(waiter.join().unwrap(), "heard", "gave up");
    });
    seen.exactly(["gave up", "heard"]);
}

/// One waits with a limit while another sets: if it gives up, nobody touches its frame any more.
fn a_timeout_meets_a_set<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 3), move || {
        let shared = Two::<P>::new();
        let waiter = spawn(&shared, |shared| {
            let [one, two] = &shared.events;
            let select = Select::new().event(one, || 0).event(two, || 1);
            let heard = select.wait_timeout(Ticks(2).into());
            heard.map(|which| shared.data[which].get()).is_ok()
        });
        shared.tell(0);
        notes.note_if(waiter.join().unwrap(), "heard", "gave up");
    });
    seen.exactly(["gave up", "heard"]);
}

/// A future waits for either of two.
fn a_future_of_two_events<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let shared = Two::<P>::new();
        let setter = spawn(&shared, |shared| shared.tell(1));
        let [one, two] = &shared.events;
        let select = Select::new().event(one, || 0).event(two, || 1);
        assert_eq!(block_on(select.wait_async()), 1);
        assert_eq!(shared.data[1].get(), 1);
        setter.join().unwrap();
    });
}

/// A future waits and is dropped while one of its events is set; a thread that waits for that, too, is woken.
fn a_future_is_dropped_beside_a_thread<P: World>() {
    explore(Bound::preemptions::<P>(1, 1), || {
        let shared = Two::<P>::new();
        let dropper = spawn(&shared, |shared| {
            let [one, two] = &shared.events;
            let select = Select::new().event(one, || 0).event(two, || 1);
            let mut future = Box::pin(select.wait_async());
            let _ = poll(future.as_mut(), &Signal::new());
        });
        let waiter = spawn(&shared, Two::select);
        shared.tell(1);
        dropper.join().unwrap();
        assert_eq!(waiter.join().unwrap(), 1);
    });
}

/// Two queues with one place each, and data for the item of each.
struct Pair<P: World> {
    queues: [FifoQueue<P, usize, 1>; 2],
    data: [Data; 2],
    stop: Event<P>,
}

impl<P: World> Pair<P> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            queues: [FifoQueue::new(), FifoQueue::new()],
            data: [Data::default(), Data::default()],
            stop: Event::new(),
        })
    }

    fn put(&self, which: usize) {
        self.data[which].bump();
        self.queues[which].try_put(which).unwrap();
    }

    fn see(&self, item: usize) -> usize {
        assert_eq!(self.data[item].get(), 1);
        item
    }

    fn select(&self) -> usize {
        let [one, two] = &self.queues;
        let item = Select::new()
            .get_any([one, two], |which, got| {
                assert_eq!(got, Ok(which));
                which
            })
            .in_order()
            .wait();
        self.see(item)
    }

    /// Puts an item back for another.
    fn back(&self, item: usize) {
        self.queues[item].try_put(item).unwrap();
    }

    fn is_empty(&self) -> bool {
        self.queues.iter().all(FifoQueue::is_empty)
    }
}

/// One waits for an item in either, the other puts it into the second.
fn one_of_two_queues<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let pair = Pair::<P>::new();
        let getter = spawn(&pair, Pair::select);
        pair.put(1);
        assert_eq!(getter.join().unwrap(), 1);
        assert!(pair.is_empty());
    });
}

/// The same as a future, with an event beside.
fn a_future_of_two_queues<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let pair = Pair::<P>::new();
        let putter = spawn(&pair, |pair| pair.put(1));
        let [one, two] = &pair.queues;
        let select = Select::new()
            .event(&pair.stop, || 7)
            .get(one, Result::unwrap)
            .get(two, Result::unwrap);
        assert_eq!(pair.see(block_on(select.wait_async())), 1);
        putter.join().unwrap();
        assert!(pair.is_empty());
    });
}

/// An item in each: one of them is taken, the other stays.
fn two_queues_at_once<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let pair = Pair::<P>::new();
        let getter = spawn(&pair, Pair::select);
        let putter = spawn(&pair, |pair| pair.put(0));
        pair.put(1);
        let item = getter.join().unwrap();
        putter.join().unwrap();
        notes.note_if(item == 0, "the first", "the second");
        assert!(pair.queues[item].is_empty());
        assert_eq!(pair.queues[1 - item].try_get(), Ok(1 - item));
    });
    seen.exactly(["the first", "the second"]);
}

/// Two wait at both, and an item comes into each: whoever was told of both leaves one to the other.
fn two_selects_of_two_queues<P: World>() {
    explore(Bound::preemptions::<P>(0, 0), || {
        let pair = Pair::<P>::new();
        let getters = [(); 2].map(|()| spawn(&pair, Pair::select));
        pair.put(0);
        pair.put(1);
        let sum: usize = getters.map(|getter| getter.join().unwrap()).iter().sum();
        assert_eq!(sum, 1);
        assert!(pair.is_empty());
    });
}

/// An item comes, and the flag goes up. A select that was told of both and stops has passed the item on to one that waits for it.
fn an_event_or_an_item<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(1, 1).roughly(), move || {
        let pair = Pair::<P>::new();
        let select = spawn(&pair, |pair| {
            let got = Select::new()
                .event(&pair.stop, || None)
                .get(&pair.queues[0], Result::ok)
                .in_order()
                .wait();
            got.map(|item| pair.back(item)).is_some()
        });
        let getter = spawn(&pair, |pair| pair.see(pair.queues[0].get().unwrap()));
        pair.put(0);
        pair.stop.set();
        notes.note_if(select.join().unwrap(), "took it", "stopped");
        assert_eq!(getter.join().unwrap(), 0);
    });
    seen.exactly(["stopped", "took it"]);
}

/// A select's time runs out while an item comes: it has it, or it is there.
fn a_select_that_gives_up<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 3), move || {
        let pair = Pair::<P>::new();
        let select = spawn(&pair, |pair| {
            let [one, two] = &pair.queues;
            let select = Select::new().get_any([one, two], |_, got| got.unwrap());
            let got = select.wait_timeout(Ticks(2).into());
            got.map(|item| pair.see(item)).is_ok()
        });
        pair.put(1);
        let got = select.join().unwrap();
        assert_eq!(pair.is_empty(), got);
        notes.note_if(got, "got", "gave up");
    });
    seen.exactly(["gave up", "got"]);
}

/// A future waits at both and is dropped while an item comes; a thread waits for that, and gets it.
fn a_future_of_queues_that_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(1, 1).roughly(), || {
        let pair = Pair::<P>::new();
        let dropper = spawn(&pair, |pair| {
            let [one, two] = &pair.queues;
            let select = Select::new().get_any([one, two], |_, got| got.unwrap());
            let mut future = pin!(select.wait_async());
            if let Poll::Ready(item) = poll(future.as_mut(), &Signal::new()) {
                pair.back(item);
            }
        });
        let getter = spawn(&pair, |pair| pair.see(pair.queues[1].get().unwrap()));
        pair.put(1);
        dropper.join().unwrap();
        assert_eq!(getter.join().unwrap(), 1);
    });
}

/// A future is told of both items, or of the first, and takes that: the future behind it is told of the other, and need not be polled for another reason.
fn a_told_future_leaves_one<P: World>() {
    explore(Bound::preemptions::<P>(2, 2), || {
        let pair = Pair::<P>::new();
        let [one, two] = &pair.queues;
        let (first, second) = (Signal::new(), Signal::new());
        let select = Select::new()
            .get_any([one, two], |which, got| (which, got))
            .in_order();
        let mut select = Box::pin(select.wait_async());
        assert!(poll(select.as_mut(), &first).is_pending());
        let mut behind = Box::pin(two.get_async());
        assert!(poll(behind.as_mut(), &second).is_pending());
        let putter = spawn(&pair, |pair| {
            pair.put(0);
            pair.put(1);
        });
        first.wait();
        assert_eq!(poll(select.as_mut(), &first), Poll::Ready((0, Ok(0))));
        second.wait();
        assert_eq!(poll(behind.as_mut(), &second), Poll::Ready(Ok(1)));
        putter.join().unwrap();
    });
}

/// One waits for room in the first queue, which is full, or for an item in the second; both come.
fn a_put_or_a_get<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let pair = Pair::<P>::new();
        pair.queues[0].try_put(5).unwrap();
        let select = spawn(&pair, |pair| {
            let [one, two] = &pair.queues;
            let mut item = Some(6);
            let put = Select::new()
                .put(one, &mut item, |put| put.is_ok())
                .get(two, |got| got.is_err())
                .wait();
            assert_eq!(item.is_none(), put);
            put
        });
        let getter = spawn(&pair, |pair| pair.queues[0].try_get());
        pair.put(1);
        let put = select.join().unwrap();
        assert_eq!(getter.join().unwrap(), Ok(5));
        assert_eq!(pair.queues[0].try_get().ok(), put.then_some(6));
        assert_eq!(pair.queues[1].try_get().ok(), put.then_some(1));
        notes.note_if(put, "put", "got");
    });
    seen.exactly(["got", "put"]);
}

/// One is told of an item that somebody else takes, and waits again; whoever told it may not be through with that. Then another item comes.
///
/// The one that waits is the first thread: so the other taker comes and goes without an interruption that would count, and two are enough for the rest.
fn another_takes_the_item<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(2, 2), move || {
        let queue = Arc::new(FifoQueue::<P, usize, 2>::new());
        let putter = spawn(&queue, |queue| {
            queue.try_put(0).unwrap();
            queue.try_put(1).unwrap();
        });
        let taker = spawn(&queue, Queue::try_get);
        let got = Select::new().get(&*queue, Result::unwrap).wait();
        let taken = taker.join().unwrap();
        putter.join().unwrap();
        assert_ne!(taken, Ok(got));
        notes.note_if(taken.is_ok(), "taken", "left");
    });
    seen.exactly(["left", "taken"]);
}
