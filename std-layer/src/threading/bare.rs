//! Threads without a handle: what `_thread` starts (rows L-03 to L-05, L-13).

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::launch::system_builder;
use super::name::target_name;
use super::panics::{self, Mode};
use super::{StartError, ends, ident, registry, shutdown};
use crate::contextvars::{First, Given};

/// How many of them are not over. A number, no ordering.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether the calling thread is one of them.
    static MINE: Cell<bool> = const { Cell::new(false) };
}

/// Starts one, and says its ident.
pub(crate) fn start<R, F>(target: F) -> Result<NonZeroUsize, StartError>
where
    F: FnOnce() -> R + Send + 'static,
{
    panics::install();
    shutdown::install();
    let builder = system_builder(None, None)?;
    let ident = ident::fresh();
    let first = First::of(&Given::ByPolicy);
    RUNNING.fetch_add(1, Ordering::Relaxed);
    let spawned = builder.spawn(move || {
        ident::adopt(ident);
        MINE.set(true);
        if let Some(first) = first {
            first.begin();
        }
        live(target);
        MINE.set(false);
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    });
    match spawned {
        // Nobody joins it, neither now nor at the exit of the process.
        Ok(_system) => Ok(NonZeroUsize::new(ident).expect("idents begin with 1")),
        Err(error) => {
            RUNNING.fetch_sub(1, Ordering::Relaxed);
            Err(StartError::Os(error))
        }
    }
}

fn live<R, F: FnOnce() -> R>(target: F) {
    let name = match target_name::<F>() {
        "" => std::any::type_name::<F>(),
        name => name,
    };
    // Its value is dropped in there, too.
    ignore(name, || drop(target()));
    ignore(name, ends::thread_ends);
}

/// Calls `f`; a panic in it is reported and goes no further. A quiet exit is neither.
fn ignore(name: &'static str, f: impl FnOnce()) {
    let Err(caught) = panics::catch(Mode::Ignored(name), f) else {
        return;
    };
    if !caught.is_exit() && !caught.is_reported() {
        // It was resumed, so that the panic hook has not seen it.
        panics::write_error(&format!("{}{}\n", panics::ignored(name), caught.message()));
    }
}

/// How many threads run that this crate has started, with a handle or without.
pub(crate) fn count() -> usize {
    RUNNING.load(Ordering::Relaxed) + registry::started_count()
}

/// In a forked child: the others are gone.
#[cfg(unix)]
pub(super) fn alone() {
    RUNNING.store(usize::from(MINE.get()), Ordering::Relaxed);
}
