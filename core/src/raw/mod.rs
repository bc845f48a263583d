//! The word protocols: locks, semaphores, events and the rest without data, guards or lifetimes.
//!
//! Each file is one protocol, top to bottom: why this shape, the words bit by bit, the rules with their argument, the orderings, the code. The typed faces at the root of the crate add
//! what a user wants to hold in hand; nothing there touches a word. Raw types are public for those who build their own primitives on them, and for [`lock_api`].
//!
//! Blocking forms here take a limit that this crate chooses; the public ones are on the typed faces.

mod barrier;
mod condition;
mod done;
mod event;
mod event_count;
mod future;
mod idle;
mod lock;
#[cfg(all(feature = "lock_api", not(loom)))]
mod lock_api_impl;
mod ring;
mod rlock;
mod rwlock;
#[cfg(feature = "alloc")]
mod segments;
mod semaphore;
mod spsc;
mod suspend;
mod turns;

pub use barrier::RawBarrier;
pub use condition::RawCondition;
pub use event::RawEvent;
pub use event_count::{Attempt, RawEventCount};
pub use future::{Cancel, Completed, FutureState, InvalidState, Phase, RawFuture};
pub use idle::{MAX_WORKERS, RawIdle, Roused, Slept};
pub use lock::RawLock;
#[cfg(feature = "alloc")]
pub use ring::Boxed;
pub use ring::{Buffer, Inline, Ring};
pub use rlock::RawRLock;
pub use rwlock::RawRwLock;
#[cfg(feature = "alloc")]
pub use segments::Segments;
pub use semaphore::RawSemaphore;
pub use spsc::{GetHalf, PutHalf, RawSpsc};
pub use suspend::Suspend;
pub use turns::RawTurns;

pub(crate) use barrier::{Fail, TryFail};
#[cfg(all(feature = "lock_api", not(loom)))]
pub use lock_api_impl::PortThreadId;
