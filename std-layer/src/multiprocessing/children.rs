//! The children of this process (rows M-21, M-22, M-46).

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Once};
use std::task::{Context, Wake, Waker};

use super::forkserver;
use super::logging::get_logger;
use super::packet::Packet;
use super::process::ProcessRef;
use crate::threading::{Mutex, MutexGuard, forget_atexit, register_atexit};

/// Those that nobody has seen to be over. A child that this process has inherited by a fork is none of its own, and goes at the next look.
static CHILDREN: Mutex<Vec<Arc<Packet>>> = Mutex::new(Vec::new());

/// Before the first child is made: its end belongs to that of this process.
pub(super) fn prepare() {
    static AT_EXIT: Once = Once::new();
    AT_EXIT.call_once(|| {
        // During the exit it is too late: that child ends with this process.
        let _ = register_atexit(end_all);
    });
}

pub(super) fn add(packet: Arc<Packet>) {
    prepare();
    CHILDREN.lock().push(packet);
}

/// The list, while this process is copied.
pub(super) struct Held(MutexGuard<'static, Vec<Arc<Packet>>>);

pub(super) fn hold() -> Held {
    Held(CHILDREN.lock())
}

impl Held {
    /// In the copy, which has none: neither children, nor anything to do at its exit but to look after its own.
    pub(super) fn begin_anew(mut self) {
        // Closing what they have is not needed, and might call somebody.
        std::mem::forget(std::mem::take(&mut *self.0));
        drop(self);
        forget_atexit();
        let _ = register_atexit(end_all);
    }
}

/// One that is over, or was never started.
pub(super) fn forget(packet: &Arc<Packet>) {
    let found = {
        let mut children = CHILDREN.lock();
        let place = children.iter().position(|child| Arc::ptr_eq(child, packet));
        place.map(|place| children.swap_remove(place))
    };
    // Its descriptors may be closed by this.
    drop(found);
}

/// One whose handles are gone: is forgotten when it ends, and nobody waits for that.
pub(super) fn abandon(packet: &Arc<Packet>) {
    if !packet.is_alive() {
        forget(packet);
        return;
    }
    let child = packet.clone();
    let future = async move {
        if let Ok(running) = child.started() {
            let _ = running.popen.wait_async().await;
        }
        forget(&child);
    };
    Arc::new(Undertaker {
        turns: AtomicU32::new(0),
        future: Mutex::new(Some(Box::pin(future))),
    })
    .wake();
}

/// A task of its own, which runs in whatever thread wakes it: the one that serves asynchronous waits.
struct Undertaker {
    /// How often it has been woken and has not looked since. Who raises it from 0 polls, until it is 0 again; one role, AcqRel: the next to poll sees what the last one did.
    turns: AtomicU32,
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

impl Wake for Undertaker {
    fn wake(self: Arc<Self>) {
        if self.turns.fetch_add(1, Ordering::AcqRel) != 0 {
            return;
        }
        let waker = Waker::from(self.clone());
        loop {
            let mut place = self.future.lock();
            let over = (place.as_mut()).is_none_or(|future| {
                let mut context = Context::from_waker(&waker);
                future.as_mut().poll(&mut context).is_ready()
            });
            let done = over.then(|| place.take());
            drop(place);
            drop(done);
            if self.turns.fetch_sub(1, Ordering::AcqRel) == 1 {
                return;
            }
        }
    }
}

/// Forgets those that are over.
pub(super) fn collect() {
    forkserver::collect();
    let all = std::mem::take(&mut *CHILDREN.lock());
    // Waking those who wait for a child is foreign code: outside of the lock.
    let (alive, over): (Vec<_>, Vec<_>) = all.into_iter().partition(|packet| packet.is_alive());
    CHILDREN.lock().extend(alive);
    drop(over);
}

/// The children that have been started and are not over, of this module (row M-46).
///
/// ```
/// use selvedge::multiprocessing::{active_children, spawn};
///
/// let child = spawn(|()| std::thread::sleep(std::time::Duration::from_secs(60)), ()).unwrap();
/// assert_eq!(active_children(), [child.process()]);
/// child.kill().unwrap();
/// assert!(child.join().is_err());
/// assert_eq!(active_children(), []);
/// ```
#[must_use]
pub fn active_children() -> Vec<ProcessRef> {
    collect();
    CHILDREN.lock().iter().cloned().map(ProcessRef).collect()
}

/// At the exit: ends daemons, then waits for all (row M-21).
fn end_all() {
    let all: Vec<_> = active_children()
        .into_iter()
        .filter(|child| !child.0.detached)
        .collect();
    let logger = get_logger();
    for child in &all {
        if *child.0.daemon.lock() {
            logger.info(format_args!("terminates the daemon {}", child.name()));
            let _ = child.terminate();
        }
    }
    for child in all {
        logger.info(format_args!("waits for {}", child.name()));
        let _ = child.wait();
    }
}
