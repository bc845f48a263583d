//! `kanal`.

use kanal::{AsyncReceiver, AsyncSender, Receiver, Sender};

use crate::contender::names;
use crate::contender::queue::{
    Channel as ChannelFamily, Get, GetAsync, Message, Put, PutAsync, TryGet, TryPut,
};

pub(crate) struct Channel;
pub(crate) struct Async;

names!(Channel = "kanal", Async = "kanal");

impl<T: Message> ChannelFamily<T> for Channel {
    type Putter = Sender<T>;
    type Getter = Receiver<T>;

    fn new(capacity: usize) -> (Sender<T>, Receiver<T>) {
        match capacity {
            0 => kanal::unbounded(),
            _ => kanal::bounded(capacity),
        }
    }
}

impl<T: Message> Put<T> for Sender<T> {
    #[inline]
    fn put(&mut self, message: T) {
        self.send(message).expect("nobody closes it");
    }
}

impl<T: Message> TryPut<T> for Sender<T> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.try_send(message).expect("nobody closes it")
    }
}

impl<T: Message> Get<T> for Receiver<T> {
    #[inline]
    fn get(&mut self) -> Option<T> {
        self.recv().ok()
    }
}

impl<T: Message> TryGet<T> for Receiver<T> {
    #[inline]
    fn try_get(&mut self) -> Option<T> {
        self.try_recv().ok().flatten()
    }
}

impl<T: Message> ChannelFamily<T> for Async {
    type Putter = AsyncSender<T>;
    type Getter = AsyncReceiver<T>;

    fn new(capacity: usize) -> (AsyncSender<T>, AsyncReceiver<T>) {
        match capacity {
            0 => kanal::unbounded_async(),
            _ => kanal::bounded_async(capacity),
        }
    }
}

impl<T: Message> PutAsync<T> for AsyncSender<T> {
    async fn put_async(&mut self, message: T) {
        self.send(message).await.expect("nobody closes it");
    }
}

impl<T: Message> GetAsync<T> for AsyncReceiver<T> {
    async fn get_async(&mut self) -> T {
        self.recv().await.expect("the putters are there")
    }
}
