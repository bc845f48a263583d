//! What the handle of a pool, its workers and its tasks share.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_utils::CachePadded;
use selvedge_core::queue::{Store, TryPutError};
use selvedge_core::raw::{RawIdle, Roused, Segments};

use super::bounded::Room;
use super::places::Places;
use super::priority::Heap;
use super::roster::Roster;
use super::slots::Slots;
use super::worker::Worker;
use crate::concurrent::futures::executor::SubmitErrorKind;
use crate::concurrent::futures::task::TaskRef;
use crate::concurrent::futures::{BrokenExecutor, TaskError};
use crate::port::Native;
use crate::threading::Mutex;

pub(super) type Initializer =
    dyn Fn() -> Result<(), Box<dyn std::error::Error + Send + Sync>> + Send + Sync;

/// What the builder says.
pub(super) struct Options {
    pub(super) max_workers: usize,
    pub(super) prefix: Arc<str>,
    pub(super) initializer: Option<Box<Initializer>>,
    pub(super) keep_alive: Option<Duration>,
    pub(super) stack_size: Option<usize>,
    pub(super) lifo: bool,
    pub(super) spares: usize,
    pub(super) capacity: Option<usize>,
}

/// Tasks are taken.
pub(super) const OPEN: u8 = 0;
/// Shut down.
pub(super) const SHUT: u8 = 1;
/// Shut down by the exit of the process.
pub(super) const EXITING: u8 = 2;
/// The initializer has failed.
pub(super) const BROKEN: u8 = 3;
/// This is the child of a fork: the workers are not here.
pub(super) const FORKED: u8 = 4;

/// One pool.
pub(crate) struct Shared {
    pub(super) places: Places,
    pub(super) idle: CachePadded<RawIdle<Native>>,
    /// One of the constants above. One role: why tasks are refused. Goes up only, but for the first; what is refused was not put, so it orders nothing but [`broken`](Self::broken), by Release and Acquire.
    pub(super) gate: AtomicU8,
    /// More workers are awake than there should be. One role: a hint to workers to look into the roster; Relaxed.
    pub(super) is_crowded: AtomicBool,
    /// Whether the exit of the process knows it. One role: to list it once; Relaxed.
    pub(super) is_listed: AtomicBool,
    pub(super) room: Option<Room>,
    pub(super) broken: OnceLock<BrokenExecutor>,
    pub(super) roster: Mutex<Roster>,
    pub(super) options: Options,
    id: u32,
}

/// The number of the next pool. One role; 0 stands for no pool.
static IDS: AtomicU32 = AtomicU32::new(1);

impl Shared {
    pub(super) fn new(options: Options) -> Arc<Self> {
        let limit = options.max_workers.saturating_add(options.spares);
        let limit = limit.min(selvedge_core::raw::MAX_WORKERS as usize);
        let idle = CachePadded::new(RawIdle::new());
        idle.may_grow(true);
        Arc::new(Self {
            places: Places {
                queue: Segments::new(),
                heap: Heap::default(),
                slots: Slots::new(limit, options.lifo),
            },
            idle,
            gate: AtomicU8::new(OPEN),
            is_crowded: AtomicBool::new(false),
            is_listed: AtomicBool::new(false),
            room: options.capacity.map(Room::new),
            broken: OnceLock::new(),
            roster: Mutex::new(Roster::default()),
            options,
            id: IDS.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// The owner of its tasks.
    #[inline]
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// How many tasks it runs at the same time, at most.
    #[inline]
    pub(crate) fn max_workers(&self) -> usize {
        self.options.max_workers
    }

    /// Whether the calling thread is one of its workers.
    #[inline]
    pub(crate) fn is_current(&self) -> bool {
        Worker::with_current(|worker| std::ptr::eq(&**worker.shared(), self)).unwrap_or(false)
    }

    /// Why it takes no tasks, if it does not.
    #[inline]
    pub(crate) fn refusal(&self) -> Option<SubmitErrorKind> {
        match self.gate.load(Ordering::Acquire) {
            OPEN => None,
            gate => Some(self.why(gate)),
        }
    }

    #[cold]
    fn why(&self, gate: u8) -> SubmitErrorKind {
        match gate {
            FORKED => SubmitErrorKind::Forked,
            EXITING => SubmitErrorKind::ProcessExit,
            BROKEN => match self.broken.get() {
                Some(broken) => SubmitErrorKind::Broken(broken.clone()),
                None => SubmitErrorKind::Shutdown,
            },
            _ => SubmitErrorKind::Shutdown,
        }
    }

    /// Puts a task where workers find it, and sees to it that one looks. It comes back if the pool takes no more.
    ///
    /// Never blocks, whatever bound the pool has. It may start a thread.
    #[inline]
    pub(crate) fn push(self: &Arc<Self>, task: TaskRef) -> Result<(), TaskRef> {
        let mut task = Some(task);
        let roused = Worker::with_current(|worker| {
            if !std::ptr::eq(&**worker.shared(), &**self)
                || self.gate.load(Ordering::Relaxed) != OPEN
            {
                return None;
            }
            worker.push(task.take()?);
            // The worker itself looks there before it ends, so this cannot come too late.
            Some(self.idle.added_by_a_store())
        });
        let roused = match (roused.flatten(), task) {
            (Some(roused), _) => roused,
            (None, Some(task)) => {
                self.places
                    .queue
                    .try_put(task)
                    .map_err(TryPutError::into_inner)?;
                self.idle.added()
            }
            (None, None) => return Ok(()),
        };
        if roused == Roused::Grow {
            self.grow();
        }
        Ok(())
    }

    /// As [`push`](Self::push), for a task that comes before or after others.
    pub(super) fn push_with_priority(
        self: &Arc<Self>,
        task: TaskRef,
        priority: i32,
    ) -> Result<(), TaskRef> {
        if priority == 0 {
            return self.push(task);
        }
        self.places.heap.push(task, priority)?;
        if self.idle.added() == Roused::Grow {
            self.grow();
        }
        Ok(())
    }

    /// There is a task, perhaps, and nobody was told of it.
    pub(super) fn rouse(self: &Arc<Self>) {
        if self.places.is_any() && self.idle.added_by_a_store() == Roused::Grow {
            self.grow();
        }
    }

    /// A task was taken from where it waited: there is room for another one.
    #[inline]
    pub(super) fn note_taken(&self, task: &TaskRef) {
        if let Some(room) = &self.room {
            room.note_taken(task);
        }
    }

    /// Takes everything that waits.
    pub(super) fn clear(&self, mut end: impl FnMut(TaskRef) -> bool) -> usize {
        let mut ended = 0;
        while let Some(task) = self.places.take_any() {
            self.note_taken(&task);
            ended += usize::from(end(task));
        }
        ended
    }

    /// No thread can be had, and there is none: what waits fails.
    #[cold]
    pub(super) fn fail_all(&self, why: &str) {
        self.clear(|task| task.fail(TaskError::Failed(why.into())));
    }
}
