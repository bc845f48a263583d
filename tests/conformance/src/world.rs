//! What the suite asks of the system it runs on.

use core::future::Future;
use core::time::Duration;

use selvedge_core::port::Port;

use crate::tools;

/// A system under test: its port, and how a test uses it.
///
/// Methods take `&self`, so that a world may have settings; it is shared by all tasks of a rung.
pub trait World: Sized + Sync + 'static {
    /// The port.
    type Port: Port;

    /// Runs all of `tasks` side by side and returns when each has returned.
    ///
    /// Side by side: all must get on even while some of them wait for others, for ever if need be. Threads, RTOS tasks (of one priority, with time slices, if they
    /// spin) and cores all serve; the caller may run one of them itself. A panic in one of them must become known: by a panic of `run`, or by ending the test.
    fn run(&self, tasks: &[&(dyn Fn() + Sync)]);

    /// How many tasks [`run`](Self::run) can take. Rungs that need more are skipped, and said to be. At most 8 are ever asked for; 3 are enough for every rung.
    fn tasks(&self) -> usize;

    /// Gives the processor to others for a moment: a millisecond, a tick, or one turn where nothing better exists.
    fn nap(&self);

    /// Gives the processor to others, if there are any that want it.
    fn yield_now(&self);

    /// How often a loop is to run that a desktop machine runs `rounds` times: less on a slow core or an emulator, more for a long test. Not below 1.
    fn rounds(&self, rounds: u32) -> u32 {
        rounds
    }

    /// The span for time limits that are to run out: several grains of the clock, and short, because the suite waits for it often.
    fn moment(&self) -> Duration {
        Duration::from_millis(20)
    }

    /// Drives `future`; the waker must be the only reason to poll again, for a lost wake-up to show. The default gives way until it is woken; a port with an
    /// executor of its own tests more with that.
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        tools::block_on(self, future)
    }

    /// Called before each rung: says its name, winds up the watchdog.
    fn begins(&self, ladder: &'static str, rung: &'static str) {
        let _ = (ladder, rung);
    }

    /// Called after each rung that passed.
    fn ends(&self, ladder: &'static str, rung: &'static str) {
        let _ = (ladder, rung);
    }

    /// Called instead for a rung that needs more tasks than there are.
    fn skips(&self, ladder: &'static str, rung: &'static str) {
        let _ = (ladder, rung);
    }
}
