//! What the systems do differently.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(super) use linux::{is_main_thread, name_thread, native_id};

#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(not(target_os = "linux"))]
pub(super) use other::{is_main_thread, name_thread, native_id};

/// Longer names are cut by the kernel.
#[cfg(target_os = "linux")]
pub(super) const NAME_MAX: usize = 15;
#[cfg(not(target_os = "linux"))]
pub(super) const NAME_MAX: usize = usize::MAX;
