//! `tokio::sync::mpsc`: one getter only.

use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};

use crate::contender::names;
use crate::contender::queue::{Channel, Get, GetAsync, Message, Put, PutAsync, TryGet, TryPut};

pub(crate) struct Bounded;
pub(crate) struct Unbounded;

names!(Bounded = "tokio mpsc", Unbounded = "tokio mpsc");

impl<T: Message> Channel<T> for Bounded {
    type Putter = Sender<T>;
    type Getter = Receiver<T>;

    fn new(capacity: usize) -> (Sender<T>, Receiver<T>) {
        mpsc::channel(capacity)
    }
}

impl<T: Message> Channel<T> for Unbounded {
    type Putter = UnboundedSender<T>;
    type Getter = UnboundedReceiver<T>;

    fn new(_unbounded: usize) -> (UnboundedSender<T>, UnboundedReceiver<T>) {
        mpsc::unbounded_channel()
    }
}

impl<T: Message> Put<T> for Sender<T> {
    #[inline]
    fn put(&mut self, message: T) {
        assert!(self.blocking_send(message).is_ok(), "nobody closes it");
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

impl<T: Message> Put<T> for UnboundedSender<T> {
    #[inline]
    fn put(&mut self, message: T) {
        assert!(self.send(message).is_ok(), "nobody closes it");
    }
}

/// It never blocks.
impl<T: Message> TryPut<T> for UnboundedSender<T> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.send(message).is_ok()
    }
}

macro_rules! getter {
    ($getter:ty) => {
        impl<T: Message> Get<T> for $getter {
            #[inline]
            fn get(&mut self) -> Option<T> {
                self.blocking_recv()
            }
        }

        impl<T: Message> TryGet<T> for $getter {
            #[inline]
            fn try_get(&mut self) -> Option<T> {
                self.try_recv().ok()
            }
        }

        impl<T: Message> GetAsync<T> for $getter {
            async fn get_async(&mut self) -> T {
                self.recv().await.expect("the putters are there")
            }
        }
    };
}

getter!(Receiver<T>);
getter!(UnboundedReceiver<T>);
