#![doc = include_str!("../README.md")]

/// The first page of the repository, so that its code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct RootReadme;
