//! How long to spin before sleeping on a hosted system.

use std::sync::atomic::{AtomicU32, Ordering};

use selvedge_core::port::Relax;

/// Spins on several processors, not at all on one.
#[derive(Debug, Clone, Copy)]
pub struct HostRelax;

/// 0: not asked yet. One role: a cached number, written with the same value by whoever asks first; Relaxed.
static PROCESSORS: AtomicU32 = AtomicU32::new(0);

fn several_processors() -> bool {
    match PROCESSORS.load(Ordering::Relaxed) {
        0 => ask(),
        n => n > 1,
    }
}

#[cold]
fn ask() -> bool {
    let n = std::thread::available_parallelism()
        .map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX));
    PROCESSORS.store(n, Ordering::Relaxed);
    n > 1
}

impl Relax for HostRelax {
    #[inline]
    fn lock_turns() -> u32 {
        if several_processors() { 100 } else { 0 }
    }

    #[inline]
    fn answer_turns() -> u32 {
        if several_processors() { 1000 } else { 0 }
    }

    #[inline]
    fn relax(_turn: u32) {
        core::hint::spin_loop();
    }
}
