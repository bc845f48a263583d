//! Submitting, in all forms.

use std::any::type_name;
use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::ThreadPoolExecutor;
use super::bounded::Room;
use super::context::carried;
use super::worker::Worker;
use crate::concurrent::futures::Future;
use crate::concurrent::futures::executor::{SubmitError, SubmitErrorKind};
use crate::concurrent::futures::{observe, task};
use crate::threading::TimedOut;

/// Where a task that is about to be made will wait.
enum Place {
    /// The pool has no bound.
    Anywhere,
    /// A place is kept for it.
    Kept,
    /// There is none, and the caller is one of those who could make room: it runs the task itself.
    Here,
}

impl From<TimedOut> for SubmitErrorKind {
    fn from(_: TimedOut) -> Self {
        Self::TimedOut
    }
}

impl ThreadPoolExecutor {
    /// Has `function(argument)` called by one of the threads, and returns at once with the [`Future`] of its value (row F-02). Several arguments are a tuple; a closure may capture whatever is `Send`.
    ///
    /// **Blocking & cancellation.** Does not block, unless the pool has a [`capacity`](super::ThreadPoolBuilder::capacity) and so many tasks wait already: then it waits until one of them begins. If the caller is a task of the same pool, it runs the new task itself instead, and returns when that is done. Tasks that
    /// were cancelled count until a worker has passed them over. Dropping the future changes nothing: the task runs.
    ///
    /// **Fairness.** First come, first served, as far as the tasks of one thread are concerned.
    ///
    /// **From interrupts?** No: it allocates, and may start a thread.
    ///
    /// # Errors
    ///
    /// [`SubmitError`], with the argument, if the pool was shut down, is broken, the process ends, or this is a fork. If one of these happens during the call, the future may come as a cancelled one instead. If a thread is needed and there is none, and the system has none, then the tasks that wait fail, this one among them.
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(1).unwrap();
    /// let length = pool.submit(str::len, "spam").unwrap();
    /// assert_eq!(length.result().unwrap(), 4);
    /// ```
    #[inline]
    pub fn submit<F, A, T>(&self, function: F, argument: A) -> Result<Future<T>, SubmitError<A>>
    where
        F: FnOnce(A) -> T + Send + 'static,
        A: Send + 'static,
        T: Send + 'static,
    {
        let kept = self.keep_place(|room| {
            room.acquire();
            Ok(())
        });
        self.submit_there(kept, 0, function, argument)
    }

    /// [`submit`](Self::submit) that never blocks.
    ///
    /// # Errors
    ///
    /// As there; and [`SubmitErrorKind::Full`] instead of waiting.
    pub fn try_submit<F, A, T>(&self, function: F, argument: A) -> Result<Future<T>, SubmitError<A>>
    where
        F: FnOnce(A) -> T + Send + 'static,
        A: Send + 'static,
        T: Send + 'static,
    {
        self.submit_there(self.try_keep_place(), 0, function, argument)
    }

    /// [`submit`](Self::submit) that waits for room no longer than that.
    ///
    /// # Errors
    ///
    /// As there; and [`SubmitErrorKind::TimedOut`].
    pub fn submit_timeout<F, A, T>(
        &self,
        limit: Duration,
        function: F,
        argument: A,
    ) -> Result<Future<T>, SubmitError<A>>
    where
        F: FnOnce(A) -> T + Send + 'static,
        A: Send + 'static,
        T: Send + 'static,
    {
        let kept = self.keep_place(|room| Ok(room.acquire_timeout(limit)?));
        self.submit_there(kept, 0, function, argument)
    }

    /// [`submit`](Self::submit) that waits for room until the deadline.
    ///
    /// # Errors
    ///
    /// As there; and [`SubmitErrorKind::TimedOut`].
    pub fn submit_deadline<F, A, T>(
        &self,
        deadline: Instant,
        function: F,
        argument: A,
    ) -> Result<Future<T>, SubmitError<A>>
    where
        F: FnOnce(A) -> T + Send + 'static,
        A: Send + 'static,
        T: Send + 'static,
    {
        let kept = self.keep_place(|room| Ok(room.acquire_deadline(deadline)?));
        self.submit_there(kept, 0, function, argument)
    }

    /// [`submit`](Self::submit) that waits for room as a future. Dropped before it is ready, it has submitted nothing, and keeps nobody else from the room.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// ```
    /// use selvedge::concurrent::futures::{ThreadPoolExecutor, block_on};
    ///
    /// let pool = ThreadPoolExecutor::builder().capacity(1).build().unwrap();
    /// let sum = block_on(async {
    ///     let first = pool.submit_async(|n| n + 1, 1).await.unwrap();
    ///     let second = pool.submit_async(|n| n * 2, 20).await.unwrap();
    ///     first.await.unwrap() + second.await.unwrap()
    /// });
    /// assert_eq!(sum, 42);
    /// ```
    pub async fn submit_async<F, A, T>(
        &self,
        function: F,
        argument: A,
    ) -> Result<Future<T>, SubmitError<A>>
    where
        F: FnOnce(A) -> T + Send + 'static,
        A: Send + 'static,
        T: Send + 'static,
    {
        let kept = match self.try_keep_place() {
            Err(SubmitErrorKind::Full) => match &self.shared().room {
                Some(room) => {
                    room.acquire_async().await;
                    self.check_kept(room)
                }
                None => Ok(Place::Anywhere),
            },
            kept => kept,
        };
        self.submit_there(kept, 0, function, argument)
    }

    /// [`submit`](Self::submit) of a closure without argument.
    ///
    /// # Errors
    ///
    /// As there, with the closure.
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(1).unwrap();
    /// let numbers = vec![1, 2, 3];
    /// let sum = pool.spawn(move || numbers.iter().sum::<i32>()).unwrap();
    /// assert_eq!(sum.result().unwrap(), 6);
    /// ```
    #[inline]
    pub fn spawn<F, T>(&self, work: F) -> Result<Future<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let kept = self.keep_place(|room| {
            room.acquire();
            Ok(())
        });
        self.spawn_there(kept, 0, work)
    }

    /// [`spawn`](Self::spawn) that never blocks.
    ///
    /// # Errors
    ///
    /// As there; and [`SubmitErrorKind::Full`] instead of waiting.
    pub fn try_spawn<F, T>(&self, work: F) -> Result<Future<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_there(self.try_keep_place(), 0, work)
    }

    /// For tasks that are to begin before others, or after them: those with a higher priority come first, equal ones first in, first out. Without this it is 0. A task that runs is not interrupted; those of low priority may wait for ever.
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(1).unwrap();
    /// let urgent = pool.with_priority(10).spawn(|| "now").unwrap();
    /// assert_eq!(urgent.result().unwrap(), "now");
    /// ```
    pub fn with_priority(&self, priority: i32) -> WithPriority<'_> {
        WithPriority {
            pool: self,
            priority,
        }
    }

    /// A place for a task. `wait` waits for one, in its way.
    #[inline]
    fn keep_place(
        &self,
        wait: impl FnOnce(&Room) -> Result<(), SubmitErrorKind>,
    ) -> Result<Place, SubmitErrorKind> {
        if let Some(refusal) = self.shared().refusal() {
            return Err(refusal);
        }
        let Some(room) = &self.shared().room else {
            return Ok(Place::Anywhere);
        };
        if !room.try_acquire() {
            if self.shared().is_current() {
                return Ok(Place::Here);
            }
            wait(room)?;
        }
        self.check_kept(room)
    }

    fn try_keep_place(&self) -> Result<Place, SubmitErrorKind> {
        if let Some(refusal) = self.shared().refusal() {
            return Err(refusal);
        }
        match &self.shared().room {
            None => Ok(Place::Anywhere),
            Some(room) if room.try_acquire() => self.check_kept(room),
            Some(_) => Err(SubmitErrorKind::Full),
        }
    }

    /// The pool may have been closed meanwhile: then the place is for the next one, who is told the same.
    fn check_kept(&self, room: &Room) -> Result<Place, SubmitErrorKind> {
        match self.shared().refusal() {
            None => Ok(Place::Kept),
            Some(refusal) => {
                room.release();
                Err(refusal)
            }
        }
    }

    #[inline]
    fn submit_there<F, A, T>(
        &self,
        kept: Result<Place, SubmitErrorKind>,
        priority: i32,
        function: F,
        argument: A,
    ) -> Result<Future<T>, SubmitError<A>>
    where
        F: FnOnce(A) -> T + Send + 'static,
        A: Send + 'static,
        T: Send + 'static,
    {
        match kept {
            Ok(place) => {
                let name = Some(Cow::Borrowed(type_name::<F>()));
                let work = observe::work(name, move || function(argument));
                Ok(self.put(place, priority, work))
            }
            Err(kind) => Err(SubmitError::new(kind, argument)),
        }
    }

    #[inline]
    fn spawn_there<F, T>(
        &self,
        kept: Result<Place, SubmitErrorKind>,
        priority: i32,
        work: F,
    ) -> Result<Future<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        match kept {
            Ok(place) => {
                let name = Some(Cow::Borrowed(type_name::<F>()));
                Ok(self.put(place, priority, observe::work(name, work)))
            }
            Err(kind) => Err(SubmitError::new(kind, work)),
        }
    }

    #[inline]
    fn put<F, T>(&self, place: Place, priority: i32, work: F) -> Future<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        carried!(work, |work| {
            let (task, future) = task::new(work, self.shared().id());
            match place {
                Place::Anywhere => {}
                Place::Kept => Room::note_placed(&task),
                Place::Here => {
                    Worker::run_here(task);
                    return future;
                }
            }
            if let Err(task) = self.shared().push_with_priority(task, priority) {
                // It was shut down just now.
                self.shared().note_taken(&task);
                task.cancel();
            }
            future
        })
    }
}

/// A pool, for tasks of some priority: [`ThreadPoolExecutor::with_priority`].
#[derive(Debug, Clone, Copy)]
#[must_use = "it is for submitting something"]
pub struct WithPriority<'a> {
    pool: &'a ThreadPoolExecutor,
    priority: i32,
}

impl WithPriority<'_> {
    /// As [`ThreadPoolExecutor::submit`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn submit<F, A, T>(&self, function: F, argument: A) -> Result<Future<T>, SubmitError<A>>
    where
        F: FnOnce(A) -> T + Send + 'static,
        A: Send + 'static,
        T: Send + 'static,
    {
        let kept = self.pool.keep_place(|room| {
            room.acquire();
            Ok(())
        });
        self.pool
            .submit_there(kept, self.priority, function, argument)
    }

    /// As [`ThreadPoolExecutor::spawn`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn spawn<F, T>(&self, work: F) -> Result<Future<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let kept = self.pool.keep_place(|room| {
            room.acquire();
            Ok(())
        });
        self.pool.spawn_there(kept, self.priority, work)
    }
}
