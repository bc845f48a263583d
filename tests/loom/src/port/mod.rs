//! Two systems for the models to run on: one with futexes, one that can only park.

mod clock;
mod futex;
mod guard;
mod lines;
mod parking;
mod relax;

pub use clock::Ticks;
pub use futex::Futex;
pub use parking::{LiveParking, Parking, ShortParking};

use selvedge_core::port::{Clock, Identity, TimedPort};

/// All that a model may ask of its port.
pub trait World: TimedPort + Clock<Instant = u64> + Identity {
    /// Whether every sleep takes the many steps of the table of waiters; models then explore less deeply.
    const PARKS: bool;
}

impl World for Futex {
    const PARKS: bool = false;
}

impl World for Parking {
    const PARKS: bool = true;
}

impl World for LiveParking {
    const PARKS: bool = true;
}

impl World for ShortParking {
    const PARKS: bool = true;
}
