//! Selvedge and its peers, timed side by side.
