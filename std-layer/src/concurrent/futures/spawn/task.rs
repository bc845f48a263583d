//! A spawned future.
//!
//! # Who owns what
//!
//! The task is counted: by its wakers, by the poll that was submitted, and weakly by its [`Future`](crate::concurrent::futures::Future), which wakes it when it is cancelled, so that the future in it goes soon. If all are gone, nothing can ever poll it again, and it goes, too; its `Future` fails as abandoned.
//!
//! # Safety
//!
//! The future is pinned: it lives in the allocation of an `Arc`, is never moved, and is dropped in place. It is reached by whoever is in RUNNING ([`State`]), who is alone, or by the destructor.
#![allow(
    unsafe_code,
    reason = "a pinned future that one thread at a time polls"
)]

use std::any::type_name;
use std::cell::UnsafeCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::state::State;
use crate::concurrent::futures::thread::Shared;
use crate::concurrent::futures::{Promise, TaskError, observe, task};
use crate::threading::{catch_panic, shielded};

pub(super) struct Spawned<F: Future> {
    state: State,
    future: UnsafeCell<Option<F>>,
    promise: Promise<F::Output>,
    pool: Arc<Shared>,
}

// SAFETY: the future is with one thread at a time.
unsafe impl<F: Future + Send> Sync for Spawned<F> where F::Output: Send {}

/// A poll that was submitted. Dropped instead of being run, it ends the task: the pool is going, or it was told to cancel.
struct Turn<F>(Option<Arc<Spawned<F>>>)
where
    F: Future + Send + 'static,
    F::Output: Send + 'static;

impl<F> Spawned<F>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    pub(super) fn new(future: F, promise: Promise<F::Output>, pool: Arc<Shared>) -> Arc<Self> {
        Arc::new(Self {
            state: State::new(),
            future: UnsafeCell::new(Some(future)),
            promise,
            pool,
        })
    }

    /// From SCHEDULED. Never panics: the pool must not, and a waker's caller neither.
    pub(super) fn submit(self: Arc<Self>) {
        let pool = Arc::clone(&self.pool);
        let turn = Turn(Some(self));
        let work = observe::work(Some(type_name::<F>().into()), move || turn.run());
        let (task, _) = task::new(work, pool.id());
        if let Err(refused) = pool.push(task) {
            refused.cancel();
        }
    }

    /// In RUNNING, or never to be RUNNING again.
    fn drop_future(&self) {
        // SAFETY: the caller is alone with it; it is dropped where it is.
        shielded(|| unsafe { *self.future.get() = None });
    }

    fn end(&self, error: TaskError) {
        self.drop_future();
        self.state.finish();
        // Too late if it was cancelled.
        let _ = self.promise.set_exception(error);
    }

    fn poll(self: Arc<Self>) {
        self.state.begin();
        if self.promise.is_cancelled() {
            return self.end(TaskError::Cancelled);
        }
        let waker = Waker::from(Arc::clone(&self));
        let polled = catch_panic(|| {
            // SAFETY: RUNNING; and it is not moved while it is pinned.
            let future = unsafe { &mut *self.future.get() }.as_mut()?;
            // SAFETY: as above.
            let future = unsafe { Pin::new_unchecked(future) };
            Some(future.poll(&mut Context::from_waker(&waker)))
        });
        match polled {
            Err(panic) => self.end(panic.into()),
            Ok(None) => self.state.finish(),
            Ok(Some(Poll::Ready(value))) => {
                self.drop_future();
                self.state.finish();
                if let Err(unwanted) = self.promise.set_result(value) {
                    shielded(|| drop(unwanted));
                }
            }
            Ok(Some(Poll::Pending)) => {
                if self.state.end() {
                    self.submit();
                }
            }
        }
    }
}

impl<F> Turn<F>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn run(mut self) {
        if let Some(task) = self.0.take() {
            task.poll();
        }
    }
}

impl<F> Drop for Turn<F>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.state.begin();
            task.end(TaskError::Cancelled);
        }
    }
}

impl<F> Wake for Spawned<F>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn wake(self: Arc<Self>) {
        if self.state.wake() {
            self.submit();
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.wake() {
            Arc::clone(self).submit();
        }
    }
}
