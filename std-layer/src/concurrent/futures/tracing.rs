//! Spans for the crate `tracing` (feature `tracing`).
//!
//! Each task is a span `task` of the target `selvedge::futures`, at the level DEBUG, with the field `name`. Its parent is the span in which the task was submitted; it is entered while the task runs, in the thread that runs it, and closed when the task ends or is cancelled. A task of an
//! asynchronous program ([`spawn_async`](super::ThreadPoolExecutor::spawn_async)) has one span for each time that it is polled.

use tracing::{Span, debug_span};

/// Made where the task is submitted.
pub(super) fn span(name: &str) -> Span {
    debug_span!(target: "selvedge::futures", "task", name)
}
