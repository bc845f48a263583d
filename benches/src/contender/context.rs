//! Context variables: values that belong to a flow of control.

use crate::contender::Contender;

/// How many other variables there are in the rows with more than one.
pub(crate) const OTHERS: usize = 15;

/// A variable of numbers.
pub(crate) trait Variable: Contender {
    /// Sets it, runs the body, sets it back to what it was.
    fn within<R>(number: u64, body: impl FnOnce() -> R) -> R;
    /// What it is.
    fn get() -> u64;
    /// Runs the body with [`OTHERS`] set.
    fn among_others<R>(body: impl FnOnce() -> R) -> R;
}

/// Contexts with all their variables, to hand on.
pub(crate) trait Copying: Variable {
    type Context;

    fn copy() -> Self::Context;
    /// Runs the body in it.
    fn run<R>(context: &mut Self::Context, body: impl FnOnce() -> R) -> R;
}
