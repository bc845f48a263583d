//! Ends for queues that have none: threads share the queue, and somebody has to say when it is over.
//!
//! Always in line, as there is nothing like them in a program that uses such a queue.

use std::ops::Deref;
use std::sync::Arc;

use crate::contender::queue::{Get, GetAsync, Put, PutAsync, TryGet, TryPut};

/// A queue that is used by reference.
pub(crate) trait Shared: Send + Sync + 'static {
    type Item;

    fn try_put(&self, message: Self::Item) -> bool;
    fn try_get(&self) -> Option<Self::Item>;
    fn put(&self, message: Self::Item);
    fn get(&self) -> Option<Self::Item>;
    /// No more puts.
    fn end(&self);
}

/// One for tasks, too.
pub(crate) trait SharedAsync: Shared {
    fn put_async(&self, message: Self::Item) -> impl Future<Output = ()> + Send;
    fn get_async(&self) -> impl Future<Output = Self::Item> + Send;
}

/// One of those that put; when the last of them is dropped, the queue ends.
pub(crate) struct Putter<Q: Shared> {
    queue: Arc<Q>,
    last: Arc<Last<Q>>,
}

/// One of those that get.
pub(crate) struct Getter<Q>(Arc<Q>);

struct Last<Q: Shared>(Arc<Q>);

impl<Q: Shared> Drop for Last<Q> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// The first two ends of a queue.
pub(crate) fn ends<Q: Shared>(queue: Q) -> (Putter<Q>, Getter<Q>) {
    let queue = Arc::new(queue);
    let last = Arc::new(Last(Arc::clone(&queue)));
    let getter = Getter(Arc::clone(&queue));
    (Putter { queue, last }, getter)
}

impl<Q: Shared> Clone for Putter<Q> {
    fn clone(&self) -> Self {
        Self {
            queue: Arc::clone(&self.queue),
            last: Arc::clone(&self.last),
        }
    }
}

impl<Q> Clone for Getter<Q> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q> Deref for Getter<Q> {
    type Target = Q;

    fn deref(&self) -> &Q {
        &self.0
    }
}

impl<Q: Shared> TryPut<Q::Item> for Putter<Q> {
    #[inline(always)]
    fn try_put(&mut self, message: Q::Item) -> bool {
        self.queue.try_put(message)
    }
}

impl<Q: Shared> TryGet<Q::Item> for Getter<Q> {
    #[inline(always)]
    fn try_get(&mut self) -> Option<Q::Item> {
        self.0.try_get()
    }
}

impl<Q: Shared> Put<Q::Item> for Putter<Q> {
    #[inline(always)]
    fn put(&mut self, message: Q::Item) {
        self.queue.put(message);
    }
}

impl<Q: Shared> Get<Q::Item> for Getter<Q> {
    #[inline(always)]
    fn get(&mut self) -> Option<Q::Item> {
        self.0.get()
    }
}

impl<Q: SharedAsync> PutAsync<Q::Item> for Putter<Q> {
    fn put_async(&mut self, message: Q::Item) -> impl Future<Output = ()> + Send {
        self.queue.put_async(message)
    }
}

impl<Q: SharedAsync> GetAsync<Q::Item> for Getter<Q> {
    fn get_async(&mut self) -> impl Future<Output = Q::Item> + Send {
        self.0.get_async()
    }
}
