//! The threads behind all timers of the process: one that minds the clock, and one more for each function that runs.
//!
//! # Protocol
//!
//! Threads of the service are *free* (minding the clock, or on their way to), *busy* (running a function) or *idle*. One lock covers all.
//!
//! - A free thread takes what is due. If that leaves no free thread while timers wait, it summons one first: an idle one, or a new one. So a function
//!   that takes long, or waits for ever, does not keep others from being called.
//! - A free thread that finds nothing due minds: it sleeps until the next deadline. If somebody minds already, or there is nothing to mind, it becomes idle.
//! - Who adds a timer summons a thread if none is free, and wakes the minder if the timer is due before it would wake by itself.
//! - An idle thread ends after a while.
//!
//! A crowd of quick functions needs few threads, a crowd of blocked ones needs many, and they cannot be told apart in advance. So there is a limit to the busy ones,
//! at first twice the processors. At the limit, the free thread takes something due only when nothing has moved for a while (`state::LULL`), and then the limit
//! doubles. It falls back when the functions are through. Functions that return take what is due next by themselves.
//!
//! Sleeping is on two words that change under the lock only: a sleeper reads its word under the lock, and does not fall asleep if it has changed since.
//! Both are counters of changes, and carry nothing; Relaxed.

#[cfg(unix)]
mod at_fork;
mod state;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::{Port, TimedPort};
use selvedge_core::timer::Key;

use self::state::{Service, Wake};
use super::super::fork_lock::{ForkLock, ForkLockGuard};
use super::clock;
use super::slot::{self, TimerPacket};
use crate::port::Native;

/// How long a thread without work is kept.
const IDLE_FOR: Duration = Duration::from_secs(1);

static SERVICE: ForkLock<Service> = ForkLock::new(Service::new());
/// The minder sleeps here.
static MIND: AtomicU32 = AtomicU32::new(0);
/// Idle threads sleep here.
static IDLE: AtomicU32 = AtomicU32::new(0);

/// Adds a timer. On failure nothing has changed.
pub(super) fn insert(deadline: u64, timer: Arc<TimerPacket>) -> io::Result<Key> {
    let mut service = SERVICE.lock();
    let wake = service.summon()?;
    let key = service.timers.insert(deadline, timer);
    let at = service.feasible(deadline);
    let wake = match service.minding {
        Some(until) if at < until => {
            // Who comes with a later one need not wake it again.
            service.minding = Some(at);
            MIND.fetch_add(1, Ordering::Relaxed);
            Wake::Minder
        }
        _ => wake,
    };
    drop(service);
    wake.up();
    key.map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// Takes a timer out, unless it was taken out before. Whoever minds its deadline sleeps on, and finds it gone.
pub(super) fn remove(key: Key) -> bool {
    let removed = SERVICE.lock().timers.cancel(key);
    removed.is_some()
}

/// The life of a thread of the service; begins free.
fn serve() {
    let mut service = SERVICE.lock();
    loop {
        let now = clock::now();
        match service.next() {
            Some(at) if at <= now => {
                // Perhaps there is nothing: the timers may ask to be looked at early.
                if let Some(timer) = service.take(now) {
                    service = run(service, timer);
                }
            }
            Some(at) if service.minding.is_none() => service = mind(service, at),
            _ => match idle(service) {
                Some(summoned) => service = summoned,
                None => return,
            },
        }
    }
}

/// Calls a function, while somebody else minds the other timers.
fn run(mut service: Guard, timer: Arc<TimerPacket>) -> Guard {
    let wake = if service.timers.is_empty() {
        Wake::Nobody
    } else {
        // If the system refuses a thread, the other timers wait for this function.
        service.summon().unwrap_or(Wake::Nobody)
    };
    drop(service);
    wake.up();
    slot::fire(timer);
    let mut service = SERVICE.lock();
    service.give_back();
    service
}

type Guard = ForkLockGuard<'static, Service>;

/// Sleeps until then, or until an earlier timer comes.
fn mind(mut service: Guard, until: u64) -> Guard {
    service.minding = Some(until);
    let seen = MIND.load(Ordering::Relaxed);
    drop(service);
    match clock::instant(until) {
        Some(deadline) => Native::wait_until(&MIND, seen, deadline),
        None => Native::wait(&MIND, seen),
    }
    let mut service = SERVICE.lock();
    service.minding = None;
    service
}

/// Sleeps until summoned: then the caller is free again. `None` when it is not needed any more.
fn idle(mut service: Guard) -> Option<Guard> {
    service.free -= 1;
    service.idle += 1;
    let until = Instant::now() + IDLE_FOR;
    loop {
        if service.summoned > 0 {
            service.summoned -= 1;
            service.idle -= 1;
            return Some(service);
        }
        if Instant::now() >= until {
            service.idle -= 1;
            return None;
        }
        let seen = IDLE.load(Ordering::Relaxed);
        drop(service);
        Native::wait_until(&IDLE, seen, until);
        service = SERVICE.lock();
    }
}

/// Makes forks known to the service. Cheap after the first time.
pub(super) fn install() {
    #[cfg(unix)]
    at_fork::install();
}
