//! What a process and all its handles share, apart from the type of its value.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use zeroize::Zeroizing;

use super::boot::{self, Boot};
use super::connection::AuthKey;
use super::current::{self, Identity, Parent, current_process};
use super::error::{JoinError, StartError};
use super::image;
use super::memo::Memo;
use super::outcome::Told;
use super::parcel::Parcel;
use crate::contextvars::copy_context;
use crate::subprocess::{Command, ExitStatus, OnDrop, Popen, Signal, Stdio};
use crate::threading::Mutex;

/// See above.
pub(super) struct Packet {
    pub(super) name: Mutex<String>,
    pub(super) daemon: Mutex<bool>,
    pub(super) detached: bool,
    chain: String,
    /// Who may start it and wait for it.
    creator: u32,
    pub(super) running: OnceLock<Running>,
}

/// Once it is started.
pub(super) struct Running {
    pub(super) popen: Popen,
    memo: Memo,
    taken: Mutex<bool>,
}

impl Packet {
    pub(super) fn new(name: Option<String>, daemon: Option<bool>, detached: bool) -> Self {
        let chain = current::next_chain();
        Self {
            name: Mutex::new(name.unwrap_or_else(|| format!("Process-{chain}"))),
            daemon: Mutex::new(daemon.unwrap_or_else(current::is_daemon)),
            detached,
            chain,
            creator: std::process::id(),
            running: OnceLock::new(),
        }
    }

    pub(super) fn is_ours(&self) -> bool {
        self.creator == std::process::id()
    }

    fn boot(&self, function: *const std::ffi::c_void, entry: u64) -> Result<Boot, StartError> {
        Ok(Boot {
            program: image::identity(),
            entry,
            function: image::offset_of(function).ok_or(StartError::OtherImage)?,
            who: Identity {
                name: self.name.lock().clone(),
                daemon: *self.daemon.lock(),
                chain: self.chain.clone(),
                parent: Parent {
                    name: current_process().name().to_owned(),
                    pid: std::process::id(),
                },
            },
            key: AuthKey::of_this_process().map_err(StartError::Memory)?,
            context: copy_context().export().map_err(StartError::Context)?,
            argument: Vec::new(),
            fds: Vec::new(),
        })
    }

    /// Starts it by the method `spawn`: this program again.
    pub(super) fn spawn(
        &self,
        function: *const std::ffi::c_void,
        entry: &'static image::Entry,
        argument: Parcel,
    ) -> Result<Running, StartError> {
        boot::keep();
        let entry = entry.offset().ok_or(StartError::OtherImage)?;
        let mut boot = self.boot(function, entry)?;
        boot.argument = argument.bytes;
        let fds = each_by_a_number_of_its_own(argument.fds).map_err(StartError::Memory)?;
        boot.fds = fds.iter().map(AsRawFd::as_raw_fd).collect();
        let call = postcard::to_stdvec(&boot)
            .map_err(|error| StartError::Argument(super::PackError(error)))?;
        let call = Zeroizing::new(call);
        let memo = Memo::new(&call).map_err(StartError::Memory)?;
        let shared = memo.share().map_err(StartError::Memory)?;
        let mut args = std::env::args_os();
        let program = args.next().unwrap_or_else(|| "selvedge".into());
        let mut command = Command::new(program)
            .args(args)
            .executable("/proc/self/exe")
            .env(
                boot::VARIABLE.to_str().unwrap_or_default(),
                shared.as_raw_fd().to_string(),
            )
            .stdin(Stdio::Null)
            .restore_signals(false)
            .on_drop(OnDrop::Reap)
            .pass_fd(shared);
        for fd in fds {
            command = command.pass_fd(fd);
        }
        if !self.detached {
            command = command.dies_with_parent(Signal::KILL);
        }
        let popen = command.start().map_err(StartError::Start)?;
        Ok(Running {
            popen,
            memo,
            taken: Mutex::new(false),
        })
    }

    /// The running process, for whoever may wait for it.
    pub(super) fn started(&self) -> Result<&Running, JoinError> {
        if !self.is_ours() {
            return Err(JoinError::NotTheParent);
        }
        self.running.get().ok_or(JoinError::NotStarted)
    }
}

/// The child takes over each descriptor that it is told of; the same one may be part of several values.
fn each_by_a_number_of_its_own(fds: Vec<Arc<OwnedFd>>) -> io::Result<Vec<Arc<OwnedFd>>> {
    let mut seen = BTreeSet::new();
    fds.into_iter()
        .map(|fd| match seen.insert(fd.as_raw_fd()) {
            true => Ok(fd),
            false => Ok(Arc::new(fd.try_clone()?)),
        })
        .collect()
}

impl Running {
    /// Waits until a deadline; whether it is over.
    pub(super) fn wait_until(&self, deadline: Option<Instant>) -> bool {
        match deadline {
            None => {
                let _ = self.popen.wait();
                true
            }
            Some(deadline) => self.popen.wait_deadline(deadline).is_ok(),
        }
    }

    /// After its end: the value's bytes, once; for a value without bytes always.
    pub(super) fn take(&self, status: ExitStatus) -> Result<Vec<u8>, JoinError> {
        let outcome = self.memo.outcome().map_err(JoinError::Read)?;
        let told = outcome.map(|bytes| postcard::from_bytes::<Told>(&bytes));
        match told {
            // A child that ended otherwise after its target had returned is not one that failed.
            Some(Ok(Told::Value(bytes))) => {
                let mut taken = self.taken.lock();
                if *taken && !bytes.is_empty() {
                    return Err(JoinError::ValueTaken);
                }
                *taken = true;
                Ok(bytes)
            }
            Some(Ok(Told::Panicked(panic))) => Err(JoinError::Panicked(panic)),
            Some(Ok(Told::BadArgument(error))) => Err(JoinError::Argument(error)),
            Some(Ok(Told::BadValue(error))) => Err(JoinError::Value(error)),
            Some(Ok(Told::Exited) | Err(_)) | None => Err(JoinError::Exited(status)),
        }
    }
}
