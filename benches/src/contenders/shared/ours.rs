//! `selvedge::multiprocessing`.

use selvedge::multiprocessing::connection::{Connection, pipe};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::spawn;
use selvedge::multiprocessing::synchronize::{Lock, Semaphore};
use serde::{Deserialize, Serialize};

use crate::contender::shared::{SharedBytes, SharedLock, SharedSemaphore, Starts, Wire};
use crate::contender::{Role, names};

pub(crate) struct Spawn;
pub(crate) struct Messages(Connection);
#[derive(Serialize, Deserialize)]
pub(crate) struct OwnLock(Lock);
#[derive(Serialize, Deserialize)]
pub(crate) struct OwnSemaphore(Semaphore);
pub(crate) struct Named;
pub(crate) struct Anonymous;

names!(Role::Ours =>
    Spawn = "selvedge spawn",
    Messages = "selvedge",
    OwnLock = "selvedge",
    OwnSemaphore = "selvedge",
    Named = "selvedge, with a name",
    Anonymous = "selvedge, without"
);

impl Starts for Spawn {
    fn next(number: u64) -> u64 {
        let process = spawn(|number| number + 1, number).expect("it starts");
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

impl SharedBytes for Anonymous {
    fn use_up(size: usize) {
        touch(&SharedMemory::anonymous(size).expect("there is room"));
    }
}
