//! What goes over a wire between two programs, apart from the wire: no operating system, no allocation.
//!
//! * [`framing`]: messages in a stream of bytes.
//! * `challenge` (with the feature of that name): both sides show that they know the same key.
//!
//! Both are what CPython's `multiprocessing.connection` speaks (rows M-61, M-73, M-74, X-08; of 3.12 and later), so a program in Python can be at the other end, by its forms for bytes.
//!
//! What comes in is not trusted: no input panics, none makes anything larger than the caller has said, and nothing is read beyond what has been announced.

#[cfg(feature = "challenge")]
pub mod challenge;
pub mod framing;
