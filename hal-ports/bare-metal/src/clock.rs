//! What time it is: the application's counter, bound when the program is linked, as `critical-section` binds its implementation.
//!
//! # Safety
//!
//! Calls functions that `time_source!` defines; their names and types are written here and there once each.
#![allow(unsafe_code, reason = "calls functions bound by the linker")]

use core::time::Duration;

use selvedge_core::port::Clock;

use crate::port::BareMetal;

/// A counter that tells the time, and that can perhaps wake its core. Bind one by [`time_source!`](crate::time_source).
///
/// ```ignore
/// struct Mtime;
///
/// impl TimeSource for Mtime {
///     const TICKS_PER_SECOND: u32 = 10_000_000;
///     fn now() -> u64 {
///         unsafe { MTIME.read_volatile() }
///     }
/// }
/// selvedge_port_bare_metal::time_source!(Mtime);
/// ```
pub trait TimeSource {
    /// How fast it counts: at least 1. Instants are ticks.
    const TICKS_PER_SECOND: u32;

    /// The count: never less than what any core has been told before. A counter of 32 bits is widened by
    /// [`Widened`](selvedge_core::port::Widened). Called from tasks and handlers; must not wait.
    fn now() -> u64;

    /// Sees to it that this core is woken by an interrupt at `ticks` or earlier, whether that has come already or not, and says whether it will be. True may also be said by who has a periodic
    /// interrupt. False, the default, makes waits with a time limit spin.
    ///
    /// With a comparator there need be no periodic tick:
    ///
    /// ```ignore
    /// fn alarm(ticks: u64) -> bool {
    ///     MTIMECMP.write_volatile(ticks); // pending at once, if that has come
    ///     true
    /// }
    /// // and its handler: MTIMECMP.write_volatile(u64::MAX)
    /// ```
    ///
    /// Called before each sleep of a wait with a time limit, and never for two at a time on one core, so one comparator a core is enough; what was programmed before may be forgotten. Waits without a limit do not call it. Must neither wait nor panic; on RISC-V interrupts
    /// are masked meanwhile.
    fn alarm(ticks: u64) -> bool {
        let _ = ticks;
        false
    }
}

/// Binds the [`TimeSource`] of the program, once: without one, a program that uses the feature `time` does not link.
#[macro_export]
macro_rules! time_source {
    ($source:ty) => {
        const _: () = {
            use $crate::TimeSource;

            #[unsafe(no_mangle)]
            extern "Rust" fn _selvedge_bare_metal_1_rate() -> u32 {
                <$source as TimeSource>::TICKS_PER_SECOND
            }

            #[unsafe(no_mangle)]
            extern "Rust" fn _selvedge_bare_metal_1_now() -> u64 {
                <$source as TimeSource>::now()
            }

            #[unsafe(no_mangle)]
            extern "Rust" fn _selvedge_bare_metal_1_alarm(ticks: u64) -> bool {
                <$source as TimeSource>::alarm(ticks)
            }
        };
    };
}

unsafe extern "Rust" {
    safe fn _selvedge_bare_metal_1_rate() -> u32;
    safe fn _selvedge_bare_metal_1_now() -> u64;
    safe fn _selvedge_bare_metal_1_alarm(ticks: u64) -> bool;
}

/// A point in time: ticks of the program's [`TimeSource`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The count that it stands for.
    pub const fn ticks(self) -> u64 {
        self.0
    }
}

pub(crate) fn has_come(deadline: Instant) -> bool {
    deadline.0 <= _selvedge_bare_metal_1_now()
}

pub(crate) fn alarm(deadline: Instant) -> bool {
    _selvedge_bare_metal_1_alarm(deadline.0)
}

const NANOS: u64 = 1_000_000_000;

impl Clock for BareMetal {
    type Instant = Instant;

    fn now() -> Instant {
        Instant(_selvedge_bare_metal_1_now())
    }

    fn after(from: Instant, span: Duration) -> Option<Instant> {
        let rate = u64::from(_selvedge_bare_metal_1_rate());
        let seconds = span.as_secs().checked_mul(rate)?;
        // Below 2^30 times below 2^32.
        let rest = (u64::from(span.subsec_nanos()) * rate).div_ceil(NANOS);
        from.0.checked_add(seconds)?.checked_add(rest).map(Instant)
    }

    fn until(from: Instant, to: Instant) -> Duration {
        let rate = u64::from(_selvedge_bare_metal_1_rate());
        let ticks = to.0.saturating_sub(from.0);
        // The rest is below 2^32 ticks, and less than a second.
        let nanos = ticks % rate * NANOS / rate;
        Duration::new(ticks / rate, nanos as u32)
    }
}
