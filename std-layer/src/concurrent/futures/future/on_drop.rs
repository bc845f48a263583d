//! [`CancelOnDrop`].

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Future;
use crate::concurrent::futures::error::TaskError;

/// A [`Future`] that cancels its task when it is dropped, if nobody has begun with it by then.
///
/// ```
/// use selvedge::concurrent::futures::Promise;
///
/// let (promise, future) = Promise::<u32>::new();
/// drop(future.cancel_on_drop());
/// assert!(promise.is_cancelled());
/// ```
#[must_use = "dropping it cancels the task"]
pub struct CancelOnDrop<T>(Option<Future<T>>);

impl<T> CancelOnDrop<T> {
    pub(super) fn new(future: Future<T>) -> Self {
        Self(Some(future))
    }

    /// The future, which lets its task run from now on.
    pub fn into_future(mut self) -> Future<T> {
        match self.0.take() {
            Some(future) => future,
            None => unreachable!("it is there until it is dropped"),
        }
    }

    /// Waits until it is done, and takes the value: [`Future::result`].
    ///
    /// # Errors
    ///
    /// Why there is no value.
    pub fn result(self) -> Result<T, TaskError> {
        self.into_future().result()
    }
}

impl<T> Deref for CancelOnDrop<T> {
    type Target = Future<T>;

    fn deref(&self) -> &Future<T> {
        match &self.0 {
            Some(future) => future,
            None => unreachable!("it is there until it is dropped"),
        }
    }
}

impl<T> std::future::Future for CancelOnDrop<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Some(future) => Pin::new(future).poll(context),
            None => unreachable!("it is there until it is dropped"),
        }
    }
}

impl<T> Drop for CancelOnDrop<T> {
    fn drop(&mut self) {
        if let Some(future) = &self.0 {
            future.cancel();
        }
    }
}

impl<T> fmt::Debug for CancelOnDrop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CancelOnDrop").field(&**self).finish()
    }
}
