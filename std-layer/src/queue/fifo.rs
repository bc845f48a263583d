//! The queue itself: its state, and what never waits.
//!
//! # Why this shape
//!
//! Two semaphores count what may be taken and what may be put; whoever has a permit enters a mutex for a few instructions and moves an item. The waiting is all in the
//! semaphores, which have the five forms and lose no wake-up, whether a thread gives up or a future is dropped; and no future ever waits for the mutex, so a task that is
//! slow to be polled holds up nobody inside it.
//!
//! Invariants, with the mutex held by nobody and `taking`, `putting` being the permits in the hands of callers:
//!
//! 1. open: `items` + taking = length, and where there is a capacity, `spaces` + putting = capacity - length.
//! 2. shut down: there is at least one permit more than that in both. It ends every wait: who takes it finds that there is nothing to do, and
//!    drops it, which passes it on.

use std::collections::VecDeque;
use std::fmt;

use crate::threading::{Event, Mutex, Semaphore};

/// The most items of a queue: its semaphores count to 2^31 - 1, one of these for [`Queue::shutdown`].
const MOST: usize = (1 << 31) - 2;

/// A first-in, first-out queue for many producers and many consumers, threads and tasks alike.
///
/// # When to choose it
///
/// To hand work or results over, and to keep producers from running far ahead of consumers: give it a capacity.
///
/// # Behaviour
///
/// Items leave in the order in which they entered. Producers wait while the queue is full, consumers while it is empty; a consumer that is
/// not waiting may be faster than one that waits already (no fairness among callers). One item wakes one waiter; if that is a task, the item
/// stays until the task is polled, or another caller comes by. A queue allocates only to grow, and may be in a `static`.
///
/// It also counts tasks: each item put is one more to do, each [`task_done`](Self::task_done) one fewer, and
/// [`join`](Self::join) waits until nothing is left (rows Q-13 to Q-15).
///
/// [`shutdown`](Self::shutdown) ends all waiting (row X-11).
///
/// # From interrupts and signal handlers
///
/// No. Destructors of items may use the queue: no item is dropped while it is locked (row Q-18).
///
/// # Cancel and timeout
///
/// Dropping the future of [`get_async`](Self::get_async) takes nothing. Dropping that of [`put_async`](Self::put_async) puts nothing
/// and drops the item that it was given. Neither loses another caller's wake-up.
///
/// # Panics
///
/// A queue holds at most 2^31 - 2 items; putting one more into a queue without capacity panics.
///
/// # Examples
///
/// ```
/// use selvedge::queue::Queue;
///
/// let queue = Queue::new(2);
/// std::thread::scope(|scope| {
///     scope.spawn(|| {
///         for number in 1..=10 {
///             queue.put(number).unwrap(); // waits while two are in it
///         }
///         queue.shutdown(false);
///     });
///     let mut sum = 0;
///     while let Ok(number) = queue.get() {
///         sum += number;
///     }
///     assert_eq!(sum, 55);
/// });
/// ```
///
/// # Relation to Python
///
/// `queue.Queue` with the shutdown of 3.13. Not here: writing `maxsize` of a living queue, and its mutex and conditions (row Q-16).
pub struct Queue<T> {
    pub(super) state: Mutex<State<T>>,
    /// 0: none.
    capacity: usize,
    /// What may be taken.
    pub(super) items: Semaphore,
    /// What may be put, if there is a capacity.
    pub(super) spaces: Semaphore,
    /// Set when the last task is done, taken down when there is one to do again.
    pub(super) all_done: Event,
}

/// What the mutex guards.
pub(super) struct State<T> {
    pub(super) items: VecDeque<T>,
    /// Put and not reported as done.
    pub(super) unfinished: usize,
    pub(super) shut: bool,
}

impl<T> Queue<T> {
    /// An empty queue for at most `capacity` items at a time; 0 for as many as memory holds (row Q-01).
    ///
    /// # Panics
    ///
    /// If `capacity` is more than 2^31 - 2.
    ///
    /// # Examples
    ///
    /// ```
    /// use selvedge::queue::Queue;
    ///
    /// static LOG: Queue<String> = Queue::new(0);
    /// LOG.put("hello".to_owned()).unwrap();
    /// assert_eq!(LOG.get().unwrap(), "hello");
    /// ```
    pub const fn new(capacity: usize) -> Self {
        assert!(capacity <= MOST, "a queue holds at most 2^31 - 2 items");
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                unfinished: 0,
                shut: false,
            }),
            capacity,
            items: Semaphore::new(0),
            spaces: Semaphore::new(capacity as u32),
            all_done: Event::new(),
        }
    }

    /// How many items it can hold; `None` if there is no limit but memory (Python: `maxsize`).
    pub const fn capacity(&self) -> Option<usize> {
        match self.capacity {
            0 => None,
            capacity => Some(capacity),
        }
    }

    /// How many items are in it now. Others may change that before the caller can look at it (row Q-07).
    pub fn len(&self) -> usize {
        self.state.lock().items.len()
    }

    /// Whether nothing is in it now; see [`len`](Self::len).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room in it now; never without a capacity. See [`len`](Self::len).
    pub fn is_full(&self) -> bool {
        self.capacity()
            .is_some_and(|capacity| self.len() >= capacity)
    }

    /// Whether [`shutdown`](Self::shutdown) was called.
    pub fn is_shut_down(&self) -> bool {
        self.state.lock().shut
    }

    /// Shuts the queue down: whoever waits to put, and whoever puts from now on, gets the item back (row X-11).
    ///
    /// Without `immediate`, what is in the queue can still be taken, and then `get` reports [`ShutDown`](super::ShutDown). With `immediate`, it is discarded:
    /// `get` reports the shutdown at once, and the discarded items count as done, so that [`join`](Self::join) waits for those only that were taken.
    ///
    /// It may be called again, with `immediate` as well. Never waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use selvedge::queue::{Queue, ShutDown};
    ///
    /// let queue = Queue::new(0);
    /// queue.put('a').unwrap();
    /// queue.shutdown(false);
    /// assert_eq!(queue.put('b').unwrap_err().into_inner(), 'b');
    /// assert_eq!(queue.get(), Ok('a'));
    /// assert_eq!(queue.get(), Err(ShutDown));
    /// ```
    pub fn shutdown(&self, immediate: bool) {
        let mut state = self.state.lock();
        let again = std::mem::replace(&mut state.shut, true);
        let mut discarded = VecDeque::new();
        if immediate {
            discarded = std::mem::take(&mut state.items);
            self.subtract(&mut state, discarded.len());
        }
        drop(state);
        if !again {
            // Invariant 2.
            self.items.release(1);
            self.spaces.release(1);
        }
        drop(discarded); // here, where the queue is not locked
    }

    /// Adds an item; the caller has room for it.
    pub(super) fn push(&self, state: &mut State<T>, item: T) {
        assert!(
            state.items.len() < MOST,
            "a queue holds at most 2^31 - 2 items"
        );
        state.items.push_back(item);
        if state.unfinished == 0 {
            self.all_done.clear();
        }
        state.unfinished += 1;
    }

    /// So many tasks fewer, or none left. (Items may be in the queue that were reported as done before anybody took them.)
    pub(super) fn subtract(&self, state: &mut State<T>, tasks: usize) {
        state.unfinished = state.unfinished.saturating_sub(tasks);
        if state.unfinished == 0 {
            self.all_done.set();
        }
    }
}

/// A queue without a capacity.
impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Queue");
        text.field("capacity", &self.capacity());
        match self.state.try_lock() {
            Some(state) => text
                .field("len", &state.items.len())
                .field("unfinished", &state.unfinished)
                .field("shut_down", &state.shut)
                .finish(),
            None => text.finish_non_exhaustive(),
        }
    }
}
