//! Timers with a name, or with a mind of their own about the end of the process.

use std::sync::Arc;
use std::time::Duration;

use super::super::name::Name;
use super::super::packet::{Core, Kind, Packet};
use super::super::registry;
use super::Timer;
use super::slot::TimerSlot;

/// What can be chosen about a [`Timer`]: Python sets these on the object before it is started.
///
/// ```
/// use std::time::Duration;
/// use selvedge::threading::Timer;
///
/// let timer = Timer::builder().name("nightly").daemon(true).build(Duration::from_secs(3600), || ());
/// assert_eq!(timer.name(), "nightly");
/// timer.start().unwrap();
/// // A daemon: the process may end before.
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing before `build`"]
pub struct TimerBuilder {
    name: Option<Arc<str>>,
    daemon: Option<bool>,
}

impl TimerBuilder {
    /// Nothing chosen: an automatic name, and a daemon if the thread that builds the timer is one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name; empty for an automatic one (row T-31).
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether the process may end before the timer has fired (row T-98).
    pub fn daemon(mut self, daemon: bool) -> Self {
        self.daemon = Some(daemon);
        self
    }

    /// A timer that calls `function` after `interval`, once it is [started](Timer::start).
    pub fn build<F>(self, interval: Duration, function: F) -> Timer
    where
        F: FnOnce() + Send + 'static,
    {
        let name = Name::given_or_auto::<F>(self.name);
        let daemon = self.daemon.unwrap_or_else(registry::inherited_daemon);
        Timer {
            packet: Arc::new(Packet {
                core: Core::new(Kind::Started, name, daemon, None),
                slot: TimerSlot::new(interval, Box::new(function)),
            }),
        }
    }
}
