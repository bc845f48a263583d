//! From handle to running thread: the start, with its way back, and what the thread does from its first instruction to the last of its target.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};

use super::excepthook;
use super::name::for_system;
use super::packet::{Packet, Slot};
use super::panics::{self, Mode};
use super::work::{Outcome, Work};
use super::{
    StartError, current, ends, exit_watch, hooks, ident, os, registry, shutdown, stack_size,
};
use crate::contextvars::First;

/// Asks the system for a thread that runs `life`. The packet is in state `Started`, by the caller; after a failure it is `Initial` again and nothing has changed.
pub(super) fn launch(
    packet: Arc<Packet<dyn Slot>>,
    life: impl FnOnce() + Send + 'static,
) -> Result<(), StartError> {
    panics::install();
    shutdown::install();
    let core = &packet.core;
    core.ident.store(ident::fresh(), Ordering::Relaxed);
    registry::add(packet.clone());
    match spawn(&packet, life) {
        Ok(system) => {
            core.attach(system);
            Ok(())
        }
        Err(error) => {
            registry::withdraw(core);
            core.roll_back();
            Err(error)
        }
    }
}

fn spawn(
    packet: &Packet<dyn Slot>,
    life: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StartError> {
    let mut name = packet.core.name.lock().spell();
    if name.contains('\0') {
        name = name.split('\0').next().unwrap_or_default().to_owned();
    }
    // std cuts the name for the kernel wherever its 15 bytes end.
    let again = (!name.is_char_boundary(name.len().min(os::NAME_MAX)))
        .then(|| for_system(&name).to_owned());
    let own = packet
        .core
        .extras
        .as_ref()
        .and_then(|extras| extras.stack_size);
    let builder = system_builder(Some(name), own)?;
    let first = First::of(packet.core.context());
    builder
        .spawn(move || {
            if let Some(first) = first {
                first.begin();
            }
            if let Some(name) = again {
                os::name_thread(os::native_id(), &name);
            }
            life();
        })
        .map_err(StartError::Os)
}

/// std's builder, with the stack size of its own or of all threads.
pub(super) fn system_builder(
    name: Option<String>,
    own: Option<usize>,
) -> Result<thread::Builder, StartError> {
    let mut builder = thread::Builder::new();
    if let Some(name) = name {
        builder = builder.name(name);
    }
    let stack = own.unwrap_or_else(stack_size::stack_size);
    if stack != 0 {
        stack_size::check(stack).map_err(|error| {
            StartError::Os(std::io::Error::new(std::io::ErrorKind::InvalidInput, error))
        })?;
        builder = builder.stack_size(stack);
    }
    Ok(builder)
}

/// The life of a thread.
pub(super) fn live<T: Send + 'static>(packet: Arc<Packet<Work<T>>>, target: impl FnOnce() -> T) {
    begin(packet.clone());
    let own_hook = packet
        .core
        .extras
        .as_ref()
        .and_then(|extras| extras.start_hook.as_ref());
    let result = panics::catch(Mode::Target, || {
        packet.core.context().run(|| {
            hooks::call_start_hooks(own_hook);
            target()
        })
    });
    let outcome = match result {
        Ok(value) => Outcome::Value(value),
        Err(caught) => {
            excepthook::report(&caught);
            if caught.is_exit() {
                Outcome::Exited
            } else {
                Outcome::Panicked(caught.into_panic())
            }
        }
    };
    if let Some(unwanted) = packet.slot.finish(outcome) {
        destroy(|| drop(unwanted));
    }
    destroy(ends::thread_ends);
}

fn begin(packet: Arc<Packet<dyn Slot>>) {
    let core = &packet.core;
    ident::adopt(core.ident.load(Ordering::Relaxed));
    core.native_id.publish(os::native_id());
    current::bind(packet);
    exit_watch::arm();
}

/// Runs foreign destructors while the thread can still report what goes wrong in them.
fn destroy(destructors: impl FnOnce()) {
    if let Err(caught) = panics::catch(Mode::Target, destructors) {
        excepthook::report(&caught);
    }
}

/// Runs foreign code that must not take its caller along: callbacks, wakers, destructors. A panic in it is reported to the excepthook.
pub(crate) fn shielded(foreign: impl FnOnce()) {
    panics::install();
    destroy(foreign);
}
