//! The thread behind a tee: reads what the child writes, and hands it on.
//!
//! It ends with the output, or when nobody reads at the stream's own place; or when it is told to stop, as time is up: then it takes what is there already, and waits for nobody but a reader of this
//! module who empties the pipe.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::exchange::DRAIN;
use super::mask::Blocked;
use super::{Popen, StartError, Step};
use crate::threading::{Event, Mutex};

/// One read.
const ROOM: usize = 64 * 1024;
/// What is written to something that is no file, when it says that it is ready: a pipe takes so much then without blocking (PIPE_BUF).
const PIECE: usize = 4096;

/// Somewhere to write.
pub(super) struct Outlet {
    pub(super) fd: OwnedFd,
    /// Its reader is of this module.
    pub(super) ours: bool,
    /// A file, which takes whatever is written.
    pub(super) regular: bool,
}

/// One stream's tee, before it runs.
pub(super) struct Pump {
    source: OwnedFd,
    copies: Vec<Outlet>,
    /// Where the stream leads; `None` once that cannot be written to.
    place: Option<Outlet>,
    told: Arc<Running>,
    stopped: bool,
}

/// One that runs, as others see it.
pub(super) struct Running {
    stop: OwnedFd,
    over: Event,
    /// Written before `over` is set.
    error: Mutex<Option<Errno>>,
}

impl Pump {
    pub(super) fn new(source: OwnedFd, copies: Vec<Outlet>, place: Outlet, stop: OwnedFd) -> Self {
        let told = Arc::new(Running {
            stop,
            over: Event::new(),
            error: Mutex::new(None),
        });
        Self {
            source,
            copies,
            place: Some(place),
            told,
            stopped: false,
        }
    }

    /// On a thread of its own.
    pub(super) fn start(mut self) -> Result<Arc<Running>, StartError> {
        let told = self.told.clone();
        // A new thread inherits the mask: signals sent to the process are for others to take, and nobody is to be ended by SIGPIPE.
        let blocked = Blocked::all();
        let thread = thread::Builder::new()
            .name("selvedge-tee".to_owned())
            .spawn(move || {
                self.run();
                let told = self.told.clone();
                // Closed before anybody is told.
                drop(self);
                told.over.set();
            });
        drop(blocked);
        match thread {
            Ok(_) => Ok(told),
            Err(error) => {
                let errno = error.raw_os_error().unwrap_or(libc::EAGAIN);
                Err(StartError::new(Step::Clone, errno))
            }
        }
    }

    fn run(&mut self) {
        let mut buffer = vec![0; ROOM];
        let mut left = DRAIN;
        while self.ready() {
            let count = match rustix::io::read(&self.source, &mut buffer[..]) {
                Ok(0) => return,
                Ok(count) => count,
                Err(Errno::INTR) => continue,
                Err(errno) => return self.failed(errno),
            };
            if !self.hand_on(&buffer[..count]) {
                return;
            }
            if self.stopped {
                left -= 1;
                if left == 0 {
                    return;
                }
            }
        }
    }

    /// Sleeps until there is something to read, or the end of it; false if it is over.
    fn ready(&mut self) -> bool {
        loop {
            let mut fds = vec![PollFd::new(&self.source, PollFlags::IN)];
            if !self.stopped {
                fds.push(PollFd::new(&self.told.stop, PollFlags::IN));
            }
            if let Some(place) = &self.place {
                // Tells when the reader is gone.
                fds.push(PollFd::new(&place.fd, PollFlags::empty()));
            }
            let now = Timespec::default();
            match poll(&mut fds, self.stopped.then_some(&now)) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => {
                    drop(fds);
                    self.failed(errno);
                    return false;
                }
            }
            let nothing: Vec<bool> = fds.iter().map(|fd| fd.revents().is_empty()).collect();
            if self.place.is_some() && nothing.last() == Some(&false) {
                return false;
            }
            if !nothing[0] {
                return true;
            }
            if self.stopped {
                return false;
            }
            self.stopped = !nothing[1];
        }
    }

    /// False if nobody wants any more.
    fn hand_on(&mut self, bytes: &[u8]) -> bool {
        let mut copies = std::mem::take(&mut self.copies);
        copies.retain(|copy| match self.write(copy, bytes) {
            Ok(()) => true,
            Err(errno) => {
                self.failed(errno);
                false
            }
        });
        self.copies = copies;
        if let Some(place) = self.place.take() {
            match self.write(&place, bytes) {
                Ok(()) => self.place = Some(place),
                Err(Errno::PIPE) => return false,
                Err(errno) => self.failed(errno),
            }
        }
        self.place.is_some() || !self.copies.is_empty()
    }

    fn write(&mut self, outlet: &Outlet, mut bytes: &[u8]) -> Result<(), Errno> {
        while !bytes.is_empty() {
            let piece = if outlet.regular {
                bytes
            } else if self.room(outlet)? {
                &bytes[..bytes.len().min(PIECE)]
            } else {
                // Time is up, and it does not take it.
                return Ok(());
            };
            match rustix::io::write(&outlet.fd, piece) {
                Ok(count) => bytes = &bytes[count..],
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Sleeps until it can be written to, or says why it cannot; false if it cannot, and time is up.
    fn room(&mut self, outlet: &Outlet) -> Result<bool, Errno> {
        loop {
            let hurry = self.stopped && !outlet.ours;
            let mut fds = vec![PollFd::new(&outlet.fd, PollFlags::OUT)];
            if !self.stopped {
                fds.push(PollFd::new(&self.told.stop, PollFlags::IN));
            }
            let now = Timespec::default();
            match poll(&mut fds, hurry.then_some(&now)) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno),
            }
            if !fds[0].revents().is_empty() {
                return Ok(true);
            }
            if hurry {
                return Ok(false);
            }
            self.stopped |= fds.get(1).is_some_and(|stop| !stop.revents().is_empty());
        }
    }

    /// The first failure is told.
    fn failed(&self, errno: Errno) {
        self.told.error.lock().get_or_insert(errno);
    }
}

impl Running {
    /// False if it is not over in time. `None` is for ever.
    pub(super) fn wait_until(&self, deadline: Option<Instant>) -> bool {
        match deadline {
            Some(deadline) => self.over.wait_deadline(deadline).is_ok(),
            None => {
                self.over.wait();
                true
            }
        }
    }

    pub(super) async fn wait_async(&self) {
        self.over.wait_async().await;
    }

    /// Time is up.
    pub(super) fn stop(&self) {
        // It cannot be full: this is called once or twice.
        let _ = rustix::io::write(self.stop.as_fd(), &1_u64.to_ne_bytes());
    }

    pub(super) fn error(&self) -> Option<Errno> {
        *self.error.lock()
    }
}

impl Popen {
    /// Waits until all that the child has written, and those who have its streams from it, is where [`tee_stdout`](super::Command::tee_stdout) and [`tee_stderr`](super::Command::tee_stderr) want it. Returns at
    /// once if there are none. A pipe that nobody reads can make it wait for ever.
    ///
    /// # Errors
    ///
    /// If the system has refused to write a copy.
    pub fn wait_tee(&self) -> io::Result<()> {
        self.tees_until(None);
        self.tee_error().map_or(Ok(()), Err)
    }

    pub(super) fn tees_until(&self, deadline: Option<Instant>) -> bool {
        self.tees.iter().all(|tee| tee.wait_until(deadline))
    }

    pub(super) async fn tees_async(&self) {
        for tee in &self.tees {
            tee.wait_async().await;
        }
    }

    pub(super) fn stop_tees(&self) {
        for tee in &self.tees {
            tee.stop();
        }
    }

    pub(super) fn tee_error(&self) -> Option<io::Error> {
        let errno = self.tees.iter().find_map(|tee| tee.error())?;
        Some(errno.into())
    }
}
