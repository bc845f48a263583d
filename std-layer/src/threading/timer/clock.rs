//! Ticks: nanoseconds since the first timer of the process was started.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// As good as never: no clock gets there.
pub(super) const NEVER: u64 = u64::MAX;

fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// The present. Good for 584 years.
pub(super) fn now() -> u64 {
    ticks(origin().elapsed())
}

/// So much time from the present, or [`NEVER`].
pub(super) fn after(span: Duration) -> u64 {
    now().saturating_add(ticks(span))
}

/// A time as the system's clock has it; `None` for [`NEVER`].
pub(super) fn instant(at: u64) -> Option<Instant> {
    if at == NEVER {
        return None;
    }
    origin().checked_add(Duration::from_nanos(at))
}

fn ticks(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(NEVER)
}
