//! A time limit for a task: the kernel's clock has a descriptor, which the reactor watches like any other. Nobody polls, and no thread is needed for it.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

use super::reactor::{self, Interest, Token};

/// It goes off once, and stays so.
pub(super) struct Alarm {
    /// None is never: longer than the kernel can tell.
    clock: Option<OwnedFd>,
    token: Option<Token>,
}

impl Alarm {
    /// One that goes off after this time.
    pub(super) fn new(timeout: Duration) -> io::Result<Self> {
        // The kernel takes zero for "never".
        let timeout = timeout.max(Duration::from_nanos(1));
        let clock = match Timespec::try_from(timeout) {
            Ok(it_value) => {
                let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
                let clock = timerfd_create(TimerfdClockId::Monotonic, flags)?;
                let once = Itimerspec {
                    it_interval: Timespec::default(),
                    it_value,
                };
                timerfd_settime(&clock, TimerfdTimerFlags::empty(), &once)?;
                Some(clock)
            }
            Err(_) => None,
        };
        Ok(Self { clock, token: None })
    }

    /// What the future comes to, or `None` if the alarm goes off before. The future is polled first, and once at least.
    pub(super) async fn limit<F: Future>(&mut self, future: F) -> io::Result<Option<F::Output>> {
        let mut future = pin!(future);
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Ok(Some(output))),
            Poll::Pending => self.poll(context).map(|rung| rung.map(|()| None)),
        })
        .await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.forget();
        let Some(clock) = &self.clock else {
            return Poll::Pending;
        };
        // How often it went off; there is nothing to read before. It is read once, as this is over then.
        let mut times = [0; 8];
        match rustix::io::read(clock, &mut times) {
            Ok(_) => return Poll::Ready(Ok(())),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
            Err(errno) => return Poll::Ready(Err(errno.into())),
        }
        match reactor::watch(clock.as_fd(), Interest::Read, context.waker().clone()) {
            Ok(token) => {
                self.token = Some(token);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn forget(&mut self) {
        if let (Some(token), Some(clock)) = (self.token.take(), &self.clock) {
            reactor::forget(token, clock.as_fd());
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.forget();
    }
}
