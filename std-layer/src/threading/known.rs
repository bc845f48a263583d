//! A thread as the deadlock detection knows it: its name, if it has one by now, without keeping anything of it alive.

use std::sync::{Arc, Weak};

use super::packet::{Packet, Slot};
use super::{current, ident};

#[derive(Clone)]
pub(crate) struct KnownThread(Weak<Packet<dyn Slot>>);

impl KnownThread {
    /// The calling thread, if it is registered. Registers nobody.
    pub(crate) fn current() -> Option<Self> {
        current::get().map(|packet| Self(Arc::downgrade(&packet)))
    }

    /// Its name; `None` if the thread and its handles are gone, or somebody is at the name just now. Never blocks.
    pub(crate) fn name(&self) -> Option<String> {
        let packet = self.0.upgrade()?;
        let name = packet.core.name.try_lock()?.spell();
        Some(name)
    }
}

/// Whether the caller is the main thread.
pub(crate) fn is_main() -> bool {
    ident::get_ident().get() == ident::main()
}
