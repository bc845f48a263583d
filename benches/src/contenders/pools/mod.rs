//! Pools of threads, and who waits for futures.

pub(crate) mod block_on;
pub(crate) mod ours;
pub(crate) mod rayon;
pub(crate) mod smol;
pub(crate) mod std;
pub(crate) mod threadpool;
pub(crate) mod tokio;
