//! Queues of every kind, and select.

use selvedge_core::queue::{
    Consumer, FifoQueue, LifoQueue, PriorityQueue, Producer, Queue, SimpleFifo, Spsc, Store,
};
use selvedge_core::select::Select;
use selvedge_core::{Event, Mutex};

use crate::number::Number;
use crate::{Phase, Whole};

pub(crate) struct Queues<P: Whole> {
    pub(crate) fifo: Fifo<P>,
    pub(crate) emptied: Emptied<P>,
    pub(crate) lifo: Filled<LifoQueue<P, u32, 3>>,
    pub(crate) priority: Filled<PriorityQueue<P, u32, 3>>,
    pub(crate) simple: Simple<P>,
    pub(crate) up: Up<P>,
    pub(crate) down: Down<P>,
    pub(crate) either: Either<P>,
}

impl<P: Whole> Queues<P> {
    pub(crate) const fn new() -> Self {
        Self {
            fifo: Fifo {
                queue: FifoQueue::new(),
                next: Number::new(0),
                expected: Number::new(0),
            },
            emptied: Emptied {
                queue: FifoQueue::new(),
                next: Number::new(0),
            },
            lifo: Filled::new(LifoQueue::new()),
            priority: Filled::new(PriorityQueue::new()),
            simple: Simple {
                queue: SimpleFifo::new(),
                next: Number::new(0),
            },
            up: Up {
                queue: Spsc::new(),
                producer: Mutex::new(None),
            },
            down: Down {
                queue: Spsc::new(),
                consumer: Mutex::new(None),
            },
            either: Either {
                queue: FifoQueue::new(),
                event: Event::new(),
                asked: Number::new(0),
                turn: Number::new(0),
            },
        }
    }
}

pub(crate) struct Fifo<P: Whole> {
    queue: FifoQueue<P, u32, 3>,
    /// What the handler puts next.
    next: Number,
    /// What the task gets next.
    expected: Number,
}

impl<P: Whole> Fifo<P> {
    fn got(&self, item: u32) {
        assert_eq!(item, self.expected.add(1), "lost, or out of order");
        self.queue.task_done().expect("one was put");
    }

    pub(crate) async fn wait(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.got(self.queue.get_async().await.expect("it is open"));
        }
    }
}

impl<P: Whole> Phase for Fifo<P> {
    fn task(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.got(self.queue.get().expect("it is open"));
        }
    }

    fn handler(&'static self) {
        if self.queue.try_put(self.next.get()).is_ok() {
            self.next.add(1);
        }
    }
}

pub(crate) struct Emptied<P: Whole> {
    queue: FifoQueue<P, u32, 3>,
    /// What the handler gets next.
    next: Number,
}

impl<P: Whole> Emptied<P> {
    pub(crate) async fn wait(&'static self, rounds: u32) {
        let start = self.next.get();
        for item in start..start + rounds {
            self.queue.put_async(item).await.expect("it is open");
        }
        self.queue.join_async().await;
        assert_eq!(self.next.get(), start + rounds);
    }
}

impl<P: Whole> Phase for Emptied<P> {
    fn task(&'static self, rounds: u32) {
        let start = self.next.get();
        for item in start..start + rounds {
            self.queue.put(item).expect("it is open");
        }
        self.queue.join();
        assert_eq!(self.next.get(), start + rounds);
    }

    fn handler(&'static self) {
        if let Ok(item) = self.queue.try_get() {
            assert_eq!(item, self.next.add(1), "lost, or out of order");
            self.queue.task_done().expect("one was put");
        }
    }
}

/// A queue of some other order: what comes out is what went in, by the sum.
pub(crate) struct Filled<Q> {
    queue: Q,
    open: Number,
    next: Number,
    sum: Number,
}

impl<Q> Filled<Q> {
    const fn new(queue: Q) -> Self {
        Self {
            queue,
            open: Number::new(0),
            next: Number::new(0),
            sum: Number::new(0),
        }
    }
}

impl<P: Whole, S: Store<Item = u32> + Sync + 'static> Phase for Filled<Queue<P, S>> {
    fn task(&'static self, rounds: u32) {
        self.open.set(1);
        let mut sum = 0_u32;
        for _ in 0..rounds {
            sum = sum.wrapping_add(self.queue.get().expect("it is open"));
        }
        self.open.set(0);
        while let Ok(item) = self.queue.try_get() {
            sum = sum.wrapping_add(item);
        }
        assert_eq!(sum, self.sum.get(), "an item was lost, or doubled");
    }

    fn handler(&'static self) {
        let next = self.next.get();
        if self.open.get() == 1 && self.queue.try_put(next).is_ok() {
            self.sum.add(next);
            self.next.add(1);
        }
    }
}

pub(crate) struct Simple<P: Whole> {
    queue: SimpleFifo<P, u32, 3>,
    next: Number,
}

impl<P: Whole> Phase for Simple<P> {
    fn task(&'static self, rounds: u32) {
        for expected in 0..rounds {
            assert_eq!(self.queue.get(), expected, "lost, or out of order");
        }
    }

    fn handler(&'static self) {
        if self.queue.put(self.next.get()).is_ok() {
            self.next.add(1);
        }
    }
}

/// The handler has the producer, with the number that it puts next.
pub(crate) struct Up<P: Whole> {
    queue: Spsc<P, u32, 3>,
    producer: Mutex<P, Option<(Producer<'static, P, u32, 3>, u32)>>,
}

impl<P: Whole> Up<P> {
    fn consumer(&'static self) -> Consumer<'static, P, u32, 3> {
        let (producer, consumer) = self.queue.try_split().expect("both ends are gone");
        *self.producer.lock() = Some((producer, 0));
        consumer
    }

    /// The handler's end goes, and the consumer hears of it after the last item.
    fn close(&'static self, mut consumer: Consumer<'static, P, u32, 3>) {
        *self.producer.lock() = None;
        while consumer.get().is_ok() {}
        assert!(consumer.is_disconnected());
    }

    pub(crate) async fn wait(&'static self, rounds: u32) {
        let mut consumer = self.consumer();
        for expected in 0..rounds {
            assert_eq!(
                consumer.get_async().await,
                Ok(expected),
                "lost, or out of order"
            );
        }
        self.close(consumer);
    }
}

impl<P: Whole> Phase for Up<P> {
    fn task(&'static self, rounds: u32) {
        let mut consumer = self.consumer();
        for expected in 0..rounds {
            assert_eq!(consumer.get(), Ok(expected), "lost, or out of order");
        }
        self.close(consumer);
    }

    fn handler(&'static self) {
        let Some(mut producer) = self.producer.try_lock() else {
            return;
        };
        if let Some((producer, next)) = &mut *producer
            && producer.try_put(*next).is_ok()
        {
            *next += 1;
        }
    }
}

/// The handler has the consumer, with the number that it gets next.
pub(crate) struct Down<P: Whole> {
    queue: Spsc<P, u32, 3>,
    consumer: Mutex<P, Option<(Consumer<'static, P, u32, 3>, u32)>>,
}

impl<P: Whole> Down<P> {
    fn producer(&'static self) -> Producer<'static, P, u32, 3> {
        let (producer, consumer) = self.queue.try_split().expect("both ends are gone");
        *self.consumer.lock() = Some((consumer, 0));
        producer
    }

    fn close(&'static self, rounds: u32) {
        while !self.queue.is_empty() {
            core::hint::spin_loop();
        }
        let got = self.consumer.lock().take().map(|(_, next)| next);
        assert_eq!(got, Some(rounds));
    }

    pub(crate) async fn wait(&'static self, rounds: u32) {
        let mut producer = self.producer();
        for item in 0..rounds {
            producer
                .put_async(item)
                .await
                .expect("the handler has the other end");
        }
        self.close(rounds);
    }
}

impl<P: Whole> Phase for Down<P> {
    fn task(&'static self, rounds: u32) {
        let mut producer = self.producer();
        for item in 0..rounds {
            producer.put(item).expect("the handler has the other end");
        }
        self.close(rounds);
    }

    fn handler(&'static self) {
        let Some(mut consumer) = self.consumer.try_lock() else {
            return;
        };
        if let Some((consumer, next)) = &mut *consumer
            && let Ok(item) = consumer.try_get()
        {
            assert_eq!(item, *next, "lost, or out of order");
            *next += 1;
        }
    }
}

/// The task waits for an item or an event, and the handler gives one of them.
pub(crate) struct Either<P: Whole> {
    queue: FifoQueue<P, u32, 1>,
    event: Event<P>,
    asked: Number,
    turn: Number,
}

impl<P: Whole> Either<P> {
    fn ask(&self) -> u32 {
        let turn = self.turn.add(1);
        self.asked.set(1);
        turn
    }

    fn check(&self, turn: u32, item: Option<u32>) {
        if item.is_none() {
            self.event.clear();
        }
        assert_eq!(item, (turn % 2 == 0).then_some(turn));
    }

    pub(crate) async fn wait(&'static self, rounds: u32) {
        for _ in 0..rounds {
            let turn = self.ask();
            let item = Select::new()
                .get(&self.queue, Result::ok)
                .event(&self.event, || None)
                .wait_async()
                .await;
            self.check(turn, item);
        }
    }
}

impl<P: Whole> Phase for Either<P> {
    fn task(&'static self, rounds: u32) {
        for _ in 0..rounds {
            let turn = self.ask();
            let item = Select::new()
                .get(&self.queue, Result::ok)
                .event(&self.event, || None)
                .wait();
            self.check(turn, item);
        }
    }

    fn handler(&'static self) {
        if !self.asked.take() {
            return;
        }
        let none = Select::new()
            .get(&self.queue, Result::ok)
            .event(&self.event, || None)
            .try_wait();
        assert!(none.is_err(), "given before it was asked for");
        let turn = self.turn.get() - 1;
        if turn % 2 == 0 {
            assert_eq!(self.queue.try_put(turn), Ok(()));
        } else {
            self.event.set();
        }
    }
}
