//! `async-channel`.

use async_channel::{Receiver, Sender};

use crate::contender::names;
use crate::contender::queue::{
    Channel as ChannelFamily, Get, GetAsync, Message, Put, PutAsync, TryGet, TryPut,
};

pub(crate) struct Channel;

names!(Channel = "async-channel");

impl<T: Message> ChannelFamily<T> for Channel {
    type Putter = Sender<T>;
    type Getter = Receiver<T>;

    fn new(capacity: usize) -> (Sender<T>, Receiver<T>) {
        match capacity {
            0 => async_channel::unbounded(),
            _ => async_channel::bounded(capacity),
        }
    }
}

impl<T: Message> Put<T> for Sender<T> {
    #[inline]
    fn put(&mut self, message: T) {
        assert!(self.send_blocking(message).is_ok(), "nobody closes it");
    }
}

impl<T: Message> TryPut<T> for Sender<T> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.try_send(message).is_ok()
    }
}

impl<T: Message> PutAsync<T> for Sender<T> {
    async fn put_async(&mut self, message: T) {
        assert!(self.send(message).await.is_ok(), "nobody closes it");
    }
}

impl<T: Message> Get<T> for Receiver<T> {
    #[inline]
    fn get(&mut self) -> Option<T> {
        self.recv_blocking().ok()
    }
}

impl<T: Message> TryGet<T> for Receiver<T> {
    #[inline]
    fn try_get(&mut self) -> Option<T> {
        self.try_recv().ok()
    }
}

impl<T: Message> GetAsync<T> for Receiver<T> {
    async fn get_async(&mut self) -> T {
        self.recv().await.expect("the putters are there")
    }
}
