//! The ports of a hosted system: how its threads sleep, what time it is, who is running.
//!
//! [`Native`] is the port that every type of [`threading`](crate::threading) uses: [`Futex`] on Linux, [`Parking`] elsewhere. Both exist wherever they can
//! compile, so that the tests run the second one on Linux, too.

mod clock;
#[cfg(unix)]
pub(crate) mod fork;
mod giving_way;
mod identity;
mod park;
mod relax;

#[cfg(target_os = "linux")]
mod fence;
#[cfg(target_os = "linux")]
pub(crate) mod futex;
#[cfg(target_os = "linux")]
pub(crate) mod priority;

#[cfg(target_os = "linux")]
pub use futex::{Futex, FutexGuard};
pub use park::{Parking, YieldGuard};
pub use relax::HostRelax;
#[cfg(all(target_os = "linux", feature = "multiprocessing"))]
pub(crate) use relax::{Luck, several_processors};

/// The port of this system.
#[cfg(target_os = "linux")]
pub type Native = Futex;

/// The port of this system.
#[cfg(not(target_os = "linux"))]
pub type Native = Parking;
