//! Selvedge's timing wheel, with entries that grow in a vector and nanoseconds for ticks.

use std::time::{Duration, Instant};

use selvedge_core::timer::{self, Entry, Storage, Wide};

use crate::contender::{Role, Timers, names};
use crate::scenarios::timer::{first_due, let_all_become_due};

pub(crate) struct Wheel;

names!(Role::Ours => Wheel = "selvedge");

/// As a program with an allocator has it.
struct Growing(Vec<Entry<usize>>);

impl Storage for Growing {
    type Value = usize;
    type Shape = Wide;

    fn entries(&self) -> &[Entry<usize>] {
        &self.0
    }

    fn entries_mut(&mut self) -> &mut [Entry<usize>] {
        &mut self.0
    }

    fn grow(&mut self) -> bool {
        self.0.push(Entry::VACANT);
        true
    }
}

fn ticks(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Timers for Wheel {
    fn cancel_all(delays: &[Duration], order: &[usize]) -> Duration {
        let mut timers = timer::Timers::new(Growing(Vec::new()));
        let mut keys = Vec::with_capacity(delays.len());
        let start = Instant::now();
        for (index, &delay) in delays.iter().enumerate() {
            let deadline = ticks(start.elapsed() + delay);
            keys.push(timers.insert(deadline, index).expect("it grows"));
        }
        for &index in order {
            timers.cancel(keys[index]);
        }
        let time = start.elapsed();
        assert!(timers.is_empty(), "all are cancelled");
        time
    }

    fn fire_all(delays: &[Duration]) -> Duration {
        let mut timers = timer::Timers::new(Growing(Vec::new()));
        let start = Instant::now();
        let base = first_due(delays.len());
        for (index, &delay) in delays.iter().enumerate() {
            timers.insert(ticks(base + delay), index).expect("it grows");
        }
        let inserted = start.elapsed();
        let_all_become_due(start + base, delays);
        let resumed = Instant::now();
        let mut fired = 0;
        while fired < delays.len() {
            // As whoever serves timers does it: one look at the clock for all that are due by then.
            let now = ticks(start.elapsed());
            while let Some(expired) = timers.pop_expired(now) {
                fired += usize::from(expired.value < delays.len());
            }
        }
        let time = inserted + resumed.elapsed();
        assert_eq!(fired, delays.len(), "all fire");
        time
    }
}
