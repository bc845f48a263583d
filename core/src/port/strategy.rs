//! Waiting awake by the strategies of the crate [`spin`].

use core::marker::PhantomData;

use spin::RelaxStrategy;

use super::Relax;

/// Spins by a strategy of the crate [`spin`]: `LOCK` turns for a lock, `ANSWER` turns for another task's answer. For ports of systems that have one, or that share one with spin locks of that crate.
///
/// ```
/// use selvedge_core::port::{ByStrategy, Relax};
///
/// /// What to do while another core is at work: a pause that this system has.
/// struct Pause;
///
/// impl spin::RelaxStrategy for Pause {
///     fn relax() {
///         core::hint::spin_loop();
///     }
/// }
///
/// // `type Relax = ByStrategy<Pause>;` in a port; and with another number of turns:
/// type Short = ByStrategy<Pause, 4, 16>;
/// assert!(Short::lock_turn(3));
/// assert!(!Short::lock_turn(4));
/// ```
#[derive(Debug)]
pub struct ByStrategy<S, const LOCK: u32 = 64, const ANSWER: u32 = 256>(PhantomData<fn() -> S>);

impl<S: RelaxStrategy, const LOCK: u32, const ANSWER: u32> Relax for ByStrategy<S, LOCK, ANSWER> {
    #[inline]
    fn lock_turn(turn: u32) -> bool {
        S::relax();
        turn < LOCK
    }

    #[inline]
    fn answer_turn(turn: u32) -> bool {
        S::relax();
        turn < ANSWER
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::ByStrategy;
    use crate::atomics::{AtomicU32, Ordering};
    use crate::port::Relax;

    /// Of the one test.
    static RELAXED: AtomicU32 = AtomicU32::new(0);

    struct Counting;

    impl spin::RelaxStrategy for Counting {
        fn relax() {
            RELAXED.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often a loop of these turns relaxes.
    fn turns(turn: fn(u32) -> bool) -> u32 {
        let before = RELAXED.load(Ordering::Relaxed);
        let last = (0..).find(|&at| !turn(at));
        let relaxed = RELAXED.load(Ordering::Relaxed) - before;
        assert_eq!(last, Some(relaxed - 1));
        relaxed
    }

    #[test]
    fn each_turn_relaxes_and_they_end() {
        assert_eq!(turns(ByStrategy::<Counting, 3, 7>::lock_turn), 4);
        assert_eq!(turns(ByStrategy::<Counting, 3, 7>::answer_turn), 8);
        assert_eq!(turns(ByStrategy::<Counting>::lock_turn), 65);
    }
}
