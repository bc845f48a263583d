//! Examples in reading order.
