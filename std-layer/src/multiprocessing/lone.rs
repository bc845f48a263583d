//! Whether this process may be copied: who else is in it.
//!
//! A copy has the thread that asks for it, and the memory as all others left it at that moment. So it is made when there are no others. Those do not count:
//!
//! * threads that are ending, which run nothing any more (a join returns a little before the kernel has put the thread away);
//! * two threads of this library: the [keeper](crate::subprocess::keeper), and the one that waits for descriptors on behalf of tasks. They are held meanwhile where they have no lock of anybody's;
//! * a watch of this library's over the parent, which does nothing but wait.
//!
//! All others do, also those of timers, as they run functions of the user's.
//!
//! Who is the only thread can only be told of more by itself. So the answer stays true until it starts one.

use std::io;

use rustix::thread::gettid;
use selvedge_core::atomics::{AtomicU32, Ordering};

use super::error::StartError;
use crate::subprocess::{held, keeper, reactor};
use crate::threading::{Mutex, MutexGuard};

/// The number of the thread that watches the parent, once it does nothing else; or 0. Of this process: a copy begins with 0.
pub(super) static WATCH: AtomicU32 = AtomicU32::new(0);

/// Nobody else does anything while this lives.
pub(super) struct Alone {
    _keeper: Option<keeper::Hold>,
    _reactor: Option<held::Hold>,
    _turn: MutexGuard<'static, ()>,
}

impl Alone {
    /// # Errors
    ///
    /// If there are others, or that cannot be found out.
    pub(super) fn new() -> Result<Self, StartError> {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock();
        // In this order: what the second one runs may want the keeper to do something.
        let reactor = reactor::hold();
        let keeper = keeper::Hold::new();
        let mut known = vec![gettid().as_raw_nonzero().get().cast_unsigned()];
        known.extend(reactor.as_ref().map(held::Hold::thread));
        known.extend(keeper.as_ref().map(keeper::Hold::thread));
        known.push(WATCH.load(Ordering::Acquire));
        match others(&known).map_err(StartError::Fork)? {
            0 => Ok(Self {
                _keeper: keeper,
                _reactor: reactor,
                _turn: turn,
            }),
            count => Err(StartError::OtherThreads(count)),
        }
    }
}

/// How many threads run that are not among those.
fn others(known: &[u32]) -> io::Result<usize> {
    use std::os::unix::fs::MetadataExt;

    // The folder has a link for each thread, besides its own two. That is faster told.
    if known[1..].iter().all(|thread| *thread == 0)
        && std::fs::metadata("/proc/self/task")?.nlink() == 3
    {
        return Ok(0);
    }
    let mut count = 0;
    let mut seen = false;
    for entry in std::fs::read_dir("/proc/self/task")? {
        let name = entry?.file_name();
        let thread = name.to_str().and_then(|name| name.parse::<u32>().ok());
        let thread = thread.ok_or(io::ErrorKind::InvalidData)?;
        if known.contains(&thread) {
            seen |= thread == known[0];
        } else if runs(thread) {
            count += 1;
        }
    }
    if !seen {
        // The files of another namespace.
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(count)
}

/// Whether a thread is there, and not ending. If in doubt, yes.
fn runs(thread: u32) -> bool {
    /// PF_EXITING of the kernel: it does not go back to the program.
    const EXITING: u64 = 4;
    let stat = match std::fs::read(format!("/proc/self/task/{thread}/stat")) {
        Ok(stat) => stat,
        Err(error) => {
            return !matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ESRCH));
        }
    };
    let stat = String::from_utf8_lossy(&stat);
    // Its name is in brackets, and can be anything.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let flags = rest.split_ascii_whitespace().nth(6);
    let flags = flags.and_then(|flags| flags.parse::<u64>().ok());
    flags.is_none_or(|flags| flags & EXITING == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_counted_until_they_end() {
        let own = gettid().as_raw_nonzero().get().cast_unsigned();
        assert!(runs(own));
        let (sender, receiver) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let own = gettid().as_raw_nonzero().get().cast_unsigned();
            let _ = receiver.recv();
            own
        });
        assert!(others(&[own]).unwrap() > 0);
        assert!(others(&[u32::MAX]).is_err());
        drop(sender);
        assert!(!runs(thread.join().unwrap()));
    }
}
