//! `heapless`: never blocks, with the capacity in its type. Its queue for many on both sides is deprecated, because a caller that is
//! interrupted makes others fail; it is shown all the same, as there is no other.

use std::sync::Arc;

use heapless::spsc::{Consumer, Producer};
use heapless::{mpmc, spsc};

use crate::contender::names;
use crate::contender::queue::{Channel, Message, TryGet, TryPut};

const CAPACITY: usize = 128;

pub(crate) struct Mpmc;
pub(crate) struct Spsc;

names!(Mpmc = "heapless mpmc", Spsc = "heapless spsc");

type Shared<T> = Arc<mpmc::Queue<T, CAPACITY>>;

impl<T: Message> Channel<T> for Mpmc {
    type Putter = Shared<T>;
    type Getter = Shared<T>;

    #[expect(deprecated, reason = "see the head of this file")]
    fn new(capacity: usize) -> (Shared<T>, Shared<T>) {
        assert_eq!(capacity, CAPACITY, "it is in the type");
        let queue = Arc::new(mpmc::Queue::new());
        (Arc::clone(&queue), queue)
    }
}

impl<T: Message> TryPut<T> for Shared<T> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.enqueue(message).is_ok()
    }
}

impl<T: Message> TryGet<T> for Shared<T> {
    #[inline]
    fn try_get(&mut self) -> Option<T> {
        self.dequeue()
    }
}

impl<T: Message> Channel<T> for Spsc {
    type Putter = Producer<'static, T>;
    type Getter = Consumer<'static, T>;

    /// It borrows for both ends, so each round leaves a kilobyte behind. It holds one message less than the others.
    fn new(capacity: usize) -> (Self::Putter, Self::Getter) {
        assert_eq!(capacity, CAPACITY, "it is in the type");
        let queue: &'static mut spsc::Queue<T, CAPACITY> = Box::leak(Box::default());
        queue.split()
    }
}

impl<T: Message> TryPut<T> for Producer<'static, T> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.enqueue(message).is_ok()
    }
}

impl<T: Message> TryGet<T> for Consumer<'static, T> {
    #[inline]
    fn try_get(&mut self) -> Option<T> {
        self.dequeue()
    }
}
