//! A future that is ready at an instant.

use std::time::Instant;

use crate::threading::Timer;

/// A timer that stops when it is dropped.
pub(super) struct Nap(Timer);

impl Nap {
    pub(super) async fn until(at: Instant) {
        let span = at.saturating_duration_since(Instant::now());
        let nap = Self(Timer::builder().daemon(true).build(span, || ()));
        nap.0.start().expect("a thread for the timers");
        nap.0.finished().wait_async().await;
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
