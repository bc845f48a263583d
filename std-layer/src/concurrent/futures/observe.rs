//! Seeing tasks run: what a closure is wrapped in before it becomes a task. Nothing, without the features `trace` and `tracing`.

use std::borrow::Cow;

#[cfg(any(feature = "trace", feature = "tracing"))]
thread_local! {
    /// What the next task of this thread is called.
    static NAME: std::cell::RefCell<Option<Cow<'static, str>>> = const { std::cell::RefCell::new(None) };
}

/// Calls what submits one task, which is called so.
#[cfg(any(feature = "trace", feature = "tracing"))]
pub(super) fn named<R>(name: Cow<'static, str>, submit: impl FnOnce() -> R) -> R {
    NAME.set(Some(name));
    let submitted = submit();
    // If it was not made.
    NAME.take();
    submitted
}

/// Calls it.
#[cfg(not(any(feature = "trace", feature = "tracing")))]
#[inline]
pub(super) fn named<R>(_name: Cow<'static, str>, submit: impl FnOnce() -> R) -> R {
    submit()
}

/// Wraps the work of a task in the span that timelines and subscribers see. The name is that which was chosen for the task, else this one, else that of the closure's type.
#[cfg(any(feature = "trace", feature = "tracing"))]
#[inline]
pub(crate) fn work<F, T>(name: Option<Cow<'static, str>>, work: F) -> impl FnOnce() -> T + use<F, T>
where
    F: FnOnce() -> T,
{
    let name = NAME.take().or(name);
    let name = name.unwrap_or(Cow::Borrowed(std::any::type_name::<F>()));
    #[cfg(feature = "tracing")]
    let span = super::tracing::span(&name);
    #[cfg(feature = "trace")]
    let timed = super::trace::Submitted::now(name);
    move || {
        #[cfg(feature = "tracing")]
        let _entered = span.enter();
        #[cfg(feature = "trace")]
        let _timed = timed.map(super::trace::Submitted::begin);
        work()
    }
}

/// The work as it is.
#[cfg(not(any(feature = "trace", feature = "tracing")))]
#[inline]
pub(crate) fn work<F, T>(_name: Option<Cow<'static, str>>, work: F) -> F
where
    F: FnOnce() -> T,
{
    work
}
