//! What a child tells its parent on the way to its program: how far it is, and what failed.

use std::sync::atomic::{AtomicI32, AtomicU8, Ordering};

use super::step::Step;

/// A step that failed, and the system's error number.
pub(super) type Fault = (Step, i32);

const NOTHING: u8 = u8::MAX;
const READY: u8 = u8::MAX - 1;

/// Two numbers in memory that both processes see. The child writes; the parent reads when the child has ended or become its program, so the kernel has ordered the two and `Relaxed` is enough.
pub(super) struct Report {
    step: AtomicU8,
    errno: AtomicI32,
}

/// How far the child came.
pub(super) enum Told {
    /// It said nothing: it was killed on the way (or is an emulator's, whose memory this process does not see).
    Nothing,
    /// Its last words before becoming its program.
    Ready,
    /// It could not.
    Fault(Fault),
}

impl Report {
    pub(super) const fn new() -> Self {
        Self {
            step: AtomicU8::new(NOTHING),
            errno: AtomicI32::new(0),
        }
    }

    pub(super) fn ready(&self) {
        self.step.store(READY, Ordering::Relaxed);
    }

    pub(super) fn fault(&self, (step, errno): Fault) {
        self.errno.store(errno, Ordering::Relaxed);
        self.step.store(step as u8, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Told {
        match self.step.load(Ordering::Relaxed) {
            READY => Told::Ready,
            number => Step::from_number(number).map_or(Told::Nothing, |step| {
                Told::Fault((step, self.errno.load(Ordering::Relaxed)))
            }),
        }
    }
}
