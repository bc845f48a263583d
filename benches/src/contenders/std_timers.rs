//! Timers as one writes them without a library: an ordered map from the standard library.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::contender::{Role, Timers, names};
use crate::scenarios::timer::{first_due, let_all_become_due};

/// By instant, then by order of insertion.
pub(crate) struct Map;

names!(
    Role::Reference("a map, not a timer: nobody sleeps until the next one") =>
    Map = "std BTreeMap"
);

type Pending = BTreeMap<(Instant, usize), usize>;

impl Timers for Map {
    fn cancel_all(delays: &[Duration], order: &[usize]) -> Duration {
        let start = Instant::now();
        let mut pending = Pending::new();
        let mut keys = Vec::with_capacity(delays.len());
        for (index, &delay) in delays.iter().enumerate() {
            let key = (Instant::now() + delay, index);
            pending.insert(key, index);
            keys.push(key);
        }
        for &index in order {
            pending.remove(&keys[index]);
        }
        let time = start.elapsed();
        assert!(pending.is_empty(), "all are cancelled");
        time
    }

    fn fire_all(delays: &[Duration]) -> Duration {
        let start = Instant::now();
        let base = start + first_due(delays.len());
        let mut pending = Pending::new();
        for (index, &delay) in delays.iter().enumerate() {
            pending.insert((base + delay, index), index);
        }
        let inserted = start.elapsed();
        let_all_become_due(base, delays);
        let start = Instant::now();
        let mut fired = 0;
        while let Some(entry) = pending.first_entry() {
            assert!(entry.key().0 <= Instant::now(), "it is due");
            fired += usize::from(entry.remove() < delays.len());
        }
        let time = inserted + start.elapsed();
        assert_eq!(fired, delays.len(), "all fire");
        time
    }
}
