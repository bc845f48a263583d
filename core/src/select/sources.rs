//! What items can be taken from and put into by an arm.
#![allow(
    private_bounds,
    private_interfaces,
    reason = "sealed: the trait that an attempt implements is this crate's own"
)]

use crate::port::Port;
use crate::queue::{PutError, Queue, ShutDown, SimpleQueue, Store};
use crate::raw::{Attempt, RawEventCount};

/// What a [`Select`](super::Select) can take items from: a [`Queue`] or a [`SimpleQueue`]. It is implemented in this crate only.
pub trait Source<P: Port> {
    /// What comes of taking: what its `get` returns.
    type Output;

    /// Where to wait for an item, and how to take it.
    #[doc(hidden)]
    fn getting(&self) -> (&RawEventCount<P>, impl Attempt<Output = Self::Output>);
}

impl<P: Port, S: Store> Source<P> for Queue<P, S> {
    type Output = Result<S::Item, ShutDown>;

    #[inline]
    fn getting(&self) -> (&RawEventCount<P>, impl Attempt<Output = Self::Output>) {
        Queue::getting(self)
    }
}

impl<P: Port, S: Store> Source<P> for SimpleQueue<P, S> {
    type Output = S::Item;

    #[inline]
    fn getting(&self) -> (&RawEventCount<P>, impl Attempt<Output = Self::Output>) {
        SimpleQueue::getting(self)
    }
}

/// What a [`Select`](super::Select) can put items into: a [`Queue`]. It is implemented in this crate only.
pub trait Sink<P: Port> {
    /// What is put.
    type Item;

    /// What comes of putting: what its `put` returns.
    type Output;

    /// Where to wait for room, and how to put the item, if there is one.
    #[doc(hidden)]
    fn putting<'a>(
        &'a self,
        item: &'a mut Option<Self::Item>,
    ) -> (&'a RawEventCount<P>, impl Attempt<Output = Self::Output>);
}

impl<P: Port, S: Store> Sink<P> for Queue<P, S> {
    type Item = S::Item;
    type Output = Result<(), PutError<S::Item>>;

    #[inline]
    fn putting<'a>(
        &'a self,
        item: &'a mut Option<S::Item>,
    ) -> (&'a RawEventCount<P>, impl Attempt<Output = Self::Output>) {
        Queue::putting(self, item)
    }
}
