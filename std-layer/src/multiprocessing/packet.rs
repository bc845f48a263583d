//! What a process and all its handles share, apart from the type of its value.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use zeroize::Zeroizing;

use super::boot::{self, Boot, Sheet};
use super::connection::AuthKey;
use super::current::{self, Identity, Parent, current_process};
use super::error::{JoinError, StartError};
use super::logging::get_logger;
use super::memo::Memo;
use super::method::{StartMethod, chosen_start_method, get_start_method, is_by_default};
use super::outcome::Told;
use super::target::Call;
use super::{forkserver, image};
use crate::contextvars::copy_context;
use crate::subprocess::{Command, ExitStatus, OnDrop, Popen, Signal, Stdio};
use crate::threading::Mutex;

/// What a builder collects.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    pub(super) name: Option<String>,
    pub(super) daemon: Option<bool>,
    pub(super) detached: bool,
    pub(super) method: Option<StartMethod>,
    /// Copies this process also if it has other threads.
    pub(super) insists: bool,
}

/// See above.
pub(super) struct Packet {
    pub(super) name: Mutex<String>,
    pub(super) daemon: Mutex<bool>,
    pub(super) detached: bool,
    method: Option<StartMethod>,
    pub(super) insists: bool,
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
    pub(super) fn new(options: Options) -> Self {
        let chain = current::next_chain();
        let name = options.name.unwrap_or_else(|| format!("Process-{chain}"));
        Self {
            name: Mutex::new(name),
            daemon: Mutex::new(options.daemon.unwrap_or_else(current::is_daemon)),
            detached: options.detached,
            method: options.method,
            insists: options.insists,
            chain,
            creator: std::process::id(),
            running: OnceLock::new(),
        }
    }

    /// Whether somebody has asked for its method.
    pub(super) fn is_choosy(&self) -> bool {
        self.method.is_some() || !is_by_default()
    }

    pub(super) fn method(&self) -> StartMethod {
        self.method.unwrap_or_else(get_start_method)
    }

    pub(super) fn is_ours(&self) -> bool {
        self.creator == std::process::id()
    }

    /// What the child is to know about itself.
    pub(super) fn identity(&self) -> Identity {
        Identity {
            name: self.name.lock().clone(),
            daemon: *self.daemon.lock(),
            chain: self.chain.clone(),
            parent: Parent {
                name: current_process().name().to_owned(),
                pid: std::process::id(),
            },
        }
    }

    fn boot<T>(&self, call: &dyn Call<T>) -> Result<(Boot, Fds), StartError> {
        boot::keep();
        // Whoever makes one that does not travel chooses `Fork`, too.
        let packed = call.pack().ok_or(StartError::OtherImage)?;
        let packed = packed.map_err(StartError::Argument)?;
        let argument = packed.argument;
        let fds = each_by_a_number_of_its_own(argument.fds).map_err(StartError::Memory)?;
        let boot = Boot {
            program: image::identity(),
            entry: packed.entry.offset().ok_or(StartError::OtherImage)?,
            function: image::offset_of(packed.function).ok_or(StartError::OtherImage)?,
            who: self.identity(),
            key: AuthKey::of_this_process().map_err(StartError::Memory)?,
            context: copy_context().export().map_err(StartError::Context)?,
            method: chosen_start_method().filter(|_| !is_by_default()),
            log: get_logger().level(),
            environment: None,
            argument: argument.bytes,
            fds: fds.iter().map(AsRawFd::as_raw_fd).collect(),
        };
        Ok((boot, fds))
    }

    /// Starts it as this program again.
    pub(super) fn spawn<T>(&self, call: &dyn Call<T>) -> Result<Running, StartError> {
        let (boot, fds) = self.boot(call)?;
        let memo = memo(&Sheet::Child(boot))?;
        let popen = again(&memo, fds, !self.detached)?;
        Ok(Running::new(popen, memo))
    }

    /// Starts it as a copy of the server.
    pub(super) fn by_server<T>(&self, call: &dyn Call<T>) -> Result<Running, StartError> {
        let (mut boot, fds) = self.boot(call)?;
        let mut server = forkserver::running()?;
        boot.environment = server.environment_to_send();
        let memo = memo(&Sheet::Child(boot))?;
        let popen = server.start(memo.share(), fds, self.detached)?;
        Ok(Running::new(popen, memo))
    }

    /// The running process, for whoever may wait for it.
    pub(super) fn started(&self) -> Result<&Running, JoinError> {
        if !self.is_ours() {
            return Err(JoinError::NotTheParent);
        }
        self.running.get().ok_or(JoinError::NotStarted)
    }
}

pub(super) type Fds = Vec<Arc<OwnedFd>>;

/// A memo with a call on it.
pub(super) fn memo(sheet: &Sheet) -> Result<Memo, StartError> {
    let call = postcard::to_stdvec(sheet);
    let call = call.map_err(|error| StartError::Argument(super::PackError(error)))?;
    Memo::new(&Zeroizing::new(call)).map_err(StartError::Memory)
}

/// This program again, with a memo.
pub(super) fn again(memo: &Memo, fds: Fds, bound: bool) -> Result<Popen, StartError> {
    let shared = memo.share();
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
    if bound {
        command = command.dies_with_parent(Signal::KILL);
    }
    command.start().map_err(StartError::Start)
}

/// The child takes over each descriptor that it is told of; the same one may be part of several values.
fn each_by_a_number_of_its_own(fds: Fds) -> io::Result<Fds> {
    let mut seen = BTreeSet::new();
    fds.into_iter()
        .map(|fd| match seen.insert(fd.as_raw_fd()) {
            true => Ok(fd),
            false => Ok(Arc::new(fd.try_clone()?)),
        })
        .collect()
}

impl Running {
    pub(super) fn new(popen: Popen, memo: Memo) -> Self {
        Self {
            popen,
            memo,
            taken: Mutex::new(false),
        }
    }

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
            Some(Ok(Told::NotBegun(why))) => Err(JoinError::NotBegun(why)),
            Some(Ok(Told::BadArgument(error))) => Err(JoinError::Argument(error)),
            Some(Ok(Told::BadValue(error))) => Err(JoinError::Value(error)),
            Some(Ok(Told::Exited) | Err(_)) | None => Err(JoinError::Exited(status)),
        }
    }
}
