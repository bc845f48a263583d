//! Context variables.

pub(crate) mod opentelemetry;
pub(crate) mod ours;
pub(crate) mod std;
pub(crate) mod tokio;

/// Nests what is set for each of [`OTHERS`](crate::contender::context::OTHERS) numbers: `nested!(set, body)`.
macro_rules! nested {
    ($set:ident, $body:expr) => {
        nested!($set, $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14)
    };
    ($set:ident, $body:expr,) => {
        $body()
    };
    ($set:ident, $body:expr, $first:tt $($rest:tt)*) => {
        $set::<$first, _>(|| nested!($set, $body, $($rest)*))
    };
}
use nested;
