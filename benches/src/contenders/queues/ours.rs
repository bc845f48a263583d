//! Selvedge's queues of a hosted system: the queue, which threads share, its two halves, and the one that knows no end.

use selvedge::queue as ours;
use selvedge_core::select::Select as OurSelect;

use crate::contender::queue::{
    Channel as ChannelFamily, Get, GetAsync, Message, Put, PutAsync, Select, TryGet, TryPut,
};
use crate::contender::{Role, names};
use crate::contenders::queues::shared::{Getter, Putter, Shared, SharedAsync, ends};

pub(crate) struct Queue;
pub(crate) struct Channel;
pub(crate) struct Simple;

names!(
    Role::Ours =>
    Queue = "selvedge",
    Channel = "selvedge channel",
    Simple = "selvedge SimpleQueue"
);

/// A queue of the program itself, so that traits of the program can be for it.
pub(crate) struct Own<T>(ours::Queue<T>);

impl<T: Message> ChannelFamily<T> for Queue {
    type Putter = Putter<Own<T>>;
    type Getter = Getter<Own<T>>;

    fn new(capacity: usize) -> (Self::Putter, Self::Getter) {
        ends(Own(ours::Queue::new(capacity)))
    }
}

impl<T: Message> Shared for Own<T> {
    type Item = T;

    #[inline]
    fn try_put(&self, message: T) -> bool {
        self.0.try_put(message).is_ok()
    }

    #[inline]
    fn try_get(&self) -> Option<T> {
        self.0.try_get().ok()
    }

    #[inline]
    fn put(&self, message: T) {
        assert!(self.0.put(message).is_ok(), "it is open");
    }

    #[inline]
    fn get(&self) -> Option<T> {
        self.0.get().ok()
    }

    fn end(&self) {
        self.0.shutdown(false);
    }
}

impl<T: Message> SharedAsync for Own<T> {
    async fn put_async(&self, message: T) {
        assert!(self.0.put_async(message).await.is_ok(), "it is open");
    }

    async fn get_async(&self) -> T {
        self.0.get_async().await.expect("the putters are there")
    }
}

impl Select for Queue {
    type Putter = Putter<Own<u64>>;
    type Getters = [Getter<Own<u64>>; 2];

    fn new(capacity: usize) -> ([Self::Putter; 2], Self::Getters) {
        let (first_putter, first) = <Self as ChannelFamily<u64>>::new(capacity);
        let (second_putter, second) = <Self as ChannelFamily<u64>>::new(capacity);
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

impl<T: Message> ChannelFamily<T> for Simple {
    type Putter = Putter<ours::SimpleQueue<T>>;
    type Getter = Getter<ours::SimpleQueue<T>>;

    fn new(_unbounded: usize) -> (Self::Putter, Self::Getter) {
        ends(ours::SimpleQueue::new())
    }
}

impl<T: Message> Shared for ours::SimpleQueue<T> {
    type Item = T;

    #[inline]
    fn try_put(&self, message: T) -> bool {
        self.put(message);
        true
    }

    #[inline]
    fn try_get(&self) -> Option<T> {
        self.try_get().ok()
    }

    #[inline]
    fn put(&self, message: T) {
        self.put(message);
    }

    #[inline]
    fn get(&self) -> Option<T> {
        Some(self.get())
    }

    /// There is no end to it: rows that wait for one are not for it.
    fn end(&self) {}
}

impl<T: Message> ChannelFamily<T> for Channel {
    type Putter = ours::Sender<T>;
    type Getter = ours::Receiver<T>;

    fn new(capacity: usize) -> (ours::Sender<T>, ours::Receiver<T>) {
        ours::channel(capacity)
    }
}

impl<T: Message> Put<T> for ours::Sender<T> {
    #[inline]
    fn put(&mut self, message: T) {
        assert!(Self::put(self, message).is_ok(), "nobody closes it");
    }
}

impl<T: Message> TryPut<T> for ours::Sender<T> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        Self::try_put(self, message).is_ok()
    }
}

impl<T: Message> PutAsync<T> for ours::Sender<T> {
    async fn put_async(&mut self, message: T) {
        assert!(
            Self::put_async(self, message).await.is_ok(),
            "nobody closes it"
        );
    }
}

impl<T: Message> Get<T> for ours::Receiver<T> {
    #[inline]
    fn get(&mut self) -> Option<T> {
        Self::get(self).ok()
    }
}

impl<T: Message> TryGet<T> for ours::Receiver<T> {
    #[inline]
    fn try_get(&mut self) -> Option<T> {
        Self::try_get(self).ok()
    }
}

impl<T: Message> GetAsync<T> for ours::Receiver<T> {
    async fn get_async(&mut self) -> T {
        Self::get_async(self).await.expect("the putters are there")
    }
}
