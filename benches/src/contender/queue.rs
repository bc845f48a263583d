//! Queues, by their two ends. An end belongs to one thread or task; those that many may have can be cloned.

use crate::contender::Contender;

/// What goes through a queue: something with a number.
pub(crate) trait Message: Send + Unpin + 'static {
    fn new(number: u64) -> Self;
    fn number(&self) -> u64;
}

impl Message for u64 {
    #[inline]
    fn new(number: u64) -> Self {
        number
    }

    #[inline]
    fn number(&self) -> u64 {
        *self
    }
}

/// A cache line full; the number is in its first and in its last word.
impl Message for [u64; 8] {
    #[inline]
    fn new(number: u64) -> Self {
        [number; 8]
    }

    #[inline]
    fn number(&self) -> u64 {
        assert_eq!(self[0], self[7], "it came in one piece");
        self[0]
    }
}

/// A queue. It ends for its getters when it is empty and the last end to put is dropped, if there is a blocking [`Get`].
pub(crate) trait Channel<T>: Contender {
    type Putter: Send + 'static;
    type Getter: Send + 'static;

    /// For so many messages; 0: for any number.
    fn new(capacity: usize) -> (Self::Putter, Self::Getter);
}

/// Puts, or says that it is full.
pub(crate) trait TryPut<T> {
    fn try_put(&mut self, message: T) -> bool;
}

/// Gets what is there.
pub(crate) trait TryGet<T> {
    fn try_get(&mut self) -> Option<T>;
}

/// Puts, and blocks the thread while the queue is full.
pub(crate) trait Put<T> {
    fn put(&mut self, message: T);
}

/// Gets, and blocks the thread while the queue is empty; nothing if it came to its end.
pub(crate) trait Get<T> {
    fn get(&mut self) -> Option<T>;
}

/// Puts, and the task waits while the queue is full.
pub(crate) trait PutAsync<T> {
    fn put_async(&mut self, message: T) -> impl Future<Output = ()> + Send;
}

/// Gets, and the task waits while the queue is empty.
pub(crate) trait GetAsync<T> {
    fn get_async(&mut self) -> impl Future<Output = T> + Send;
}

/// Whoever gets from the first of two queues that has something.
pub(crate) trait Select: Contender {
    type Putter: Put<u64> + Send;
    type Getters: Send;

    /// Two queues, each for so many messages.
    fn new(capacity: usize) -> ([Self::Putter; 2], Self::Getters);
    /// Gets so many messages in all, each from either, and hands each over.
    fn get_each(getters: &mut Self::Getters, count: u64, act: impl FnMut(u64));
}
