//! What processes have together.

pub(crate) mod ipc_channel;
pub(crate) mod ours;
pub(crate) mod procspawn;
pub(crate) mod raw;
