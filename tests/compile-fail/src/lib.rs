//! Misuse that must not compile.
