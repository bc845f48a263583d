//! The threads behind all timers of the process: one that minds the clock, and one more for each function that runs.
//!
//! # Protocol
//!
//! Threads of the service are *free* (minding the clock, or on their way to), *busy* (running a function) or *idle*. One lock covers all.
//!
//! - A free thread takes what is due. If that leaves no free thread while timers wait, it summons one first: an idle one, or a new one. So a function
//!   that takes long, or waits for ever, delays no other timer.
//! - A free thread that finds nothing due minds: it sleeps until the next deadline. If somebody minds already, or there is nothing to mind, it becomes idle.
//! - Who adds a timer summons a thread if none is free, and wakes the minder if the timer is due before it would wake by itself.
//! - An idle thread ends after a while.
//!
//! Sleeping is on two words that change under the lock only: a sleeper reads its word under the lock, and does not fall asleep if it has changed since.
//! Both are counters of changes, and carry nothing; Relaxed.
//!
//! Timers that wait therefore cost one thread, however many they are, and functions that are quick share two.
//!
//! # Safety
//!
//! Registers three functions with `pthread_atfork`; the one for the child is run by its only thread, which holds the lock that it makes new.
#![allow(
    unsafe_code,
    reason = "pthread_atfork, and a lock made new in the child"
)]

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::port::{Port, TimedPort};
use selvedge_core::timer::{Key, Timers};

use super::super::fork_lock::{ForkLock, ForkLockGuard};
use super::super::stack_size::stack_size;
use super::slot::{self, TimerPacket};
use super::{clock, storage::Growing};
use crate::port::Native;

/// How long a thread without work is kept.
const IDLE_FOR: Duration = Duration::from_secs(1);

static SERVICE: ForkLock<Service> = ForkLock::new(Service::new());
/// The minder sleeps here.
static MIND: AtomicU32 = AtomicU32::new(0);
/// Idle threads sleep here.
static IDLE: AtomicU32 = AtomicU32::new(0);

struct Service {
    timers: Timers<Growing<Arc<TimerPacket>>>,
    /// Until when somebody minds, if somebody does.
    minding: Option<u64>,
    /// Free threads, those that were summoned and are not there yet included.
    free: usize,
    idle: usize,
    /// So many of the idle ones are to be free.
    summoned: usize,
}

/// A wake-up to be done when the lock is released.
#[must_use]
enum Wake {
    Nobody,
    Minder,
    Idle,
}

impl Wake {
    fn up(self) {
        match self {
            Self::Nobody => {}
            Self::Minder => {
                Native::wake(&raw const MIND, 1);
            }
            Self::Idle => {
                Native::wake(&raw const IDLE, 1);
            }
        }
    }
}

impl Service {
    const fn new() -> Self {
        Self {
            timers: Timers::new(Growing::new()),
            minding: None,
            free: 0,
            idle: 0,
            summoned: 0,
        }
    }

    /// Sees to it that there is a free thread.
    fn summon(&mut self) -> io::Result<Wake> {
        if self.free > 0 {
            return Ok(Wake::Nobody);
        }
        let wake = if self.idle > self.summoned {
            self.summoned += 1;
            IDLE.fetch_add(1, Ordering::Relaxed);
            Wake::Idle
        } else {
            // Under the lock, so that nobody relies on a thread that cannot be made.
            let mut builder = thread::Builder::new().name("timers".into());
            if stack_size() != 0 {
                builder = builder.stack_size(stack_size());
            }
            builder.spawn(serve)?;
            Wake::Nobody
        };
        self.free += 1;
        Ok(wake)
    }
}

/// Adds a timer. On failure nothing has changed.
pub(super) fn insert(deadline: u64, timer: Arc<TimerPacket>) -> io::Result<Key> {
    let mut service = SERVICE.lock();
    let wake = service.summon()?;
    let key = service.timers.insert(deadline, timer);
    let wake = match service.minding {
        Some(until) if deadline < until => {
            // Who comes with a later one need not wake it again.
            service.minding = Some(deadline);
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
        if let Some(expired) = service.timers.pop_expired(clock::now()) {
            service.free -= 1;
            let wake = if service.timers.is_empty() {
                Wake::Nobody
            } else {
                // If the system refuses a thread, the other timers wait for this function.
                service.summon().unwrap_or(Wake::Nobody)
            };
            drop(service);
            wake.up();
            slot::fire(expired.value);
            service = SERVICE.lock();
            service.free += 1;
            continue;
        }
        service = match service.timers.next_wake() {
            Some(until) if service.minding.is_none() => mind(service, until),
            _ => match idle(service) {
                Some(service) => service,
                None => return,
            },
        };
    }
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

#[cfg(unix)]
mod at_fork {
    use std::sync::Once;

    use super::{SERVICE, Service};

    /// Nobody changes anything until the fork is over.
    extern "C" fn before() {
        SERVICE.hold();
    }

    extern "C" fn in_parent() {
        SERVICE.let_go();
    }

    /// The service has no threads and no timers in the child. Nothing is freed: what belonged to others may be in any state.
    extern "C" fn in_child() {
        // SAFETY: the only thread of the child, which took the lock in `before`.
        unsafe {
            SERVICE.renew(|service| std::mem::forget(std::mem::replace(service, Service::new())));
        }
    }

    pub(super) fn install() {
        static INSTALLED: Once = Once::new();
        if !INSTALLED.is_completed() {
            INSTALLED.call_once(|| {
                // SAFETY: three functions without arguments that do not unwind.
                let outcome =
                    unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
                assert_eq!(outcome, 0, "no memory for a fork handler");
            });
        }
    }
}
