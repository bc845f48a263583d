//! `flume`.

use flume::{Receiver, Selector, Sender};

use crate::contender::names;
use crate::contender::queue::{
    Channel as ChannelFamily, Get, GetAsync, Message, Put, PutAsync, Select, TryGet, TryPut,
};
use crate::contenders::queues::ends;

pub(crate) struct Channel;

names!(Channel = "flume");

impl<T: Message> ChannelFamily<T> for Channel {
    type Putter = Sender<T>;
    type Getter = Receiver<T>;

    fn new(capacity: usize) -> (Sender<T>, Receiver<T>) {
        match capacity {
            0 => flume::unbounded(),
            _ => flume::bounded(capacity),
        }
    }
}

ends!(Sender<T>, Receiver<T>);

impl<T: Message> PutAsync<T> for Sender<T> {
    async fn put_async(&mut self, message: T) {
        assert!(self.send_async(message).await.is_ok(), "nobody closes it");
    }
}

impl<T: Message> GetAsync<T> for Receiver<T> {
    async fn get_async(&mut self) -> T {
        self.recv_async().await.expect("the putters are there")
    }
}

impl Select for Channel {
    type Putter = Sender<u64>;
    type Getters = [Receiver<u64>; 2];

    fn new(capacity: usize) -> ([Sender<u64>; 2], [Receiver<u64>; 2]) {
        let (first_putter, first) = <Self as ChannelFamily<u64>>::new(capacity);
        let (second_putter, second) = <Self as ChannelFamily<u64>>::new(capacity);
        ([first_putter, second_putter], [first, second])
    }

    fn get_each(getters: &mut Self::Getters, count: u64, mut act: impl FnMut(u64)) {
        for _ in 0..count {
            let message = Selector::new()
                .recv(&getters[0], |message| message)
                .recv(&getters[1], |message| message)
                .wait();
            act(message.expect("the putters are there"));
        }
    }
}
