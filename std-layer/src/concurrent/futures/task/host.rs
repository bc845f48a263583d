//! What a thread of an executor does while its task waits for another one.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::header::{self, Header};

/// An executor's answer to the waits of its own tasks; see [`set_host`].
pub(crate) trait Host: Sync {
    /// A task of this thread waits for `task`, which is not done. True: something happened, look again. Called before spinning, and again after each true.
    fn help(&self, task: Awaited<'_>) -> bool;

    /// Nothing helped. `sleep` blocks until the wait is over or out of time, and is called once; or this panics, and the panic goes to the waiting task. `task` is what it waits for, `None` the first of several.
    fn sleep(&self, task: Option<Awaited<'_>>, sleep: &mut dyn FnMut());
}

thread_local! {
    static HOST: Cell<Option<&'static dyn Host>> = const { Cell::new(None) };
}

/// From now on `host` is asked when the calling thread waits for futures. Returns the one before.
pub(crate) fn set_host(host: Option<&'static dyn Host>) -> Option<&'static dyn Host> {
    HOST.replace(host)
}

/// The host of the calling thread.
pub(in crate::concurrent::futures) fn host() -> Option<&'static dyn Host> {
    HOST.try_with(Cell::get).ok().flatten()
}

/// A task that is waited for.
#[derive(Clone, Copy)]
pub(crate) struct Awaited<'a> {
    task: NonNull<Header>,
    handle: PhantomData<&'a Header>,
}

impl<'a> Awaited<'a> {
    /// # Safety
    ///
    /// The caller has a handle for as long as `'a`.
    #[allow(unsafe_code, reason = "a promise about a pointer")]
    pub(in crate::concurrent::futures) unsafe fn new(task: NonNull<Header>) -> Self {
        Self {
            task,
            handle: PhantomData,
        }
    }

    #[allow(unsafe_code, reason = "follows the pointer")]
    fn header(self) -> &'a Header {
        // SAFETY: the contract of `new`.
        unsafe { header::header(self.task) }
    }

    /// Who is to run it.
    pub(crate) fn owner(self) -> u32 {
        self.header().owner
    }

    /// What tells it from all others that there are.
    pub(crate) fn id(self) -> usize {
        self.task.addr().get()
    }

    /// Whether nobody has begun with it.
    pub(crate) fn is_pending(self) -> bool {
        self.header().state.state() == selvedge_core::raw::FutureState::Pending
    }

    /// Runs it here and now, if nobody has begun with it. Never panics.
    #[allow(unsafe_code, reason = "runs what the pointer leads to")]
    pub(crate) fn try_run(self) -> bool {
        // SAFETY: the contract of `new`.
        unsafe { header::run(self.task) }
    }
}
