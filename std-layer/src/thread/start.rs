//! Threads without a handle.

use std::num::NonZeroUsize;

use crate::threading::{StartError, bare};

/// Starts a thread that calls `function`, and returns its ident (row L-03).
///
/// * **The end.** Its value is dropped. [`exit`](super::exit) ends it quietly. A panic is reported below a line `Exception ignored in thread started by: FUNCTION`, by the program's panic hook, and goes no further; the excepthook of
///   [`threading`](crate::threading) does not hear of it (row L-04).
/// * **Not waited for.** It cannot be joined, and the exit of the process does not wait for it. `threading` does not know it, unless it asks for its own [`current_thread`](crate::threading::current_thread): then it is a dummy there (row L-05).
/// * **Context.** It begins with what the context variables carry into threads, like any thread; see [`Inherit`](crate::contextvars::Inherit).
/// * **Stack.** As large as [`set_stack_size`](super::set_stack_size) says.
///
/// # Errors
///
/// [`StartError::Os`] if the system refuses; the function is dropped then.
///
/// ```
/// use selvedge::thread;
/// use selvedge::threading::Event;
///
/// static DONE: Event = Event::new();
/// thread::start_new_thread(|| DONE.set()).unwrap();
/// DONE.wait();
/// ```
pub fn start_new_thread<R, F>(function: F) -> Result<NonZeroUsize, StartError>
where
    F: FnOnce() -> R + Send + 'static,
{
    bare::start(function)
}

/// How many threads are not over that this crate has started, here or in [`threading`](crate::threading) (row L-13). The main thread and foreign threads do not count.
#[must_use]
pub fn count() -> usize {
    bare::count()
}
