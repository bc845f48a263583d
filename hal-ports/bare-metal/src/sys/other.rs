//! Processors that nobody has written a file for, and hosts: spins.

#[cfg(not(feature = "single-core"))]
pub(crate) use crate::numbered::core_number;

pub(crate) fn wait_for_event() {
    core::hint::spin_loop();
}

pub(crate) fn send_event() {}

pub(crate) fn exception() -> usize {
    0
}

/// Not asked.
pub(crate) fn interrupts_masked() -> bool {
    false
}
