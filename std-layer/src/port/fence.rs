//! Linux: a pair of fences of which one costs nothing.
//!
//! Who puts an item into a queue must see a waiter that has listed itself, or the waiter must see the item: each needs a fence between its own change and its look at the other's. Items are put millions of times a second, and waiters of the kind that
//! needs this (see `core/src/raw/event_count.rs`) are rare. So the waiter imposes the fence on all threads of the process by membarrier(2), and the other side merely keeps the compiler from exchanging the two.
//!
//! # Why that is right
//!
//! membarrier(2), PRIVATE_EXPEDITED: when it returns, each thread of the process has passed a full barrier at some point of its program since the call began. A thread whose change lies before that point: the change is visible to the caller afterwards. A
//! thread whose change lies after it: its look lies after it, too, and sees what the caller did before the call. It does not matter whether the process had been registered when the other thread passed its light fence, so registering can wait
//! until somebody needs it: it takes milliseconds in a process with several threads, once.
//!
//! # Where it does not exist
//!
//! Old kernels and some sandboxes refuse. Then `STATE` becomes `REFUSED` for good, and both sides use real fences from then on. Only those that passed a light fence in the very moment of the refusal are left: what they changed is on its way from a
//! store buffer to the caches, which no processor delays for long, and the one caller that finds out gives way a few times before it looks. Under Miri, which knows the memory model and no processors, both sides are real fences always.
//!
//! # fork
//!
//! A child inherits the registration; should a kernel not do that, the call fails once and is registered again.

use core::sync::atomic::{AtomicU8, Ordering, compiler_fence, fence};

use rustix::thread::{MembarrierCommand, membarrier};

/// Nobody has asked yet; light fences are for the compiler only.
const UNKNOWN: u8 = 0;
/// The kernel does it; as above.
const REGISTERED: u8 = 1;
/// The kernel does not do it; all fences are real.
const REFUSED: u8 = 2;

/// What the kernel said. One role: a remembered answer. It goes from `UNKNOWN` to one of the others, and to `REFUSED` for good; orders nothing.
static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

#[inline]
pub(super) fn light() {
    if cfg!(miri) || STATE.load(Ordering::Relaxed) == REFUSED {
        fence(Ordering::SeqCst);
    } else {
        compiler_fence(Ordering::SeqCst);
    }
}

#[cold]
pub(super) fn heavy() {
    fence(Ordering::SeqCst);
    if !cfg!(miri) && STATE.load(Ordering::Relaxed) != REFUSED && !impose() {
        STATE.store(REFUSED, Ordering::SeqCst);
        for _ in 0..64 {
            std::thread::yield_now();
        }
    }
    fence(Ordering::SeqCst);
}

/// Whether the kernel has imposed a fence on all threads of the process.
fn impose() -> bool {
    if STATE.load(Ordering::Relaxed) == REGISTERED
        && membarrier(MembarrierCommand::PrivateExpedited).is_ok()
    {
        return true;
    }
    if membarrier(MembarrierCommand::RegisterPrivateExpedited).is_err() {
        return false;
    }
    // Whoever was refused meanwhile has the last word.
    let _ = STATE.compare_exchange(UNKNOWN, REGISTERED, Ordering::Relaxed, Ordering::Relaxed);
    membarrier(MembarrierCommand::PrivateExpedited).is_ok()
}

#[cfg(all(test, not(miri)))]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::thread;

    use super::{Ordering, heavy, light};

    /// A word on lines of its own: a store to it waits in the store buffer while the line is with the other.
    #[repr(align(128))]
    #[derive(Default)]
    struct Word(AtomicU32);

    #[derive(Default)]
    struct Round {
        light: Word,
        heavy: Word,
        began: Word,
    }

    /// Waits for the other, and then so long as to come sometimes earlier than it, sometimes later.
    fn meet(round: &Round, delay: usize) {
        round.began.0.fetch_add(1, Ordering::SeqCst);
        let mut looks = 0_u32;
        while round.began.0.load(Ordering::SeqCst) < 2 {
            looks += 1;
            if looks.is_multiple_of(1000) {
                thread::yield_now();
            }
        }
        for _ in 0..delay {
            std::hint::black_box(());
        }
    }

    /// Dekker's pattern, over and over: never do both miss the other's change.
    #[test]
    fn one_sees_the_other() {
        const ROUNDS: usize = 20_000;
        // So the cost of the first call does not come between the first rounds.
        heavy();
        let rounds: Vec<Round> = (0..ROUNDS).map(|_| Round::default()).collect();
        let (by_light, by_heavy) = thread::scope(|scope| {
            let lights = scope.spawn(|| {
                let look = |(nth, round): (usize, &Round)| {
                    meet(round, nth % 251);
                    round.light.0.store(1, Ordering::Relaxed);
                    light();
                    round.heavy.0.load(Ordering::Relaxed)
                };
                rounds.iter().enumerate().map(look).collect::<Vec<_>>()
            });
            let look = |(nth, round): (usize, &Round)| {
                meet(round, nth % 241);
                round.heavy.0.store(1, Ordering::Relaxed);
                heavy();
                round.light.0.load(Ordering::Relaxed)
            };
            let by_heavy: Vec<_> = rounds.iter().enumerate().map(look).collect();
            (lights.join().unwrap(), by_heavy)
        });
        let sums = by_light.iter().zip(&by_heavy).map(|(l, h)| l + h);
        assert_eq!(sums.clone().count(), ROUNDS);
        assert_eq!(sums.filter(|sum| *sum == 0).count(), 0, "both missed");
    }
}
