//! Loom models of every raw algorithm.
