//! The life of one timer.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use selvedge_core::timer::Key;

use super::super::packet::{Packet, State};
use super::super::panics::{self, Mode};
use super::super::sync::{Event, Mutex};
use super::super::{StartError, current, excepthook, hooks, ident, local, os, registry, shutdown};
use super::{CancelOutcome, clock, service};

pub(super) type Function = Box<dyn FnOnce() + Send>;

/// A timer, shared by its handles and, while it waits, by the service. To the registry it is a thread.
pub(super) type TimerPacket = Packet<TimerSlot>;

/// What a timer is beside a thread.
pub(super) struct TimerSlot {
    pub(super) interval: Duration,
    pub(super) finished: Event,
    /// Not held while the function runs or is dropped. The locks of the registry and of the service are taken inside it, never around it.
    phase: Mutex<Phase>,
}

/// | phase | means | left by |
/// |---|---|---|
/// | `Idle` | made, not started | `start`, `cancel` |
/// | `Waiting` | in the service under this key, or just taken out of it to be fired | `cancel`, if it is in there; firing |
/// | `Fired` | its function was called, or is about to be | never |
/// | `Cancelled` | its function was not called and will not be | never |
enum Phase {
    Idle(Function),
    Waiting(Key, Function),
    Fired,
    Cancelled,
}

impl TimerSlot {
    pub(super) fn new(interval: Duration, function: Function) -> Self {
        Self {
            interval,
            finished: Event::new(),
            phase: Mutex::new(Phase::Idle(function)),
        }
    }
}

pub(super) fn start(timer: &Arc<TimerPacket>) -> Result<(), StartError> {
    panics::install();
    shutdown::install();
    service::install();
    let core = &timer.core;
    let mut phase = timer.slot.phase.lock();
    if !core.advance(State::Initial, State::Started) {
        return Err(StartError::AlreadyStarted);
    }
    let function = match mem::replace(&mut *phase, Phase::Cancelled) {
        Phase::Idle(function) => function,
        cancelled => {
            *phase = cancelled;
            drop(phase);
            core.mark_stopped();
            core.done.set();
            return Ok(());
        }
    };
    core.ident.store(ident::fresh(), Ordering::Relaxed);
    core.native_id.publish_nobody();
    registry::add(timer.clone());
    // It may be due before this line is over; whoever fires it waits for the phase.
    match service::insert(clock::after(timer.slot.interval), timer.clone()) {
        Ok(key) => {
            *phase = Phase::Waiting(key, function);
            Ok(())
        }
        Err(error) => {
            *phase = Phase::Idle(function);
            registry::withdraw(core);
            core.roll_back();
            Err(StartError::Os(error))
        }
    }
}

pub(super) fn cancel(timer: &TimerPacket) -> CancelOutcome {
    let mut phase = timer.slot.phase.lock();
    let waits = match *phase {
        Phase::Idle(_) => false,
        // In a forked child it is a stopped thread, and its key means nothing.
        Phase::Waiting(..) if timer.core.state() == State::Stopped => false,
        // The service decides the race: who takes it out of there, to fire it or to cancel it, has it.
        Phase::Waiting(key, _) => match service::remove(key) {
            true => true,
            false => return CancelOutcome::AlreadyFired,
        },
        Phase::Fired => return CancelOutcome::AlreadyFired,
        Phase::Cancelled => return CancelOutcome::AlreadyCancelled,
    };
    let function = mem::replace(&mut *phase, Phase::Cancelled);
    drop(phase);
    timer.slot.finished.set();
    if waits {
        registry::retire(&timer.core);
        timer.core.done.set();
    }
    // Foreign destructors come last: nothing is left to be undone if one panics.
    drop(function);
    CancelOutcome::Cancelled
}

/// Runs the function of a timer that was taken out of the service, as the thread that the timer is.
pub(super) fn fire(timer: Arc<TimerPacket>) {
    let core = &timer.core;
    let Phase::Waiting(_, function) = mem::replace(&mut *timer.slot.phase.lock(), Phase::Fired)
    else {
        return;
    };
    ident::adopt(core.ident.load(Ordering::Relaxed));
    core.native_id.publish(os::native_id());
    current::bind(timer.clone());

    let outcome = panics::catch(Mode::Target, || {
        hooks::call_start_hooks(None);
        function();
    });
    match outcome {
        Ok(()) => guarded(|| timer.slot.finished.set()),
        Err(caught) => {
            excepthook::report(&caught);
            guarded(|| drop(caught));
        }
    }

    guarded(local::thread_ends);
    drop(current::unbind());
    ident::adopt(0);
    registry::retire(core);
    core.done.set();
}

/// Runs foreign destructors and wakers; they may panic as well.
fn guarded(foreign: impl FnOnce()) {
    if let Err(caught) = panics::catch(Mode::Target, foreign) {
        excepthook::report(&caught);
    }
}
