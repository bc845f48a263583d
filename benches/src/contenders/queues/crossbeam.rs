//! `crossbeam-channel`, and the queues of `crossbeam-queue`, which never block.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Select as PeerSelect, Sender};
use crossbeam_queue as peer;

use crate::contender::names;
use crate::contender::queue::{
    Channel as ChannelFamily, Get, Message, Put, Select, TryGet, TryPut,
};
use crate::contenders::queues::ends;

pub(crate) struct Channel;
pub(crate) struct ArrayQueue;
pub(crate) struct SegQueue;

names!(
    Channel = "crossbeam-channel",
    ArrayQueue = "crossbeam ArrayQueue",
    SegQueue = "crossbeam SegQueue"
);

impl<T: Message> ChannelFamily<T> for Channel {
    type Putter = Sender<T>;
    type Getter = Receiver<T>;

    fn new(capacity: usize) -> (Sender<T>, Receiver<T>) {
        match capacity {
            0 => crossbeam_channel::unbounded(),
            _ => crossbeam_channel::bounded(capacity),
        }
    }
}

ends!(Sender<T>, Receiver<T>);

impl Select for Channel {
    type Putter = Sender<u64>;
    type Getters = [Receiver<u64>; 2];

    fn new(capacity: usize) -> ([Sender<u64>; 2], [Receiver<u64>; 2]) {
        let (first_putter, first) = <Self as ChannelFamily<u64>>::new(capacity);
        let (second_putter, second) = <Self as ChannelFamily<u64>>::new(capacity);
        ([first_putter, second_putter], [first, second])
    }

    fn get_each(getters: &mut Self::Getters, count: u64, mut act: impl FnMut(u64)) {
        let mut select = PeerSelect::new();
        for getter in getters.iter() {
            select.recv(getter);
        }
        for _ in 0..count {
            let chosen = select.select();
            let getter = &getters[chosen.index()];
            act(chosen.recv(getter).expect("the putters are there"));
        }
    }
}

impl<T: Message> ChannelFamily<T> for ArrayQueue {
    type Putter = Arc<peer::ArrayQueue<T>>;
    type Getter = Arc<peer::ArrayQueue<T>>;

    fn new(capacity: usize) -> (Self::Putter, Self::Getter) {
        let queue = Arc::new(peer::ArrayQueue::new(capacity));
        (Arc::clone(&queue), queue)
    }
}

impl<T: Message> TryPut<T> for Arc<peer::ArrayQueue<T>> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.push(message).is_ok()
    }
}

impl<T: Message> TryGet<T> for Arc<peer::ArrayQueue<T>> {
    #[inline]
    fn try_get(&mut self) -> Option<T> {
        self.pop()
    }
}

impl<T: Message> ChannelFamily<T> for SegQueue {
    type Putter = Arc<peer::SegQueue<T>>;
    type Getter = Arc<peer::SegQueue<T>>;

    fn new(_unbounded: usize) -> (Self::Putter, Self::Getter) {
        let queue = Arc::new(peer::SegQueue::new());
        (Arc::clone(&queue), queue)
    }
}

impl<T: Message> TryPut<T> for Arc<peer::SegQueue<T>> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.push(message);
        true
    }
}

impl<T: Message> TryGet<T> for Arc<peer::SegQueue<T>> {
    #[inline]
    fn try_get(&mut self) -> Option<T> {
        self.pop()
    }
}
