//! The scope and the handles of its tasks.
//!
//! # Safety
//!
//! Gives borrowed closures to an executor, by the argument of this folder's `mod.rs`.
#![allow(
    unsafe_code,
    reason = "hands borrowed closures to threads, and waits for them"
)]

use std::any::type_name;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::count::{Count, News};
use super::errand::Errand;
use super::packet::{Member, Packet, Work};
use crate::concurrent::futures::task;
use crate::concurrent::futures::thread::context::carried;
use crate::concurrent::futures::{self, SubmitErrorKind, TaskError, ThreadPoolExecutor, observe};
use crate::contextvars::Context;
use crate::threading::{Mutex, TimedOut};

/// Where tasks may borrow what lives longer than the call of [`ThreadPoolExecutor::scope`].
pub struct Scope<'scope, 'env: 'scope> {
    pub(super) pool: &'scope ThreadPoolExecutor,
    count: Count,
    members: Mutex<Members>,
    /// Whether it was opened in a task of a pool: then it helps with what nobody has begun with, and must know it.
    helps: bool,
    /// Neither may be made shorter or longer.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// The tasks, so that they can be helped, and without those that were done when there were many. They live as long as the scope, which the type does not say: it would borrow from itself.
#[derive(Default)]
struct Members {
    list: Vec<Arc<dyn Member>>,
    enough: usize,
    /// Those without a result, if the scope helps.
    launched: Vec<futures::Future<()>>,
    enough_launched: usize,
    panicked: bool,
}

/// What a task of a scope will return.
///
/// Dropping it changes nothing: the task runs, and the scope waits for it. A panic that nobody has asked for by [`result`](Self::result) is a panic of the scope.
#[must_use = "without it nobody hears what the task returned"]
pub struct ScopedFuture<'scope, T> {
    packet: Arc<Packet<T>>,
    scope: PhantomData<&'scope mut &'scope ()>,
}

impl ThreadPoolExecutor {
    /// Calls `f` with a scope in which tasks of this pool may borrow from what is around the call, and waits for all of them: `std::thread::scope` on the threads of a pool.
    ///
    /// **Blocking & cancellation.** Returns when the last task has ended, also if `f` panics. Within a worker of this pool it runs tasks of the scope itself that nobody has begun with, so scopes may be nested on any number of workers. If the pool is shut down with
    /// [`cancel_futures`](super::super::Shutdown::cancel_futures), tasks that have not begun are cancelled, and their futures say so.
    ///
    /// **From interrupts?** No.
    ///
    /// # Panics
    ///
    /// If `f` panics: with that. Else if a task panicked whose [`ScopedFuture::result`] was not taken.
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(2).unwrap();
    /// let mut numbers = vec![1, 2, 3, 4];
    /// let (left, right) = numbers.split_at_mut(2);
    /// let sum: i32 = pool.scope(|scope| {
    ///     let left = scope.spawn(|| left.iter().sum::<i32>());
    ///     let right = scope.spawn(|| {
    ///         right[0] = 30;
    ///         right.iter().sum::<i32>()
    ///     });
    ///     left.result().unwrap() + right.result().unwrap()
    /// });
    /// assert_eq!(sum, 37);
    /// assert_eq!(numbers, [1, 2, 30, 4]);
    /// ```
    #[track_caller]
    pub fn scope<'env, F, R>(&self, f: F) -> R
    where
        F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
    {
        let scope = Scope {
            pool: self,
            count: Count::new(),
            members: Mutex::new(Members::default()),
            helps: task::host().is_some(),
            scope: PhantomData,
            env: PhantomData,
        };
        // Nothing between here and the end of the wait may leave this function.
        let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
        let waited = catch_unwind(AssertUnwindSafe(|| scope.help()));
        scope.count.wait();
        let panicked = catch_unwind(AssertUnwindSafe(|| scope.empty()));
        match (result, waited.and(panicked)) {
            (Err(payload), _) | (Ok(_), Err(payload)) => resume_unwind(payload),
            (Ok(value), Ok(panicked)) => match scope.count.news() {
                News::Panicked => panic!("a task of the scope panicked"),
                _ if panicked => panic!("a task of the scope panicked"),
                News::Lost => {
                    panic!("a task of the scope was cancelled, and nobody has its future")
                }
                News::Good => value,
            },
        }
    }
}

impl<'scope, 'env> Scope<'scope, 'env> {
    /// Has the pool call `function`, which may borrow what lives as long as the scope.
    ///
    /// # Panics
    ///
    /// If the pool takes nothing any more. [`try_spawn`](Self::try_spawn) says so instead.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, function: F) -> ScopedFuture<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        match self.try_spawn(function) {
            Ok(future) => future,
            Err(kind) => panic!("{kind}"),
        }
    }

    /// As [`spawn`](Self::spawn).
    ///
    /// # Errors
    ///
    /// Why the pool takes nothing any more. The function is dropped.
    pub fn try_spawn<F, T>(
        &'scope self,
        function: F,
    ) -> Result<ScopedFuture<'scope, T>, SubmitErrorKind>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let shared = self.pool.shared();
        if let Some(kind) = shared.refusal() {
            return Err(kind);
        }
        let packet = Packet::new();
        // SAFETY: the count is in the frame of `ThreadPoolExecutor::scope`, which waits for it before it ends, and a `&'scope self` is not to be had elsewhere.
        let ticket = unsafe { self.count.ticket() };
        let work = Work::new(within(function), Arc::clone(&packet), ticket);
        // SAFETY: closure and result are gone before the ticket is, and `scope` waits for that; what the task itself returns borrows nothing.
        let (task, future) = unsafe { task::new_scoped(move || work.run(), shared.id()) };
        packet.submitted(future);
        if let Err(task) = shared.push(task) {
            // The work goes now.
            task.cancel();
            return Err(shared.refusal().unwrap_or(SubmitErrorKind::Shutdown));
        }
        self.enlist(Arc::clone(&packet) as _);
        Ok(ScopedFuture {
            packet,
            scope: PhantomData,
        })
    }

    /// Has the pool call `function`, and nobody takes a result: [`spawn`](Self::spawn) with one small allocation and no future, for many tasks.
    ///
    /// A panic in it is reported to the [excepthook](crate::threading::excepthook), and is a panic of the scope when all tasks have ended. So is that it was cancelled, by a pool that was shut down so.
    ///
    /// # Panics
    ///
    /// If the pool takes nothing any more. [`try_launch`](Self::try_launch) says so instead.
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(2).unwrap();
    /// let mut numbers = [1, 2, 3, 4];
    /// pool.scope(|scope| {
    ///     for number in &mut numbers {
    ///         scope.launch(move || *number *= 10);
    ///     }
    /// });
    /// assert_eq!(numbers, [10, 20, 30, 40]);
    /// ```
    #[track_caller]
    pub fn launch<F: FnOnce() + Send + 'scope>(&'scope self, function: F) {
        if let Err(kind) = self.try_launch(function) {
            panic!("{kind}");
        }
    }

    /// As [`launch`](Self::launch).
    ///
    /// # Errors
    ///
    /// Why the pool takes nothing any more. The function is dropped.
    pub fn try_launch<F>(&'scope self, function: F) -> Result<(), SubmitErrorKind>
    where
        F: FnOnce() + Send + 'scope,
    {
        if let Some(kind) = self.pool.shared().refusal() {
            return Err(kind);
        }
        let function = observe::work(Some(type_name::<F>().into()), function);
        carried!(function, |function| self.push_errand(function))
    }

    fn push_errand<F>(&'scope self, function: F) -> Result<(), SubmitErrorKind>
    where
        F: FnOnce() + Send + 'scope,
    {
        let shared = self.pool.shared();
        // SAFETY: as in `try_spawn`.
        let ticket = unsafe { self.count.ticket() };
        let errand = Errand::new(function, ticket);
        let work = move || errand.run();
        let task = if self.helps {
            // SAFETY: as in `try_spawn`.
            let (task, future) = unsafe { task::new_scoped(work, shared.id()) };
            self.enlist_launched(future);
            task
        } else {
            // SAFETY: as in `try_spawn`.
            unsafe { task::new_alone(work, shared.id()) }
        };
        let Err(task) = shared.push(task) else {
            return Ok(());
        };
        if !task.cancel() {
            // The scope has run it meanwhile.
            return Ok(());
        }
        // The errand is gone now, and whoever called hears of it.
        self.count.unlose();
        Err(shared.refusal().unwrap_or(SubmitErrorKind::Shutdown))
    }

    fn enlist_launched(&'scope self, future: futures::Future<()>) {
        let mut members = self.members.lock();
        members.launched.push(future);
        if members.launched.len() > members.enough_launched.max(64) {
            members.launched.retain(|future| !future.done());
            members.enough_launched = 2 * members.launched.len();
        }
    }

    fn enlist(&'scope self, member: Arc<dyn Member + 'scope>) {
        let mut members = self.members.lock();
        // SAFETY: only the lifetime bound changes. The list is empty when `scope` returns, and its members go nowhere else.
        let member = unsafe { mem::transmute::<Arc<dyn Member + 'scope>, Arc<dyn Member>>(member) };
        members.list.push(member);
        if members.list.len() <= members.enough.max(64) {
            return;
        }
        let (done, list): (Vec<_>, Vec<_>) = mem::take(&mut members.list)
            .into_iter()
            .partition(|member| member.future().done());
        members.enough = 2 * list.len();
        members.list = list;
        members.panicked |= done.iter().any(|member| member.has_panicked());
        drop(members);
        // Results have foreign destructors.
        drop(done);
    }

    /// Runs what nobody has begun with, if this is a worker: nobody else may be there to do it.
    fn help(&self) {
        if !self.helps {
            return;
        }
        loop {
            let (launched, member) = {
                let mut members = self.members.lock();
                match members.launched.pop() {
                    Some(launched) => (Some(launched), None),
                    None => (None, members.list.pop()),
                }
            };
            match (launched, member) {
                (Some(launched), _) => launched.wait_done(),
                (_, Some(member)) => {
                    member.future().wait_done();
                    self.members.lock().panicked |= member.has_panicked();
                }
                (None, None) => return,
            }
        }
    }

    /// Drops what is left of the tasks.
    fn empty(&self) -> bool {
        let Members { list, panicked, .. } = mem::take(&mut *self.members.lock());
        let panicked = panicked || list.iter().any(|member| member.has_panicked());
        drop(list);
        panicked
    }
}

/// With the context variables that tasks take along, and seen by those who watch tasks.
fn within<F: FnOnce() -> T, T>(function: F) -> impl FnOnce() -> T + use<F, T> {
    let context = Context::carried_by_task();
    let function = observe::work(Some(type_name::<F>().into()), function);
    move || match context {
        None => function(),
        Some(context) => match context.run(function) {
            Ok(value) => value,
            Err(_) => unreachable!("nobody else has this context"),
        },
    }
}

impl<T> ScopedFuture<'_, T> {
    /// Waits until the task has ended: what it returned.
    ///
    /// # Errors
    ///
    /// [`TaskError::Panicked`] or [`TaskError::Cancelled`].
    pub fn result(self) -> Result<T, TaskError> {
        self.packet.future().wait_done();
        self.take()
    }

    /// The same, for so long at most; the future comes back if that is not enough.
    ///
    /// # Errors
    ///
    /// The future, or as [`result`](Self::result).
    pub fn result_timeout(self, limit: Duration) -> Result<Result<T, TaskError>, Self> {
        let in_time = self.packet.future().wait_done_timeout(limit);
        self.taken_if(in_time)
    }

    /// The same, until then at most.
    ///
    /// # Errors
    ///
    /// As [`result_timeout`](Self::result_timeout).
    pub fn result_deadline(self, deadline: Instant) -> Result<Result<T, TaskError>, Self> {
        let in_time = self.packet.future().wait_done_deadline(deadline);
        self.taken_if(in_time)
    }

    /// What it returned if it has ended. Never blocks.
    ///
    /// # Errors
    ///
    /// As [`result_timeout`](Self::result_timeout).
    pub fn try_result(self) -> Result<Result<T, TaskError>, Self> {
        let is_done = self.done();
        self.taken_if(if is_done { Ok(()) } else { Err(TimedOut) })
    }

    /// Cancels the task, if nobody has begun with it: whether it is cancelled.
    pub fn cancel(&self) -> bool {
        self.packet.future().cancel()
    }

    /// Whether it has ended.
    #[must_use]
    pub fn done(&self) -> bool {
        self.packet.future().done()
    }

    pub(in crate::concurrent::futures) fn inner(&self) -> &crate::concurrent::futures::Future<()> {
        self.packet.future()
    }

    /// Waits, without borrowing from the handle.
    pub(super) fn wait_done_boxed<'a>(&self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>
    where
        T: Send + 'a,
    {
        let packet = Arc::clone(&self.packet);
        Box::pin(async move { packet.future().wait_done_async().await })
    }

    fn taken_if(self, in_time: Result<(), TimedOut>) -> Result<Result<T, TaskError>, Self> {
        match in_time {
            Ok(()) => Ok(self.take()),
            Err(TimedOut) => Err(self),
        }
    }

    /// It is done.
    fn take(self) -> Result<T, TaskError> {
        match self.packet.take() {
            Some(result) => result.map_err(TaskError::from),
            None => Err(match self.packet.future().exception() {
                Some(TaskError::Broken(broken)) => TaskError::Broken(broken.clone()),
                _ => TaskError::Cancelled,
            }),
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedFuture<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopedFuture").field(self.inner()).finish()
    }
}
