//! A few static tasks that work off a static queue: the little sister of a thread pool.

use core::ffi::CStr;
use core::fmt;

use selvedge_core::queue::{FifoQueue, PutError};

use crate::Oneshot;
use crate::port::FreeRtos;
use crate::task::{SpawnError, TaskSlot};

/// One piece of work.
struct Job<A, R: 'static> {
    function: fn(A) -> R,
    argument: A,
    reply: &'static Oneshot<R>,
}

type Jobs<A, R, const QUEUE: usize> = FifoQueue<FreeRtos, Job<A, R>, QUEUE>;
type Worker<A, R, const QUEUE: usize, const STACK: usize> =
    TaskSlot<&'static Jobs<A, R, QUEUE>, (), STACK>;

/// So many tasks, with stacks of so many bytes, and a queue for so many jobs. In a `static`.
///
/// ```ignore
/// static POOL: Pool<u32, u32, 2, 8, 2048> = Pool::new(c"worker", 2);
/// static REPLY: Oneshot<u32> = Oneshot::new();
///
/// POOL.start().unwrap();
/// POOL.submit(|n| n * n, 7, &REPLY).unwrap();
/// assert_eq!(REPLY.take(), Ok(49));
/// ```
pub struct Pool<A: 'static, R: 'static, const TASKS: usize, const QUEUE: usize, const STACK: usize>
{
    name: &'static CStr,
    priority: u32,
    jobs: Jobs<A, R, QUEUE>,
    workers: [Worker<A, R, QUEUE, STACK>; TASKS],
}

impl<A: Send + 'static, R: Send, const TASKS: usize, const QUEUE: usize, const STACK: usize>
    Pool<A, R, TASKS, QUEUE, STACK>
{
    /// A pool that does not work yet; its tasks will have this name and priority.
    pub const fn new(name: &'static CStr, priority: u32) -> Self {
        Self {
            name,
            priority,
            jobs: FifoQueue::new(),
            workers: [const { TaskSlot::new(c"", 0) }; TASKS],
        }
    }

    /// Starts the tasks.
    pub fn start(&'static self) -> Result<(), SpawnError<()>> {
        for worker in &self.workers {
            // They end by `shutdown`, and nobody waits for that.
            let spawned = worker.spawn_as(self.name, self.priority, work, &self.jobs);
            spawned.map_err(|error| match error {
                SpawnError::Busy(_) => SpawnError::Busy(()),
                SpawnError::InHandler(_) => SpawnError::InHandler(()),
                SpawnError::NoRoom(_) => SpawnError::NoRoom(()),
            })?;
        }
        Ok(())
    }

    /// Hands in a job, waiting for room in the queue; its result will be in `reply`, which is new or was [renewed](Oneshot::renew). One that is cancelled before a task has come to it is not done. The argument comes
    /// back once the pool has been shut down.
    pub fn submit(
        &'static self,
        function: fn(A) -> R,
        argument: A,
        reply: &'static Oneshot<R>,
    ) -> Result<(), PutError<A>> {
        let job = Job {
            function,
            argument,
            reply,
        };
        self.jobs
            .put(job)
            .map_err(|PutError(job)| PutError(job.argument))
    }

    /// As [`submit`](Self::submit), without waiting: from interrupt handlers, too.
    pub fn try_submit(
        &'static self,
        function: fn(A) -> R,
        argument: A,
        reply: &'static Oneshot<R>,
    ) -> Result<(), A> {
        let job = Job {
            function,
            argument,
            reply,
        };
        self.jobs
            .try_put(job)
            .map_err(|error| error.into_inner().argument)
    }

    /// Takes no more jobs. What is in the queue is done yet; then the tasks end, and [`start`](Self::start) is of no use any more.
    pub fn shutdown(&'static self) {
        self.jobs.shutdown(false);
    }
}

fn work<A, R, const QUEUE: usize>(jobs: &'static Jobs<A, R, QUEUE>) {
    while let Ok(Job {
        function,
        argument,
        reply,
    }) = jobs.get()
    {
        if reply.start() != Ok(false) {
            // Refused if somebody has used it for something else meanwhile.
            drop(reply.set(function(argument)));
        }
    }
}

impl<A: 'static, R, const TASKS: usize, const QUEUE: usize, const STACK: usize> fmt::Debug
    for Pool<A, R, TASKS, QUEUE, STACK>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.name)
            .field("tasks", &TASKS)
            .finish_non_exhaustive()
    }
}
