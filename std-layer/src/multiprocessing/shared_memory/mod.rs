//! Memory that processes have together: Python's `multiprocessing.shared_memory` (rows H-01 to H-22).
//!
//! | | |
//! |---|---|
//! | [`SharedMemory`] | bytes, values and atomics, by name or given from hand to hand |
//! | [`ShareableList`], [`Item`] | a list of mixed elements |
//! | [`SharedMemoryManager`] | keeps several |
//! | [`names`] | what there is |

mod atomic;
mod error;
mod home;
mod list;
mod manager;
mod mapping;
mod names;
mod segment;

pub use atomic::Atomic;
pub use error::{NoName, OpenError, OutOfBounds};
pub use list::{Item, ItemError, ListError, ShareableList};
pub use manager::SharedMemoryManager;
pub use segment::{SharedMemory, names};
