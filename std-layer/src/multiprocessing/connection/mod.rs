//! Messages between processes: Python's `multiprocessing.connection` (rows M-49 to M-77).
//!
//! | | |
//! |---|---|
//! | [`pipe`], [`one_way`] | two ends that are connected |
//! | [`Connection`], [`Receiver`], [`Sender`] | an end |
//! | [`Listener`], [`Client`], [`Address`], [`AuthKey`] | connections between programs that do not know each other yet |
//! | [`wait`] and its forms | the first of many |

mod address;
mod appending;
mod auth;
mod client;
mod ends;
mod error;
mod folder;
mod forms;
mod incoming;
mod into_error;
mod listener;
mod outgoing;
mod receiving;
mod sending;
mod short_wait;
mod socket;
mod wait;

pub use address::Address;
pub(super) use auth::random;
pub use auth::{AuthError, AuthKey, EmptyKey};
pub use client::{Client, ConnectError};
pub use ends::{Connection, Receiver, Sender, one_way, pipe};
pub use error::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError};
pub use into_error::{RecvIntoError, RecvIntoTimeoutError, TryRecvIntoError};
pub use listener::{AcceptError, AcceptTimeoutError, Listener, ListenerBuilder};
pub use selvedge_core::wire::challenge::Refused;
pub use wait::{try_wait, wait, wait_async, wait_deadline, wait_timeout};
