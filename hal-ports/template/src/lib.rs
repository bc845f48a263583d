//! The stub that a new port starts from.
