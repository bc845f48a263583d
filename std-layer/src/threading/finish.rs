//! The very end of a thread.

use super::{current, registry};

/// Everything of the calling thread is destroyed: it leaves the registry, and those who wait for it go on.
pub(super) fn thread_is_over() {
    if let Some(packet) = current::unbind() {
        // The order matters: who returns from a join must not find it in the registry (row T-05).
        registry::retire(&packet.core);
        packet.core.detach();
        packet.core.done.set();
    }
}
