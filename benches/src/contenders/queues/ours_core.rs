//! Selvedge's queues of the core, on the port of this system: those with their capacity in the type, and the other orders.

use selvedge::port::Native;
use selvedge_core::queue as ours;
use selvedge_core::raw::{Inline, Ring};
use selvedge_core::select::Select as OurSelect;

use crate::contender::queue::{Channel, Get, Message, Put, Select, TryGet, TryPut};
use crate::contender::{Contender, Role, names};
use crate::contenders::queues::shared::{Getter, Putter, Shared, SharedAsync, ends};

/// What the type of [`Spsc`] says.
const CAPACITY: usize = 128;

pub(crate) struct Fifo<const N: usize>;
pub(crate) type Fifo128 = Fifo<128>;
pub(crate) type Fifo1 = Fifo<1>;
pub(crate) struct Spsc;
pub(crate) struct Lifo;
pub(crate) struct Priority;

names!(
    Role::Ours =>
    Fifo128 = "selvedge FifoQueue",
    Fifo1 = "selvedge FifoQueue",
    Spsc = "selvedge Spsc",
    Lifo = "selvedge",
    Priority = "selvedge"
);

/// A queue of the program itself, so that traits of the program can be for it.
pub(crate) struct Own<S: ours::Store>(ours::Queue<Native, S>);

impl<S> Shared for Own<S>
where
    S: ours::Store + Send + Sync + 'static,
    S::Item: Message,
{
    type Item = S::Item;

    #[inline]
    fn try_put(&self, message: S::Item) -> bool {
        self.0.try_put(message).is_ok()
    }

    #[inline]
    fn try_get(&self) -> Option<S::Item> {
        self.0.try_get().ok()
    }

    #[inline]
    fn put(&self, message: S::Item) {
        assert!(self.0.put(message).is_ok(), "it is open");
    }

    #[inline]
    fn get(&self) -> Option<S::Item> {
        self.0.get().ok()
    }

    fn end(&self) {
        self.0.shutdown(false);
    }
}

impl<S> SharedAsync for Own<S>
where
    S: ours::Store + Send + Sync + 'static,
    S::Item: Message,
{
    async fn put_async(&self, message: S::Item) {
        assert!(self.0.put_async(message).await.is_ok(), "it is open");
    }

    async fn get_async(&self) -> S::Item {
        self.0.get_async().await.expect("the putters are there")
    }
}

type FifoStore<T, const N: usize> = Ring<T, Inline<T, N>>;

impl<T: Message, const N: usize> Channel<T> for Fifo<N>
where
    Self: Contender,
{
    type Putter = Putter<Own<FifoStore<T, N>>>;
    type Getter = Getter<Own<FifoStore<T, N>>>;

    fn new(capacity: usize) -> (Self::Putter, Self::Getter) {
        assert_eq!(capacity, N, "it is in the type");
        ends(Own(ours::FifoQueue::new()))
    }
}

impl Channel<u64> for Lifo {
    type Putter = Putter<Own<ours::Lifo<Native, u64>>>;
    type Getter = Getter<Own<ours::Lifo<Native, u64>>>;

    fn new(capacity: usize) -> (Self::Putter, Self::Getter) {
        ends(Own(ours::Queue::with_store(ours::Lifo::new(capacity))))
    }
}

impl Channel<u64> for Priority {
    type Putter = Putter<Own<ours::Priority<Native, u64>>>;
    type Getter = Getter<Own<ours::Priority<Native, u64>>>;

    fn new(capacity: usize) -> (Self::Putter, Self::Getter) {
        ends(Own(ours::Queue::with_store(ours::Priority::new(capacity))))
    }
}

impl Select for Fifo128 {
    type Putter = Putter<Own<FifoStore<u64, 128>>>;
    type Getters = [Getter<Own<FifoStore<u64, 128>>>; 2];

    fn new(capacity: usize) -> ([Self::Putter; 2], Self::Getters) {
        let (first_putter, first) = <Self as Channel<u64>>::new(capacity);
        let (second_putter, second) = <Self as Channel<u64>>::new(capacity);
        ([first_putter, second_putter], [first, second])
    }

    fn get_each(getters: &mut Self::Getters, count: u64, mut act: impl FnMut(u64)) {
        for _ in 0..count {
            let message = OurSelect::new()
                .get(&getters[0].0, |message| message)
                .get(&getters[1].0, |message| message)
                .wait();
            act(message.expect("the putters are there"));
        }
    }
}

type Producer<T> = ours::Producer<'static, Native, T, CAPACITY>;
type Consumer<T> = ours::Consumer<'static, Native, T, CAPACITY>;

impl<T: Message> Channel<T> for Spsc {
    type Putter = Producer<T>;
    type Getter = Consumer<T>;

    /// It borrows for both ends, so each round leaves a kilobyte behind.
    fn new(capacity: usize) -> (Producer<T>, Consumer<T>) {
        assert_eq!(capacity, CAPACITY, "it is in the type");
        let queue: &'static mut ours::Spsc<Native, T, CAPACITY> = Box::leak(Box::default());
        queue.split()
    }
}

impl<T: Message> Put<T> for Producer<T> {
    #[inline]
    fn put(&mut self, message: T) {
        assert!(Self::put(self, message).is_ok(), "nobody closes it");
    }
}

impl<T: Message> TryPut<T> for Producer<T> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        Self::try_put(self, message).is_ok()
    }
}

impl<T: Message> Get<T> for Consumer<T> {
    #[inline]
    fn get(&mut self) -> Option<T> {
        Self::get(self).ok()
    }
}

impl<T: Message> TryGet<T> for Consumer<T> {
    #[inline]
    fn try_get(&mut self) -> Option<T> {
        Self::try_get(self).ok()
    }
}
