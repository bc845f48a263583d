//! selvedge's threading and queue, scenario by scenario.

#[cfg(target_os = "linux")]
pub mod kernel;
