//! One thread that waits for descriptors on behalf of tasks: for the pidfds of children, and for the pipes of an asynchronous `communicate`.
//!
//! It is started by the first who needs it, serves all children and all executors, and costs nothing while nothing happens: it sleeps in `epoll_wait`. A registration holds a waker,
//! and is good for one event.
//!
//! Wakers are foreign code: they are called, and dropped, with no lock held, and a panic in one of them ends there.

use std::collections::HashMap;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Waker;
use std::thread;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;

#[cfg(feature = "multiprocessing")]
use super::held::Hold;
use super::held::Turns;
use super::mask::Blocked;
use crate::threading::Mutex;

/// The thread's half and everybody's.
struct Reactor {
    process: u32,
    epoll: OwnedFd,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    last: u64,
    wakers: HashMap<u64, Waker>,
}

static REACTOR: Mutex<Option<Arc<Reactor>>> = Mutex::new(None);
/// Those of the thread.
static TURNS: Turns = Turns::new();

/// Holds the thread, if this process has one.
#[cfg(feature = "multiprocessing")]
pub(crate) fn hold() -> Option<Hold> {
    let process = REACTOR.lock().as_ref().map(|reactor| reactor.process);
    process
        .filter(|process| *process == std::process::id())
        .map(|_| TURNS.hold())
}

/// What to wait for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Interest {
    /// Something to read, its end, or for a pidfd the child's end.
    Read,
    /// Room to write, or nobody reads any more.
    Write,
}

/// The reactor of this process; a forked copy of this process needs one of its own.
fn reactor() -> io::Result<Arc<Reactor>> {
    let mut place = REACTOR.lock();
    let process = std::process::id();
    if let Some(reactor) = place.as_ref().filter(|it| it.process == process) {
        return Ok(reactor.clone());
    }
    let reactor = Arc::new(Reactor {
        process,
        epoll: epoll::create(CreateFlags::CLOEXEC)?,
        entries: Mutex::default(),
    });
    let own = reactor.clone();
    TURNS.renew();
    // A new thread inherits the mask: signals sent to the process are for others to take.
    let blocked = Blocked::all();
    let thread = thread::Builder::new()
        .name("selvedge-reactor".to_owned())
        .spawn(move || own.run());
    drop(blocked);
    thread?;
    // One of another process: its locks and wakers may be in any state.
    std::mem::forget(place.replace(reactor.clone()));
    Ok(reactor)
}

/// A registration. It is over after one event, or by [`forget`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    process: u32,
    key: u64,
}

/// Calls the waker when the descriptor is ready, once. A descriptor can be registered once at a time.
///
/// # Errors
///
/// If there is no thread or descriptor to be had for the reactor, or the descriptor is registered already.
pub(crate) fn watch(fd: BorrowedFd<'_>, interest: Interest, waker: Waker) -> io::Result<Token> {
    let reactor = reactor()?;
    let key = {
        let mut entries = reactor.entries.lock();
        entries.last += 1;
        let key = entries.last;
        entries.wakers.insert(key, waker);
        key
    };
    let flags = match interest {
        Interest::Read => EventFlags::IN,
        Interest::Write => EventFlags::OUT,
    } | EventFlags::ONESHOT;
    if let Err(errno) = epoll::add(&reactor.epoll, fd, EventData::new_u64(key), flags) {
        let waker = reactor.take(key);
        drop(waker);
        return Err(errno.into());
    }
    Ok(Token {
        process: reactor.process,
        key,
    })
}

/// Ends a registration. The descriptor may be registered again.
pub(crate) fn forget(token: Token, fd: BorrowedFd<'_>) {
    if let Some(reactor) = of(token) {
        // It may be gone already.
        let _ = epoll::delete(&reactor.epoll, fd);
        let waker = reactor.take(token.key);
        drop(waker);
    }
}

fn of(token: Token) -> Option<Arc<Reactor>> {
    if token.process != std::process::id() {
        return None;
    }
    REACTOR.lock().clone()
}

impl Reactor {
    fn take(&self, key: u64) -> Option<Waker> {
        self.entries.lock().wakers.remove(&key)
    }

    fn run(&self) {
        let mut events = Vec::with_capacity(64);
        TURNS.begin();
        loop {
            events.clear();
            match epoll::wait(&self.epoll, spare_capacity(&mut events), None) {
                Ok(_) | Err(Errno::INTR) => {}
                // Somebody has closed a descriptor that is not theirs. Better no reactor than one that spins.
                Err(_) => return,
            }
            TURNS.turn(|| self.tell(&events));
        }
    }

    fn tell(&self, events: &[Event]) {
        for event in events {
            if let Some(waker) = self.take(event.data.u64()) {
                let outcome = catch_unwind(AssertUnwindSafe(|| waker.wake()));
                // The payload of a panic may panic when it is dropped.
                std::mem::forget(outcome);
            }
        }
    }
}
