//! What a task of several items returns.

use crate::concurrent::futures::TaskError;
use crate::threading::catch_panic;

/// What came of the items of one chunk: all results, or those before the first failure and the failure.
///
/// Executors return it from [`submit_chunk`](crate::concurrent::futures::Submit::submit_chunk); made by [`of`](Self::of), where the items are.
#[derive(Debug)]
pub struct Chunk<T> {
    /// The results, in the order of the items.
    pub values: Vec<T>,
    /// What came in the place of the next one.
    pub error: Option<TaskError>,
}

impl<T> Chunk<T> {
    /// Calls the function with each item, until a call panics. Items that are left then are dropped.
    pub fn of<A>(items: Vec<A>, function: impl Fn(A) -> T) -> Self {
        let mut values = Vec::with_capacity(items.len());
        let all = catch_panic(|| values.extend(items.into_iter().map(function)));
        let error = all.err().map(TaskError::from);
        Self { values, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_a_panic_is_there() {
        let items = vec![1, 2, 0, 4];
        let chunk = Chunk::of(items, |item| 12_u32.checked_div(item).expect("not zero"));
        assert_eq!(chunk.values, [12, 6]);
        let Some(TaskError::Panicked(panic)) = chunk.error else {
            panic!("it has one");
        };
        assert_eq!(panic.message(), "not zero");
    }
}
