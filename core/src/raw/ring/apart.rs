//! Words that different tasks write all the time, on cache lines of their own.

/// Where processors have caches, this is apart from its neighbours: by 128 bytes, because x86-64 fetches lines in pairs and some AArch64 have lines of that size. A small processor has no caches and little memory.
#[cfg_attr(target_pointer_width = "64", repr(align(128)))]
pub(crate) struct Apart<T>(pub(crate) T);
