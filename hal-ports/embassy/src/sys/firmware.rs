//! Boards: what the bare-metal port does, and which executors may block.

use core::num::NonZeroUsize;

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::{Identity, Park, Port};
use selvedge_port_bare_metal::{BareMetal, Refusal, may_wait};

pub(crate) type Task = selvedge_port_bare_metal::Task;
pub(crate) type Relax = <BareMetal as Port>::Relax;

/// An event that nobody waits for does no harm.
pub(crate) const UNBLOCK_NEEDS_LIVE_TASK: bool = BareMetal::UNBLOCK_NEEDS_LIVE_TASK;

pub(crate) fn current() -> Task {
    BareMetal::task()
}

pub(crate) fn park() {
    BareMetal::park();
}

pub(crate) fn unpark(task: &Task) {
    BareMetal::unpark(task);
}

/// Gives back the events that [`park`] may have taken from the thread executor.
pub(crate) fn end_wait() {
    BareMetal::unpark(&current());
}

pub(crate) fn identity() -> NonZeroUsize {
    <BareMetal as Identity>::current()
}

/// Whether `holder` cannot go on before a call of `me` returns: it is the same executor or handler, or thread mode below one.
#[cfg(feature = "hang-detection")]
pub(crate) fn holds_up(me: NonZeroUsize, holder: NonZeroUsize) -> bool {
    // As the bare-metal port numbers them: the core, then 9 bits of the exception, and one more.
    let core_and_exception = |who: NonZeroUsize| ((who.get() - 1) >> 9, (who.get() - 1) & 0x1FF);
    let (my_core, _) = core_and_exception(me);
    me == holder || core_and_exception(holder) == (my_core, 0)
}

/// Interrupts of a Cortex-M: 480 at most, a bit for each.
static BLOCKING: [AtomicU32; 15] = [const { AtomicU32::new(0) }; 15];

/// Exceptions of a Cortex-M that are no interrupts.
const SYSTEM: usize = 16;

/// Says that the tasks of the `InterruptExecutor` on this interrupt may block: whatever ends their waits comes from an executor or a handler of *higher* priority.
///
/// A blocked task holds up all tasks of its executor, and everything of lower priority. The port cannot tell who will end a wait, so it refuses to block in any interrupt that has not been
/// declared so. Call it before the executor is started, with the number that `InterruptExecutor::start` is given. Has no effect where the processor does not tell handlers (see the README).
///
/// # Panics
///
/// If there is no such interrupt on any Cortex-M.
pub fn may_block_in(interrupt: u16) {
    let interrupt = usize::from(interrupt);
    // Whoever reads it is started later.
    BLOCKING[interrupt / 32].fetch_or(1 << (interrupt % 32), Ordering::Relaxed);
}

fn is_declared(exception: usize) -> bool {
    exception.checked_sub(SYSTEM).is_some_and(|interrupt| {
        BLOCKING
            .get(interrupt / 32)
            .is_some_and(|word| word.load(Ordering::Relaxed) >> (interrupt % 32) & 1 != 0)
    })
}

/// Panics where the caller must not sleep.
pub(crate) fn assert_may_block() {
    match may_wait() {
        Ok(()) => {}
        Err(Refusal::Handler(exception)) if is_declared(exception) => {}
        Err(Refusal::Handler(_)) => panic!(
            "a call that waits, in an interrupt handler or a task of an InterruptExecutor: use the try_ or the _async form, or declare the executor by may_block_in"
        ),
        Err(refusal) => refusal.refuse(),
    }
}

/// Sleeps until an event, or until `deadline`.
#[cfg(feature = "time")]
pub(crate) fn park_until(deadline: embassy_time::Instant) {
    if embassy_time::Instant::now() >= deadline {
        return;
    }
    #[cfg(feature = "alarm")]
    {
        embassy_time_driver::schedule_wake(deadline.as_ticks(), &alarm::WAKER);
        park();
    }
    #[cfg(not(feature = "alarm"))]
    core::hint::spin_loop();
}

#[cfg(feature = "alarm")]
mod alarm;
