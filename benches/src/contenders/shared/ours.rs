//! `selvedge::multiprocessing`.
//!
//! # Safety
//!
//! Copies a process with threads, in which nothing is done that could need what these have locked.
#![allow(unsafe_code, reason = "fork beside the watchdog")]

use std::hint::black_box;
use std::sync::LazyLock;

use selvedge::multiprocessing::connection::{Connection, pipe};
use selvedge::multiprocessing::shared_memory::{SharedMemory, SharedMemoryManager};
use selvedge::multiprocessing::synchronize::{Lock, Semaphore};
use selvedge::multiprocessing::{Builder, StartMethod, get_context};
use serde::{Deserialize, Serialize};

use crate::contender::shared::{Hands, SharedBytes, SharedLock, SharedSemaphore, Starts, Wire};
use crate::contender::{Role, names};

pub(crate) struct Spawn;
pub(crate) struct ForkServer;
pub(crate) struct Fork;
pub(crate) struct Messages(Connection);
pub(crate) struct Segments(Connection, SharedMemory);
#[derive(Serialize, Deserialize)]
pub(crate) struct OwnLock(Lock);
#[derive(Serialize, Deserialize)]
pub(crate) struct OwnSemaphore(Semaphore);
pub(crate) struct Named;
pub(crate) struct Anonymous;
pub(crate) struct Managed;

names!(Role::Ours =>
    Spawn = "selvedge spawn",
    ForkServer = "selvedge forkserver",
    Fork = "selvedge fork",
    Messages = "selvedge",
    Segments = "selvedge",
    OwnLock = "selvedge",
    OwnSemaphore = "selvedge",
    Named = "selvedge, with a name",
    Anonymous = "selvedge, without",
    Managed = "selvedge, a manager's"
);

fn next(method: StartMethod, number: u64) -> u64 {
    let process = get_context(method).spawn(|number| number + 1, number);
    process.expect("it starts").join().expect("it ends")
}

impl Starts for Spawn {
    fn next(number: u64) -> u64 {
        next(StartMethod::Spawn, number)
    }
}

impl Starts for ForkServer {
    fn next(number: u64) -> u64 {
        next(StartMethod::ForkServer, number)
    }
}

impl Starts for Fork {
    fn next(number: u64) -> u64 {
        // SAFETY: what other threads of this program do, they do without the allocator's lock, which libc looks after, and the child adds two numbers.
        let builder = unsafe { Builder::new().fork_despite_threads() };
        let process = builder.fork(|| number + 1).expect("it starts");
        process.join().expect("it ends")
    }
}

impl Wire for Messages {
    type Far = Connection;

    fn pair() -> (Self, Connection) {
        let (here, there) = pipe().expect("there is room");
        (Self(here), there)
    }

    fn echo(far: Connection, messages: u64, size: usize) {
        let mut bytes = vec![0; size];
        for _ in 0..messages {
            let len = far.recv_bytes_into(&mut bytes).expect("it comes");
            far.send_bytes(&bytes[..len]).expect("it goes");
        }
    }

    fn trip(&mut self, message: &[u8], back: &mut Vec<u8>) {
        self.0.send_bytes(message).expect("it goes");
        let len = self.0.recv_bytes_into(back).expect("it comes");
        assert_eq!(len, message.len());
    }
}

impl Hands for Segments {
    type Far = Connection;

    fn pair(bytes: &[u8]) -> (Self, Connection) {
        let (here, there) = pipe().expect("there is room");
        let memory = SharedMemory::anonymous(bytes.len()).expect("there is room");
        memory.write(0, bytes).expect("it is inside");
        (Self(here, memory), there)
    }

    fn echo(far: Connection, times: u64) {
        for _ in 0..times {
            let memory: SharedMemory = far.recv().expect("it comes");
            black_box(memory.get::<u8>(memory.size() - 1).expect("it is inside"));
            far.send(&memory).expect("it goes");
        }
    }

    fn trip(&mut self) {
        self.0.send(&self.1).expect("it goes");
        self.1 = self.0.recv().expect("it comes");
    }

    fn has(&self, bytes: &[u8]) -> bool {
        let mut own = vec![0; bytes.len()];
        self.1.read(0, &mut own).is_ok() && own == bytes
    }
}

impl SharedLock for OwnLock {
    fn new() -> Self {
        Self(Lock::new().expect("there is room"))
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        let _guard = self.0.acquire().expect("nobody dies");
        act();
    }
}

impl SharedSemaphore for OwnSemaphore {
    fn new() -> Self {
        Self(Semaphore::new(0).expect("there is room"))
    }

    #[inline]
    fn acquire(&self) {
        self.0.acquire().keep();
    }

    #[inline]
    fn release(&self) {
        self.0.release(1).expect("there are few");
    }
}

fn touch(memory: &SharedMemory) {
    for page in (0..memory.size()).step_by(4096) {
        memory.set(page, &1_u8).expect("it is inside");
    }
}

impl SharedBytes for Named {
    fn use_up(size: usize) {
        let memory = SharedMemory::create(size).expect("there is room");
        touch(&memory);
        memory.unlink().expect("it has a name");
    }
}

impl SharedBytes for Managed {
    fn use_up(size: usize) {
        static MANAGER: LazyLock<SharedMemoryManager> = LazyLock::new(SharedMemoryManager::new);
        let memory = MANAGER.memory(size).expect("there is room");
        touch(&memory);
        memory.unlink().expect("it has a name");
    }
}

impl SharedBytes for Anonymous {
    fn use_up(size: usize) {
        touch(&SharedMemory::anonymous(size).expect("there is room"));
    }
}
