//! Closures that run in the child, in a copy of this process (row S-35).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::{fmt, io};

use super::Step;
use super::report::Fault;

/// See [`Command::pre_exec`](super::Command::pre_exec).
pub(super) struct Hook(Box<dyn Fn() -> io::Result<()> + Send + Sync>);

impl Hook {
    pub(super) fn new(closure: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Box::new(closure))
    }

    /// Calls it. A panic ends here: nothing above is prepared for one.
    pub(super) fn call(&self) -> Result<(), Fault> {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.0)()));
        let errno = match outcome {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.raw_os_error().unwrap_or(libc::EINVAL),
            Err(payload) => {
                // Dropping it could panic again.
                std::mem::forget(payload);
                libc::ECANCELED
            }
        };
        Err((Step::PreExec, errno))
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook(..)")
    }
}
