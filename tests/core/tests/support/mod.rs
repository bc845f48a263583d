//! Ports that exist for tests only.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses a part of it"
)]

pub mod host_spin;
pub mod live_tasks;
pub mod short_sections;
