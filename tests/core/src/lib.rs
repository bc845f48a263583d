//! selvedge-core on several ports: conformance, sizes, auto traits.
