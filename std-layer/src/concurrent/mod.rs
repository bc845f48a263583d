//! Python's `concurrent` package (row F-58): [`futures`] is all there is in it.

pub mod futures;
