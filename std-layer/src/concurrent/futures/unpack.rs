//! Functions of several arguments, called with a tuple.

/// A function that can be called with the parts of a tuple `A`: from one to eight.
pub trait Apply<A, T> {
    /// Calls it.
    fn apply(&self, arguments: A) -> T;
}

macro_rules! applies {
    ($($argument:ident)+) => {
        impl<Function, Output, $($argument),+> Apply<($($argument,)+), Output> for Function
        where
            Function: Fn($($argument),+) -> Output,
        {
            #[inline]
            fn apply(&self, arguments: ($($argument,)+)) -> Output {
                #[allow(non_snake_case, reason = "the names are those of the types")]
                let ($($argument,)+) = arguments;
                self($($argument),+)
            }
        }
    };
}

applies!(A);
applies!(A B);
applies!(A B C);
applies!(A B C D);
applies!(A B C D E);
applies!(A B C D E F);
applies!(A B C D E F G);
applies!(A B C D E F G H);

/// Makes a function of one tuple from a function of several arguments: for [`ThreadPoolExecutor::submit`](super::ThreadPoolExecutor::submit), which takes one argument.
///
/// ```
/// use selvedge::concurrent::futures::unpack;
///
/// let power = unpack(u64::pow);
/// assert_eq!(power((2, 5)), 32);
/// ```
#[inline]
pub fn unpack<F, A, T>(function: F) -> impl Fn(A) -> T + Copy + Send + Sync + use<F, A, T>
where
    F: Apply<A, T> + Copy + Send + Sync,
{
    move |arguments| function.apply(arguments)
}
