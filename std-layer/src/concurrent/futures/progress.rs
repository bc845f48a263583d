//! A bar that shows how far a map is (feature `progress`).

use std::fmt;
use std::io::{IsTerminal, stderr};
use std::iter::FusedIterator;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows the progress of any iterator: [`Map`](super::Map), [`Unordered`](super::Unordered), [`AsCompleted`](super::AsCompleted), or your own.
///
/// ```
/// use selvedge::concurrent::futures::{ShowProgress, ThreadPoolExecutor};
///
/// let pool = ThreadPoolExecutor::new(2).unwrap();
/// let squares = pool.map(|n: u32| n * n, 0..1000).unwrap();
/// let sum: u32 = squares.progress("squares").map(Result::unwrap).sum();
/// assert_eq!(sum, 332_833_500);
/// ```
pub trait ShowProgress: Iterator + Sized {
    /// The same items; on a terminal (standard error), a bar shows how many of them have come, and goes when the last was taken or the iterator is dropped. Elsewhere nothing is shown.
    fn progress(self, title: &str) -> Progress<Self> {
        Progress::new(self, title)
    }
}

impl<I: Iterator> ShowProgress for I {}

/// See [`ShowProgress::progress`].
pub struct Progress<I> {
    items: I,
    bar: Option<ProgressBar>,
}

impl<I: Iterator> Progress<I> {
    fn new(items: I, title: &str) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = match items.size_hint() {
                (_, Some(total)) => ProgressBar::new(total as u64),
                (_, None) => ProgressBar::new_spinner(),
            };
            bar.set_draw_target(ProgressDrawTarget::stderr());
            let template = match bar.length() {
                Some(_) => "{msg} {wide_bar} {pos}/{len} {eta}",
                None => "{msg} {spinner} {pos}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.with_message(title.to_owned())
        });
        Self { items, bar }
    }

    /// Whether a bar is shown.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.bar.is_some()
    }
}

impl<I: Iterator> Iterator for Progress<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let next = self.items.next();
        if let Some(bar) = &self.bar {
            match next {
                Some(_) => bar.inc(1),
                None => bar.finish_and_clear(),
            }
        }
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }
}

impl<I: ExactSizeIterator> ExactSizeIterator for Progress<I> {}
impl<I: FusedIterator> FusedIterator for Progress<I> {}

impl<I> Drop for Progress<I> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl<I: fmt::Debug> fmt::Debug for Progress<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("items", &self.items)
            .finish_non_exhaustive()
    }
}
