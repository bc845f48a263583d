//! Barriers.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::contender::Barrier;
use crate::row::{Plan, Sample};
use crate::team::{Apart, until_done};

/// Threads that meet over and over; an operation is one meeting.
pub(crate) fn meet<B: Barrier>(plan: &Plan, parties: usize) -> Sample {
    let barrier = Apart(B::new(parties));
    let arrivals: Vec<Apart<AtomicU64>> = (0..parties).map(|_| Apart::default()).collect();
    let leaders = AtomicU64::new(0);
    let time = until_done(parties, |index, gate| {
        let neighbour = &arrivals[(index + 1) % parties].0;
        let mut led = 0;
        gate.pass();
        for meeting in 1..=plan.ops {
            arrivals[index].0.store(meeting, Relaxed);
            led += u64::from(barrier.0.wait());
            assert!(neighbour.load(Relaxed) >= meeting, "all have arrived");
        }
        leaders.fetch_add(led, Relaxed);
    });
    assert_eq!(leaders.load(Relaxed), plan.ops, "one leads each meeting");
    Sample::new(plan.ops, time)
}
