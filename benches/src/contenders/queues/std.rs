//! `std::sync::mpsc`: one getter only.

use std::sync::mpsc::{self, Receiver, Sender, SyncSender};

use crate::contender::names;
use crate::contender::queue::{Channel, Get, Message, Put, TryGet, TryPut};

pub(crate) struct Bounded;
pub(crate) struct Unbounded;

names!(Bounded = "std mpsc", Unbounded = "std mpsc");

impl<T: Message> Channel<T> for Bounded {
    type Putter = SyncSender<T>;
    type Getter = Receiver<T>;

    fn new(capacity: usize) -> (SyncSender<T>, Receiver<T>) {
        mpsc::sync_channel(capacity)
    }
}

impl<T: Message> Channel<T> for Unbounded {
    type Putter = Sender<T>;
    type Getter = Receiver<T>;

    fn new(_unbounded: usize) -> (Sender<T>, Receiver<T>) {
        mpsc::channel()
    }
}

impl<T: Message> Put<T> for SyncSender<T> {
    #[inline]
    fn put(&mut self, message: T) {
        assert!(self.send(message).is_ok(), "nobody closes it");
    }
}

impl<T: Message> TryPut<T> for SyncSender<T> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.try_send(message).is_ok()
    }
}

impl<T: Message> Put<T> for Sender<T> {
    #[inline]
    fn put(&mut self, message: T) {
        assert!(self.send(message).is_ok(), "nobody closes it");
    }
}

/// It never blocks.
impl<T: Message> TryPut<T> for Sender<T> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.send(message).is_ok()
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
        self.try_recv().ok()
    }
}
