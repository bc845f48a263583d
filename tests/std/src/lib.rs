//! selvedge's threading and queue, scenario by scenario.
