//! The low level: Python's `_thread`.
//!
//! Threads without a handle, and the pieces that [`threading`](crate::threading) is made of under the names they have there. For most purposes take that module: a thread of this one cannot be joined, is not waited for at the exit of
//! the process, and tells nobody how it ended.
//!
//! | Python | rows | here |
//! |---|---|---|
//! | `start_new_thread(function, args)` | L-03 to L-05 | [`start_new_thread`] |
//! | `exit()` | L-07 | [`exit`] |
//! | `allocate_lock()`, `LockType` | L-02, L-08, L-12 | [`allocate_lock`], [`LockType`] |
//! | `RLock`, `_local` | L-13 | [`RLock`], [`Local`] |
//! | `get_ident()`, `get_native_id()` | L-09 | [`get_ident`], [`get_native_id`] |
//! | `stack_size([size])` | L-10 | [`stack_size`](stack_size()), [`set_stack_size`] |
//! | `TIMEOUT_MAX` | L-11 | [`TIMEOUT_MAX`] |
//! | `_count()` | L-13 | [`count`] |
//! | `interrupt_main(signum)` | L-06 | [`interrupt_main`], [`interrupted`], [`take_interrupt`], [`interrupt_event`], [`set_handling`] |
//! | `error` | L-01 | [`ThreadError`] |
//!
//! ```
//! use selvedge::thread;
//!
//! static DONE: thread::LockType = thread::allocate_lock();
//!
//! DONE.acquire().keep();
//! let ident = thread::start_new_thread(|| DONE.release().unwrap()).unwrap();
//! assert_ne!(ident, thread::get_ident());
//! let _guard = DONE.acquire(); // when the thread has released it (row L-E01: and as long as the guard lives)
//! ```

mod interrupt;
mod start;

pub use crate::threading::{
    Local, RLock, TIMEOUT_MAX, ThreadError, exit, get_ident, get_native_id, set_stack_size,
    stack_size,
};
pub use interrupt::{
    Handling, InvalidSignal, SIGINT, interrupt_event, interrupt_main, interrupted, set_handling,
    take_interrupt,
};
pub use start::{count, start_new_thread};

#[cfg(unix)]
pub(crate) use interrupt::SETTER;

/// The type of locks (row L-02).
pub type LockType = crate::threading::Lock;

/// A lock that nobody holds (row L-08). The same as `Lock::new()`.
#[must_use]
pub const fn allocate_lock() -> LockType {
    LockType::new()
}
