//! Interrupting the main thread, as Ctrl-C would: a flag for each signal number, and an event.
//!
//! # From signal handlers
//!
//! [`interrupt_main`] may be called from a signal handler on Linux: it changes two atomics and makes one system call (FUTEX_WAKE). An [`Event`] cannot be set from there: it wakes tasks, whose wakers are foreign code, and looks at lists that the interrupted
//! thread may be in the middle of. So a thread of its own, started by the first [`interrupt_event`], sleeps on the second atomic and sets the event.
//!
//! # Orderings
//!
//! The edge is `PENDING`: who interrupts (Release) to who takes (Acquire). `CHANGES` orders nothing: it is there to be slept on, and changes after `PENDING`; the sleeper reads it before it reads that. All are `SeqCst`, as nothing here is fast.
//!
//! The event follows `PENDING`: the setter puts it up, and whoever takes the last bit takes it down. Each looks at `PENDING` again after its own change of the event, and corrects it, or has it corrected. So the event is
//! right whenever nobody is on the way.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use selvedge_core::atomics::AtomicU32;
use selvedge_core::port::Port;

use crate::port::Native;
use crate::threading::fork_lock::ForkLock;
use crate::threading::{Event, ends};

/// The signal of Ctrl-C, the default in Python.
pub const SIGINT: i32 = 2;

/// The highest signal number.
const LAST: i32 = if cfg!(target_os = "linux") { 64 } else { 31 };

/// What an interrupt with a signal number does; see [`set_handling`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handling {
    /// Nothing: nobody has asked for it. So it is at first for all but [`SIGINT`].
    Default,
    /// Nothing: somebody has asked for that.
    Ignore,
    /// It is kept for the main thread.
    Deliver,
}

/// There is no signal of this number. (Python: `ValueError`, row L-06.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InvalidSignal(pub i32);

impl fmt::Display for InvalidSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "signal number {} is out of range", self.0)
    }
}

impl std::error::Error for InvalidSignal {}

/// A bit for each number that was sent and not taken.
static PENDING: AtomicU64 = AtomicU64::new(0);
/// Bits of the numbers that are delivered, and of those that are ignored.
static DELIVERED: AtomicU64 = AtomicU64::new(1 << (SIGINT - 1));
static IGNORED: AtomicU64 = AtomicU64::new(0);
/// Counts what was sent; the setter of the event sleeps on it.
static CHANGES: AtomicU32 = AtomicU32::new(0);
static EVENT: Event = Event::new();
/// Whether there is a setter. Changes of the handling are made under this lock, too. Held through a `fork` by the handlers of [`threading`](crate::threading); in the child there is none.
pub(crate) static SETTER: ForkLock<bool> = ForkLock::new(false);

fn bit(signum: i32) -> Result<u64, InvalidSignal> {
    match signum {
        1..=LAST => Ok(1 << (signum - 1)),
        _ => Err(InvalidSignal(signum)),
    }
}

/// Interrupts the main thread, as if a signal had come: Python's `interrupt_main`, whose default is [`SIGINT`] (row L-06). No signal is sent.
///
/// Rust has no exceptions that could come out of nowhere, so the main thread learns of it when it looks: by [`take_interrupt`], or by waiting for [`interrupt_event`]. Sent twice before that, it comes once, as signals do. It may be
/// called by the main thread itself, and counts at once.
///
/// Nothing happens if the [handling](set_handling) of the number is not [`Handling::Deliver`].
///
/// * **Blocking.** Never.
/// * **From interrupts and signal handlers.** Yes, on Linux. That is how a real Ctrl-C is brought to the main thread's waits.
///
/// # Errors
///
/// [`InvalidSignal`] if there is no signal of this number.
///
/// ```
/// use selvedge::thread::{self, SIGINT};
///
/// thread::start_new_thread(|| thread::interrupt_main(SIGINT)).unwrap();
/// thread::interrupt_event().wait();
/// assert_eq!(thread::take_interrupt(), Some(SIGINT));
/// assert!(thread::interrupt_main(0).is_err());
/// ```
pub fn interrupt_main(signum: i32) -> Result<(), InvalidSignal> {
    let bit = bit(signum)?;
    if DELIVERED.load(Ordering::SeqCst) & bit != 0 {
        PENDING.fetch_or(bit, Ordering::SeqCst);
        nudge();
    }
    Ok(())
}

/// Has the setter look at what is pending.
fn nudge() {
    CHANGES.fetch_add(1, Ordering::SeqCst);
    Native::wake(&raw const CHANGES, u32::MAX);
}

/// Whether an interrupt waits for the main thread. Any thread may look; it stays.
#[must_use]
pub fn interrupted() -> bool {
    PENDING.load(Ordering::SeqCst) != 0
}

/// In the main thread: takes an interrupt, the one with the lowest number; with the last one the [event](interrupt_event) goes down. In other threads: `None`.
pub fn take_interrupt() -> Option<i32> {
    if !interrupted() || !ends::is_main() {
        return None;
    }
    take_lowest(|| {})
}

/// `meanwhile` is what happens between the two changes.
fn take_lowest(meanwhile: impl FnOnce()) -> Option<i32> {
    // Only the main thread takes bits away, so this one stays.
    let lowest = PENDING.load(Ordering::SeqCst).trailing_zeros();
    let bit = 1_u64.checked_shl(lowest)?;
    if PENDING.fetch_and(!bit, Ordering::SeqCst) == bit {
        meanwhile();
        EVENT.clear();
        if interrupted() {
            // Another one came, and its event may be the one that has just been cleared.
            nudge();
        }
    }
    i32::try_from(lowest + 1).ok()
}

/// An event that is up while an interrupt waits for the main thread: for all forms of waiting, alone or beside other things. It goes up a moment after the interrupt, and may be up for a moment after the last one was taken: look by [`take_interrupt`].
///
/// The first call starts a thread that sets it. In a forked child, ask for it again.
///
/// # Panics
///
/// If the system cannot start that thread.
#[must_use]
pub fn interrupt_event() -> &'static Event {
    let mut started = SETTER.lock();
    if !*started {
        if let Err(error) = start_setter() {
            drop(started);
            panic!("the thread that sets the event of interrupts: {error}");
        }
        *started = true;
    }
    &EVENT
}

fn start_setter() -> io::Result<()> {
    ends::install();
    let builder = thread::Builder::new().name("interrupts".into());
    builder.spawn(set_events).map(drop)
}

fn set_events() {
    loop {
        let seen = CHANGES.load(Ordering::SeqCst);
        if interrupted() {
            EVENT.set();
            if !interrupted() {
                // It was taken before the event was up. What comes now changes the number again.
                EVENT.clear();
            }
        }
        Native::wait(&CHANGES, seen);
    }
}

/// What interrupts with this number do from now on (row L-06: Python looks at the handler of the signal, and does nothing where it is the default one or `SIG_IGN`). Returns what they did before. At first,
/// [`SIGINT`] is delivered and the others are not.
///
/// It is about [`interrupt_main`] only; what a real signal does is up to the system.
///
/// # Errors
///
/// [`InvalidSignal`] if there is no signal of this number.
///
/// ```
/// use selvedge::thread::{self, Handling, SIGINT};
///
/// assert_eq!(thread::set_handling(SIGINT, Handling::Ignore), Ok(Handling::Deliver));
/// thread::interrupt_main(SIGINT).unwrap();
/// assert!(!thread::interrupted());
/// ```
pub fn set_handling(signum: i32, handling: Handling) -> Result<Handling, InvalidSignal> {
    let bit = bit(signum)?;
    let _changing = SETTER.lock();
    let set = |bits: &AtomicU64, on: bool| {
        let before = if on {
            bits.fetch_or(bit, Ordering::SeqCst)
        } else {
            bits.fetch_and(!bit, Ordering::SeqCst)
        };
        before & bit != 0
    };
    let delivered = set(&DELIVERED, handling == Handling::Deliver);
    let ignored = set(&IGNORED, handling == Handling::Ignore);
    Ok(match (delivered, ignored) {
        (true, _) => Handling::Deliver,
        (false, true) => Handling::Ignore,
        (false, false) => Handling::Default,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{EVENT, SIGINT, interrupt_event, interrupt_main, take_lowest};

    const LONG: Duration = Duration::from_secs(60);

    /// Another interrupt comes while the last one is being taken, and the taker clears the event that was set for it.
    #[test]
    fn an_event_that_was_cleared_for_another_one_comes_again() {
        let event = interrupt_event();
        interrupt_main(SIGINT).unwrap();
        event.wait_timeout(LONG).unwrap();
        let taken = take_lowest(|| {
            EVENT.clear();
            interrupt_main(SIGINT).unwrap();
            event.wait_timeout(LONG).unwrap();
        });
        assert_eq!(taken, Some(SIGINT));
        event.wait_timeout(LONG).unwrap();
        assert_eq!(take_lowest(|| {}), Some(SIGINT));
    }
}
