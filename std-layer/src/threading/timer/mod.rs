//! Functions that are called later.

mod builder;
mod clock;
mod outcome;
mod service;
mod slot;
mod storage;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use builder::TimerBuilder;
pub use outcome::CancelOutcome;
use slot::TimerPacket;

use super::sync::Event;
use super::thread_ref::{self, about_the_thread};
use super::{AlreadyStarted, JoinError, JoinTimeoutError, StartError, ThreadRef, TryJoinError};

/// Calls a function once, after an interval: Python's `threading.Timer` (rows T-95 to T-98).
///
/// ```
/// use std::sync::mpsc;
/// use std::time::{Duration, Instant};
/// use selvedge::threading::{CancelOutcome, Timer};
///
/// let (sender, receiver) = mpsc::channel();
/// let hello = Timer::new(Duration::from_millis(20), move || sender.send("hello, world").unwrap());
/// let never = Timer::new(Duration::from_secs(3600), || unreachable!());
/// hello.start().unwrap();
/// never.start().unwrap();
///
/// assert_eq!(never.cancel(), CancelOutcome::Cancelled);
/// hello.join().unwrap();
/// assert_eq!(receiver.recv().unwrap(), "hello, world");
/// assert!(hello.finished().is_set());
/// ```
///
/// * **A timer is a thread**, as in Python: from its start until its function has returned or it was cancelled it is alive, is listed by
///   [`enumerate`](super::enumerate) and has an ident; in its function [`current_thread`](super::current_thread) is the timer, with its name. Whether it is a
///   daemon is inherited from the thread that makes it. The process does not end before the timers that are not daemons have fired or were cancelled (row T-98).
/// * **It does not cost one.** All timers that wait share one thread of the system, which is made by the first start, and goes a while after the last timer. It
///   sleeps until the next deadline and polls nothing. Functions run on it while another thread takes over the clock: so many threads exist as functions run at
///   once, and one. They are reused: a `thread_local!` may hold what an earlier timer's function left there (values of a [`Local`](super::Local) end with the timer).
///   Its [`native_id`](Timer::native_id) is 0 while it waits.
/// * **Slow functions** delay no other timer, as long as no more than twice as many run as there are processors. When all of these are blocked and another timer is
///   due, it waits until one returns, for 5 ms at most; then twice as many may run, and so on. Ten thousand blocked functions delay the next one by some 60 ms in all.
/// * **Time.** The interval counts from the start, on the monotonic clock. A timer never fires early, not by a nanosecond; how late depends on the system. Timers fire in the
///   order of their deadlines, equal ones in the order of their starts, but two functions may run at the same time. Zero is due at once; an
///   interval beyond the clock's range (584 years from the first timer of the process) never comes.
/// * **Blocking.** Nothing but the joins and the waits for [`finished`](Timer::finished) blocks.
/// * **Panics** of the function go to the [excepthook](super::excepthook()) and end the timer; `finished` stays unset (row T-98). Other timers are not affected.
/// * **Dropping** the handle does not stop a timer that was started. A timer that was not started is gone with its last handle.
/// * **After a `fork`** the timers of the parent do not exist in the child: they are stopped there, and never fire. New ones can be started.
///
/// Handles can be cloned; all are the same timer.
#[derive(Clone)]
pub struct Timer {
    packet: Arc<TimerPacket>,
}

impl Timer {
    /// A timer that calls `function` after `interval`, once it is [started](Timer::start).
    ///
    /// What Python passes as `args` and `kwargs` is what the function captures.
    pub fn new(interval: Duration, function: impl FnOnce() + Send + 'static) -> Self {
        TimerBuilder::new().build(interval, function)
    }

    /// To choose a name, or whether it is a daemon.
    pub fn builder() -> TimerBuilder {
        TimerBuilder::new()
    }

    /// Starts to wait. Does nothing to a timer that was cancelled before (row T-96), apart from counting as the start.
    ///
    /// # Errors
    ///
    /// [`StartError::AlreadyStarted`] if it was started before, even if it is over. [`StartError::Os`] if a thread is needed and the system has none;
    /// nothing has changed then.
    pub fn start(&self) -> Result<(), StartError> {
        slot::start(&self.packet)
    }

    /// Keeps the function from being called, if it is not too late. The outcome tells: for each timer either the function is called, or one
    /// cancel returns [`Cancelled`](CancelOutcome::Cancelled), never both (row T-96).
    ///
    /// The timer is over when this returns, and its function has been dropped. Never blocks; may be called from any thread, also from the function itself, for which it is too late.
    pub fn cancel(&self) -> CancelOutcome {
        slot::cancel(&self.packet)
    }

    /// Set when the function has returned, or by the cancel that came in time. Stays unset if the function panics (rows T-97, T-98).
    ///
    /// It is there to be waited for; setting it does not stop the timer.
    #[must_use]
    pub fn finished(&self) -> &Event {
        &self.packet.slot.finished
    }

    /// The interval (row T-97).
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.packet.slot.interval
    }

    about_the_thread!(packet);

    /// Chooses whether the process may end before it has fired (row T-98).
    ///
    /// # Errors
    ///
    /// [`AlreadyStarted`] if it was started; nothing has changed.
    pub fn set_daemon(&self, daemon: bool) -> Result<(), AlreadyStarted> {
        thread_ref::set_daemon(&self.packet.core, daemon)
    }

    /// The timer as the thread that it is.
    #[must_use]
    pub fn thread(&self) -> ThreadRef {
        ThreadRef(self.packet.clone())
    }

    /// Waits until it is over: its function has returned or panicked, or it was cancelled. Any number of threads may do so, any number of times (row T-35).
    ///
    /// # Errors
    ///
    /// [`JoinError::NotStarted`]; [`JoinError::CurrentThread`] from its own function. A panic of the function is not an error here.
    pub fn join(&self) -> Result<(), JoinError> {
        thread_ref::wait(&self.packet.core)
    }

    /// As [`join`](Timer::join), without waiting.
    ///
    /// # Errors
    ///
    /// [`TryJoinError::Running`] if it is not over; otherwise as [`join`](Timer::join).
    pub fn try_join(&self) -> Result<(), TryJoinError> {
        self.thread().try_join()
    }

    /// As [`join`](Timer::join), for `timeout` at most. Zero looks once; the longest mean for ever.
    ///
    /// # Errors
    ///
    /// [`JoinTimeoutError::TimedOut`] if it is not over by then; otherwise as [`join`](Timer::join).
    pub fn join_timeout(&self, timeout: Duration) -> Result<(), JoinTimeoutError> {
        thread_ref::wait_until(&self.packet.core, Instant::now().checked_add(timeout))
    }

    /// As [`join_timeout`](Timer::join_timeout), until an instant.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn join_deadline(&self, deadline: Instant) -> Result<(), JoinTimeoutError> {
        thread_ref::wait_until(&self.packet.core, Some(deadline))
    }

    /// As [`join`](Timer::join), for tasks. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`JoinError::NotStarted`].
    pub fn join_async(&self) -> impl Future<Output = Result<(), JoinError>> + Send + use<> {
        let packet = self.packet.clone();
        async move { thread_ref::wait_async(&packet.core).await }
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer")
            .field("interval", &self.interval())
            .field("thread", &self.thread())
            .finish_non_exhaustive()
    }
}
