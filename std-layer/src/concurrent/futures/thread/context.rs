//! Context variables of tasks: what goes along with them, and that none is left behind by one for the next.
//!
//! A task begins with the variables that say so ([`Inherit::TASKS`](crate::contextvars::Inherit)), as they were when it was submitted; the others are as the initializer of the worker left them. What a task sets is gone with it.

use crate::contextvars::{Context, copy_context};
use crate::threading::shielded;

/// `work`, in the variables that go along with a task. If there are none it is called as it is: then submitting costs one look.
macro_rules! carried {
    ($work:expr, |$carried:ident| $then:expr) => {{
        let work = $work;
        match $crate::contextvars::Context::carried_by_task() {
            None => {
                let $carried = work;
                $then
            }
            Some(context) => {
                let $carried =
                    move || $crate::concurrent::futures::thread::context::inside(context, work);
                $then
            }
        }
    }};
}
pub(in crate::concurrent::futures) use carried;

/// Calls `work` in a context that is its own.
pub(crate) fn inside<R>(context: Context, work: impl FnOnce() -> R) -> R {
    match context.run(work) {
        Ok(value) => value,
        Err(_) => unreachable!("nobody else has this context"),
    }
}

/// The context in which tasks of a worker begin.
pub(super) struct Base(Option<Context>);

impl Base {
    /// As the initializer has left it; called in the worker's thread.
    pub(super) fn of_this_thread() -> Self {
        let context = copy_context();
        Self((!context.is_empty()).then_some(context))
    }

    /// After a task: what it has set is not for the next one.
    #[inline]
    pub(super) fn tidy(&self) {
        match &self.0 {
            None if Context::is_current_bare() => {}
            None => shielded(|| Context::replace_base(Context::new())),
            Some(base) => {
                if !copy_context().same_values(base) {
                    shielded(|| Context::replace_base(base.copy()));
                }
            }
        }
    }

    /// Calls `run` as if no task were on the stack already.
    pub(super) fn run<R>(&self, run: impl FnOnce() -> R) -> R {
        inside(
            self.0.as_ref().map_or_else(Context::new, Context::copy),
            run,
        )
    }
}
