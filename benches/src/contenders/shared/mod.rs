//! What processes have together.

pub(crate) mod iceoryx;
pub(crate) mod ipc_channel;
pub(crate) mod ours;
pub(crate) mod procspawn;
pub(crate) mod queues;
pub(crate) mod raw;
