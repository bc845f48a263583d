//! Child processes.

pub(crate) mod duct;
pub(crate) mod ours;
pub(crate) mod std;
pub(crate) mod subprocess;
pub(crate) mod tokio;
