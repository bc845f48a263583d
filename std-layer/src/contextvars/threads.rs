//! What a new thread begins with (rows C-16, X-21).

use std::sync::{Arc, Mutex, PoisonError};

use super::vars::Vars;
use super::{AlreadyEntered, Context, Inherit, here};

/// What a thread is given, by its builder.
#[derive(Default)]
pub(crate) enum Given {
    /// What the variables say.
    #[default]
    ByPolicy,
    /// A copy of the whole context of whoever starts it.
    All,
    /// Nothing.
    Nothing,
    /// This context. The thread takes it, so that it does not live as long as the thread's handles.
    This(Mutex<Option<Arc<Context>>>),
}

/// The first values of a thread: taken where it is started, unfolded where it runs.
pub(crate) struct First(Vars);

impl First {
    /// Called by whoever starts the thread. `None` if there is nothing to be carried.
    pub(crate) fn of(given: &Given) -> Option<Self> {
        let vars = here::with_vars(|vars| match given {
            Given::ByPolicy => vars.carried(Inherit::THREADS),
            Given::All => vars.clone(),
            Given::Nothing | Given::This(_) => Vars::new(),
        });
        (!vars.is_bare()).then_some(Self(vars))
    }

    /// Called by the thread, before anything else.
    pub(crate) fn begin(self) {
        here::begin(self.0);
    }
}

impl Given {
    /// Runs a thread's target, inside of its context if it has been given one.
    ///
    /// # Panics
    ///
    /// If somebody else is inside of that context.
    pub(crate) fn run<R>(&self, target: impl FnOnce() -> R) -> R {
        let Self::This(context) = self else {
            return target();
        };
        let context = context
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match context {
            None => target(),
            Some(context) => match context.run(target) {
                Ok(value) => value,
                Err(AlreadyEntered) => panic!("the context of the thread is entered already"),
            },
        }
    }
}
