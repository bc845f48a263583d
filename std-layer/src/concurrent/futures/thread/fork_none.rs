//! Systems without `fork`.

/// Nothing to be done.
pub(super) fn install() {}
