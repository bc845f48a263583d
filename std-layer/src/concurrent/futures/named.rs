//! Tasks with names.

use std::borrow::Cow;

use super::{Future, SubmitError, ThreadPoolExecutor, observe};

/// Tasks with names, for those who watch: the timeline of the feature `trace`, and the spans of the feature `tracing`. Without either, a name is dropped, and costs nothing else. Other tasks are called by the types of their functions.
impl ThreadPoolExecutor {
    /// [`submit`](Self::submit), with a name.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// ```
    /// use selvedge::concurrent::futures::ThreadPoolExecutor;
    ///
    /// let pool = ThreadPoolExecutor::new(1).unwrap();
    /// let length = pool.submit_named("length", str::len, "spam").unwrap();
    /// assert_eq!(length.result().unwrap(), 4);
    /// ```
    pub fn submit_named<F, A, T>(
        &self,
        name: impl Into<Cow<'static, str>>,
        function: F,
        argument: A,
    ) -> Result<Future<T>, SubmitError<A>>
    where
        F: FnOnce(A) -> T + Send + 'static,
        A: Send + 'static,
        T: Send + 'static,
    {
        observe::named(name.into(), || self.submit(function, argument))
    }

    /// [`spawn`](Self::spawn), with a name.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn spawn_named<F, T>(
        &self,
        name: impl Into<Cow<'static, str>>,
        work: F,
    ) -> Result<Future<T>, SubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        observe::named(name.into(), || self.spawn(work))
    }
}
