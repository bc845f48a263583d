//! No `fork` on this system.

pub(super) fn install() {}
