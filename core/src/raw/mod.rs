//! The word protocols: locks without data, guards or lifetimes.
mod lock;
pub use lock::RawLock;
