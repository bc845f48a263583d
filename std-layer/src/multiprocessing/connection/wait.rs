//! Waiting for the first of many (row M-66).

use std::future::poll_fn;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, dup};

use super::socket::Socket;
use crate::subprocess::reactor::Interest;

/// Waits until one of them can be read: the places of all that can. Connections, listeners, sentinels of processes, pidfds, pipes, sockets; the end counts, too. Other forms: [`try_wait`], [`wait_timeout`], [`wait_deadline`],
/// [`wait_async`].
///
/// Nothing is taken from them. One may be there twice. Waiting for none returns at once.
///
/// # Errors
///
/// If the system refuses.
///
/// ```
/// use selvedge::multiprocessing::connection::{one_way, wait};
///
/// let (first, _a) = one_way().unwrap();
/// let (second, b) = one_way().unwrap();
/// b.send("ready").unwrap();
/// assert_eq!(wait(&[&first, &second]).unwrap(), [1]);
/// ```
pub fn wait<F: AsFd>(these: &[F]) -> io::Result<Vec<usize>> {
    wait_until(these, None)
}

/// As [`wait`], without waiting: the places of those that can be read now.
///
/// # Errors
///
/// As there.
pub fn try_wait<F: AsFd>(these: &[F]) -> io::Result<Vec<usize>> {
    look(these, Some(Duration::ZERO)).map(Option::unwrap_or_default)
}

/// As [`wait`], at most for `timeout`: none if the time is up.
///
/// # Errors
///
/// As there.
pub fn wait_timeout<F: AsFd>(these: &[F], timeout: Duration) -> io::Result<Vec<usize>> {
    wait_until(these, Instant::now().checked_add(timeout))
}

/// As [`wait`], until an instant.
///
/// # Errors
///
/// As there.
pub fn wait_deadline<F: AsFd>(these: &[F], deadline: Instant) -> io::Result<Vec<usize>> {
    wait_until(these, Some(deadline))
}

fn wait_until<F: AsFd>(these: &[F], deadline: Option<Instant>) -> io::Result<Vec<usize>> {
    if these.is_empty() {
        return Ok(Vec::new());
    }
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if let Some(ready) = look(these, left)? {
            return Ok(ready);
        }
    }
}

/// `None` if a signal came first.
fn look<F: AsFd>(these: &[F], timeout: Option<Duration>) -> io::Result<Option<Vec<usize>>> {
    let mut fds: Vec<_> = these
        .iter()
        .map(|this| PollFd::from_borrowed_fd(this.as_fd(), PollFlags::IN))
        .collect();
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    match poll(&mut fds, timeout.as_ref()) {
        Ok(_) => {}
        Err(Errno::INTR) => return Ok(None),
        Err(errno) => return Err(errno.into()),
    }
    let ready = fds.iter().enumerate();
    let ready = ready.filter(|(_, fd)| !fd.revents().is_empty());
    Ok(Some(ready.map(|(place, _)| place).collect()))
}

/// As [`wait`], for async tasks. It needs a descriptor for each of them while it waits, and one more.
///
/// # Errors
///
/// As there.
pub async fn wait_async<F: AsFd>(these: &[F]) -> io::Result<Vec<usize>> {
    let ready = try_wait(these)?;
    if !ready.is_empty() || these.is_empty() {
        return Ok(ready);
    }
    let all = epoll::create(CreateFlags::CLOEXEC)?;
    let mut copies = Vec::with_capacity(these.len());
    for this in these {
        // The same descriptor cannot be in there twice.
        let copy = dup(this)?;
        epoll::add(&all, &copy, EventData::new_u64(0), EventFlags::IN)?;
        copies.push(copy);
    }
    let all = Socket::new(Arc::new(all));
    loop {
        all.wait_async(Interest::Read).await?;
        let ready = try_wait(these)?;
        if !ready.is_empty() {
            return Ok(ready);
        }
        // Somebody else was faster. Others get their turn.
        let mut yielded = false;
        poll_fn(|context| {
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}
