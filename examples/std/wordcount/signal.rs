//! Ctrl-C: the first one ends the count in good order, the second one kills.

use std::io;

/// Calls `action`, in a thread of its own, at the first Ctrl-C.
///
/// The handler itself only writes a byte to a pipe. The second Ctrl-C has its usual effect, even if `action` hangs.
#[cfg(unix)]
pub(crate) fn on_interrupt(action: impl FnOnce() + Send + 'static) -> io::Result<()> {
    use std::io::Read;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use signal_hook::consts::SIGINT;
    use signal_hook::{flag, low_level};

    let (mut come, signal) = io::pipe()?;
    let seen = Arc::new(AtomicBool::new(false));
    // In this order: the first signal finds the flag unset and then sets it.
    flag::register_conditional_default(SIGINT, Arc::clone(&seen))?;
    flag::register(SIGINT, seen)?;
    low_level::pipe::register(SIGINT, signal)?;
    crate::crew::start_daemon("signals", move || {
        if come.read_exact(&mut [0]).is_ok() {
            action();
        }
    })
    .map(drop)
}

/// Without Unix signals, the first Ctrl-C kills.
#[cfg(not(unix))]
pub(crate) fn on_interrupt(_action: impl FnOnce() + Send + 'static) -> io::Result<()> {
    Ok(())
}
