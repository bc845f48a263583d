//! The stores of all queues against a model that cannot be wrong: a vector in the order of putting (rows ).
//!
//! One thread, random calls. Comparisons of items panic now and then; after that the store must be as before.

use std::cell::Cell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use proptest::prelude::*;
use selvedge_core::port::Spin;
use selvedge_core::queue::{
    Consumer, Fifo, FixedLifo, FixedPriority, Lifo, Priority, Producer, Queue, Spsc, Store,
    TooManyTasksDone, TryGetError, TryPutError,
};
use selvedge_core::raw::{Inline, Ring};

thread_local! {
    /// How many more comparisons go well; `None` for all.
    static PATIENCE: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Compared by `key` alone, so that the order among equals shows.
struct Item {
    key: u8,
    number: u32,
    /// One more holder while it lives.
    _alive: Rc<()>,
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        match PATIENCE.get() {
            // Not `panic!`, which would print.
            Some(0) => resume_unwind(Box::new("the comparison fails")),
            Some(n) => PATIENCE.set(Some(n - 1)),
            None => {}
        }
        self.key.cmp(&other.key)
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Item {}

#[derive(Debug, Clone, Copy)]
enum Step {
    Put(u8),
    Get,
    /// The same, with so many comparisons before one fails.
    PutBadly(u8, u32),
    GetBadly(u32),
    Done,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        40 => (0_u8..6).prop_map(Step::Put),
        30 => Just(Step::Get),
        10 => (0_u8..6, 0_u32..4).prop_map(|(key, n)| Step::PutBadly(key, n)),
        10 => (0_u32..6).prop_map(Step::GetBadly),
        20 => Just(Step::Done),
        1 => Just(Step::Close),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    First,
    Last,
    Smallest,
}

struct Model {
    order: Order,
    capacity: Option<usize>,
    items: Vec<(u8, u32)>,
    unfinished: usize,
    closed: bool,
}

impl Model {
    fn put(&mut self, key: u8, number: u32) -> Result<(), TryPutError<()>> {
        if self.closed {
            return Err(TryPutError::ShutDown(()));
        }
        if Some(self.items.len()) == self.capacity {
            return Err(TryPutError::Full(()));
        }
        self.items.push((key, number));
        self.unfinished += 1;
        Ok(())
    }

    fn get(&mut self) -> Result<u32, TryGetError> {
        let next = match self.order {
            Order::First => (!self.items.is_empty()).then_some(0),
            Order::Last => self.items.len().checked_sub(1),
            Order::Smallest => (0..self.items.len()).min_by_key(|i| (self.items[*i].0, *i)),
        };
        match next {
            Some(next) => Ok(self.items.remove(next).1),
            None if self.closed => Err(TryGetError::ShutDown),
            None => Err(TryGetError::Empty),
        }
    }
}

/// `call` with a comparison that fails after `patience` ones; `None` if it did.
fn badly<R>(patience: u32, call: impl FnOnce() -> R) -> Option<R> {
    PATIENCE.set(Some(patience));
    let result = catch_unwind(AssertUnwindSafe(call));
    PATIENCE.set(None);
    result.ok()
}

fn run<S: Store<Item = Item>>(store: S, order: Order, steps: &[Step]) {
    let alive = Rc::new(());
    let mut model = Model {
        order,
        capacity: store.capacity(),
        items: Vec::new(),
        unfinished: 0,
        closed: false,
    };
    let item = |key, number| Item {
        key,
        number: number as u32,
        _alive: Rc::clone(&alive),
    };
    let same_put = |put: Result<(), TryPutError<Item>>, model: &mut Model, key, number| {
        let expected = model.put(key, number as u32);
        match (put, expected) {
            (Ok(()), Ok(())) => {}
            (Err(TryPutError::Full(item)), Err(TryPutError::Full(()))) => {
                assert_eq!(item.number, number as u32);
            }
            (Err(TryPutError::ShutDown(item)), Err(TryPutError::ShutDown(()))) => {
                assert_eq!(item.number, number as u32);
            }
            (put, expected) => panic!("{put:?} instead of {expected:?}"),
        }
    };
    for (number, step) in steps.iter().enumerate() {
        match *step {
            Step::Put(key) => {
                same_put(store.try_put(item(key, number)), &mut model, key, number);
            }
            Step::PutBadly(key, patience) => {
                if let Some(put) = badly(patience, || store.try_put(item(key, number))) {
                    same_put(put, &mut model, key, number);
                }
            }
            Step::Get => assert_eq!(store.try_get().map(|item| item.number), model.get()),
            Step::GetBadly(patience) => {
                if let Some(got) = badly(patience, || store.try_get()) {
                    assert_eq!(got.map(|item| item.number), model.get());
                }
            }
            Step::Done => {
                let expected = match model.unfinished {
                    0 => Err(TooManyTasksDone),
                    n => {
                        model.unfinished = n - 1;
                        Ok(n == 1)
                    }
                };
                assert_eq!(store.task_done(), expected);
            }
            Step::Close => {
                store.close();
                model.closed = true;
            }
        }
        assert_eq!(store.len(), model.items.len());
        assert_eq!(store.is_empty(), model.items.is_empty());
        assert_eq!(store.unfinished(), model.unfinished);
        assert_eq!(store.is_closed(), model.closed);
        assert_eq!(Rc::strong_count(&alive), 1 + model.items.len());
    }
    // Half of what is left leaves in order, the rest goes with the store.
    for _ in 0..model.items.len() / 2 {
        assert_eq!(store.try_get().map(|item| item.number), model.get());
    }
    drop(store);
    assert_eq!(Rc::strong_count(&alive), 1);
}

proptest! {
    #[test]
    fn fixed_lifo(steps in prop::collection::vec(step(), 1..200)) {
        run(FixedLifo::<Spin, Item, 1>::new(), Order::Last, &steps);
        run(FixedLifo::<Spin, Item, 7>::new(), Order::Last, &steps);
    }

    #[test]
    fn lifo(steps in prop::collection::vec(step(), 1..200), capacity in 0_usize..9) {
        run(Lifo::<Spin, Item>::new(capacity), Order::Last, &steps);
    }

    #[test]
    fn fixed_priority(steps in prop::collection::vec(step(), 1..200)) {
        run(FixedPriority::<Spin, Item, 1>::new(), Order::Smallest, &steps);
        run(FixedPriority::<Spin, Item, 2>::new(), Order::Smallest, &steps);
        run(FixedPriority::<Spin, Item, 20>::new(), Order::Smallest, &steps);
    }

    #[test]
    fn priority(steps in prop::collection::vec(step(), 1..300), capacity in 0_usize..20) {
        run(Priority::<Spin, Item>::new(capacity), Order::Smallest, &steps);
        run(Priority::<Spin, Item>::new(0), Order::Smallest, &steps);
    }
}

#[derive(Debug, Clone, Copy)]
enum Call {
    Put(u8),
    Get,
    Drain(u8),
    Done,
    Shutdown(bool),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        40 => (0_u8..6).prop_map(Call::Put),
        30 => Just(Call::Get),
        3 => (0_u8..6).prop_map(Call::Drain),
        20 => Just(Call::Done),
        1 => any::<bool>().prop_map(Call::Shutdown),
    ]
}

/// A whole queue, with its shutdown (row X-11).
fn run_queue<S: Store<Item = Item>>(store: S, order: Order, calls: &[Call]) {
    let queue = Queue::<Spin, S>::with_store(store);
    let alive = Rc::new(());
    let mut model = Model {
        order,
        capacity: queue.capacity(),
        items: Vec::new(),
        unfinished: 0,
        closed: false,
    };
    for (number, call) in calls.iter().enumerate() {
        match *call {
            Call::Put(key) => {
                let put = queue.try_put(Item {
                    key,
                    number: number as u32,
                    _alive: Rc::clone(&alive),
                });
                let put = put.map_err(|error| match error {
                    TryPutError::Full(_) => TryPutError::Full(()),
                    TryPutError::ShutDown(_) => TryPutError::ShutDown(()),
                });
                assert_eq!(put, model.put(key, number as u32));
            }
            Call::Get => assert_eq!(queue.try_get().map(|item| item.number), model.get()),
            Call::Drain(most) => {
                for item in queue.drain().take(most.into()) {
                    assert_eq!(Ok(item.number), model.get());
                }
            }
            Call::Done => {
                let left = model.unfinished.checked_sub(1);
                model.unfinished = left.unwrap_or(0);
                assert_eq!(queue.task_done(), left.map(|_| ()).ok_or(TooManyTasksDone));
            }
            Call::Shutdown(immediate) => {
                queue.shutdown(immediate);
                model.closed = true;
                if immediate {
                    model.unfinished = model.unfinished.saturating_sub(model.items.len());
                    model.items.clear();
                }
            }
        }
        assert_eq!(queue.len(), model.items.len());
        assert_eq!(queue.is_empty(), model.items.is_empty());
        assert_eq!(queue.is_full(), Some(model.items.len()) == model.capacity);
        assert_eq!(queue.unfinished_tasks(), model.unfinished);
        assert_eq!(queue.try_join().is_ok(), model.unfinished == 0);
        assert_eq!(queue.is_shut_down(), model.closed);
        assert_eq!(Rc::strong_count(&alive), 1 + model.items.len());
    }
    drop(queue);
    assert_eq!(Rc::strong_count(&alive), 1);
}

#[derive(Debug, Clone, Copy)]
enum End {
    Put,
    Get,
    DropProducer,
    DropConsumer,
    Split,
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        40 => Just(End::Put),
        30 => Just(End::Get),
        2 => Just(End::DropProducer),
        2 => Just(End::DropConsumer),
        6 => Just(End::Split),
    ]
}

/// One producer and one consumer, who come and go.
fn run_spsc<const N: usize>(ends: &[End]) {
    let queue = Spsc::<Spin, Rc<usize>, N>::new();
    let mut producer: Option<Producer<'_, Spin, Rc<usize>, N>> = None;
    let mut consumer: Option<Consumer<'_, Spin, Rc<usize>, N>> = None;
    let mut items = std::collections::VecDeque::new();
    // Every item there has been, to see which are alive.
    let mut all = Vec::new();
    for (number, end) in ends.iter().enumerate() {
        match end {
            End::Put => {
                let Some(producer) = &mut producer else {
                    continue;
                };
                let item = Rc::new(number);
                all.push(Rc::clone(&item));
                match producer.try_put(item) {
                    Ok(()) => {
                        assert!(consumer.is_some() && items.len() < N);
                        items.push_back(number);
                    }
                    Err(TryPutError::Full(back)) => {
                        assert_eq!((*back, items.len()), (number, N));
                        assert!(consumer.is_some());
                    }
                    Err(TryPutError::ShutDown(back)) => {
                        assert_eq!(*back, number);
                        assert!(consumer.is_none());
                    }
                }
            }
            End::Get => {
                let Some(consumer) = &mut consumer else {
                    continue;
                };
                let expected = items.pop_front().ok_or(match producer {
                    Some(_) => TryGetError::Empty,
                    None => TryGetError::ShutDown,
                });
                assert_eq!(consumer.try_get().map(|item| *item), expected);
            }
            End::DropProducer => producer = None,
            End::DropConsumer => {
                if consumer.take().is_some() {
                    items.clear();
                }
            }
            End::Split => {
                let was_free = producer.is_none() && consumer.is_none();
                if let Some((put, get)) = queue.try_split() {
                    assert!(was_free);
                    (producer, consumer) = (Some(put), Some(get));
                } else {
                    assert!(!was_free);
                }
            }
        }
        if producer.is_none() && consumer.is_none() {
            items.clear();
        }
        assert_eq!(queue.len(), items.len());
        let alive: Vec<_> = all
            .iter()
            .filter(|i| Rc::strong_count(i) > 1)
            .map(|i| **i)
            .collect();
        assert!(items.iter().eq(&alive));
    }
}

proptest! {
    #[test]
    fn ring(steps in prop::collection::vec(step(), 1..200)) {
        run(Ring::new(Inline::<Item, 1>::new()), Order::First, &steps);
        run(Ring::new(Inline::<Item, 7>::new()), Order::First, &steps);
        run(Ring::new(Inline::<Item, 8>::new()), Order::First, &steps);
    }

    #[test]
    fn fifo(steps in prop::collection::vec(step(), 1..300), capacity in 0_usize..9) {
        run(Fifo::<Item>::new(capacity), Order::First, &steps);
        run(Fifo::<Item>::new(0), Order::First, &steps);
    }

    #[test]
    fn queues(calls in prop::collection::vec(call(), 1..200), capacity in 0_usize..9) {
        run_queue(Ring::new(Inline::<Item, 3>::new()), Order::First, &calls);
        run_queue(FixedLifo::<Spin, Item, 3>::new(), Order::Last, &calls);
        run_queue(FixedPriority::<Spin, Item, 5>::new(), Order::Smallest, &calls);
        run_queue(Fifo::<Item>::new(capacity), Order::First, &calls);
        run_queue(Lifo::<Spin, Item>::new(capacity), Order::Last, &calls);
        run_queue(Priority::<Spin, Item>::new(capacity), Order::Smallest, &calls);
    }

    #[test]
    fn spsc(ends in prop::collection::vec(end(), 1..300)) {
        run_spsc::<1>(&ends);
        run_spsc::<2>(&ends);
        run_spsc::<5>(&ends);
    }
}

/// All sequences of up to eight keys of three kinds leave in order, and equal ones in the order of putting.
#[test]
fn priority_in_all_small_cases() {
    let mut cases = 0;
    for length in 0..=8_u32 {
        for case in 0..3_u32.pow(length) {
            let store = FixedPriority::<Spin, Item, 8>::new();
            let alive = Rc::new(());
            let mut expected = Vec::new();
            for number in 0..length {
                let key = (case / 3_u32.pow(number) % 3) as u8;
                expected.push((key, number));
                let _alive = Rc::clone(&alive);
                assert!(
                    store
                        .try_put(Item {
                            key,
                            number,
                            _alive
                        })
                        .is_ok()
                );
            }
            expected.sort_unstable();
            for (key, number) in expected {
                let item = store.try_get().unwrap_or_else(|_| panic!("one is missing"));
                assert_eq!((item.key, item.number), (key, number));
            }
            assert!(store.is_empty());
            cases += 1;
        }
    }
    assert_eq!(cases, (3_u32.pow(9) - 1) / 2);
}
