//! Core's queues, between the threads and tasks of this process.

use selvedge_core::queue;
use selvedge_core::raw::Segments;

use crate::port::Native;

/// A queue of any [`Store`](queue::Store): put one of your own behind this, and it has all the waiting (row Q-17).
pub type QueueOf<S> = queue::Queue<Native, S>;

/// A first-in, first-out queue for many producers and many consumers, threads and tasks alike: Python's `queue.Queue` (rows Q-01, Q-07 to Q-15) with the shutdown of 3.13 (row X-11).
///
/// # When to choose it
///
/// To hand work or results over, and to keep producers from running far ahead of consumers: give it a capacity. `Queue::new(capacity)` is `const`; 0 is for as many items as memory holds.
///
/// # Behaviour
///
/// Items leave in the order in which they entered. Producers wait while the queue is full, consumers while it is empty; a consumer that is not waiting may be faster than one that waits already (no fairness among callers). A
/// bounded queue allocates once, at the first put; an unbounded one as it grows, and gives memory back as it shrinks. Every call, its errors and what it promises are on [`queue::Queue`].
///
/// # From signal handlers
///
/// No.
///
/// # Relation to Python
///
/// Not here: writing `maxsize` of a living queue, and its mutex and conditions (row Q-16). The extension points of row Q-17 are [`Store`](queue::Store) and [`QueueOf`].
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
///     assert_eq!(queue.iter().sum::<i32>(), 55);
/// });
/// ```
pub type Queue<T> = QueueOf<queue::Fifo<T>>;

/// A queue of which the last item put is the first to go: Python's `queue.LifoQueue` (row Q-02).
///
/// `LifoQueue::new(capacity)` is `const`; 0 is for as many items as memory holds. It has the forms of every queue: see [`Queue`](queue::Queue).
///
/// ```
/// use selvedge::queue::LifoQueue;
///
/// static RECENT: LifoQueue<String> = LifoQueue::new(0);
/// RECENT.put("old".into()).unwrap();
/// RECENT.put("new".into()).unwrap();
/// assert_eq!(RECENT.get().unwrap(), "new");
/// ```
pub type LifoQueue<T> = QueueOf<queue::Lifo<Native, T>>;

/// A queue of which the smallest item is the first to go, and among equals the one that was put first: Python's `queue.PriorityQueue` (row Q-03), but stable.
///
/// `PriorityQueue::new(capacity)` is `const`; 0 is for as many items as memory holds. It has the forms of every queue: see [`Queue`](queue::Queue). For the greatest first, put [`std::cmp::Reverse`].
///
/// # Panics
///
/// If a comparison of two items panics, the panic goes to the caller of put or get, and the queue is as it was before: nothing was put, or taken, or counted (row Q-04). A comparison must not use the queue whose items it compares: that
/// waits for ever.
///
/// ```
/// use selvedge::queue::PriorityQueue;
///
/// let jobs = PriorityQueue::new(0);
/// jobs.put((2, "sweep")).unwrap();
/// jobs.put((1, "put out the fire")).unwrap();
/// assert_eq!(jobs.get(), Ok((1, "put out the fire")));
/// ```
pub type PriorityQueue<T> = QueueOf<queue::Priority<Native, T>>;

/// A queue without a limit whose put never waits and always succeeds: Python's `queue.SimpleQueue` (rows Q-05, Q-19, Q-20). It knows no tasks and no shutdown. See [`SimpleQueue`](queue::SimpleQueue) in core.
///
/// A put may come from a destructor, also from that of an item that was in the very queue (row Q-18).
///
/// ```
/// use selvedge::queue::SimpleQueue;
///
/// static EVENTS: SimpleQueue<&str> = SimpleQueue::new();
///
/// std::thread::spawn(|| EVENTS.put("it has begun"));
/// assert_eq!(EVENTS.get(), "it has begun");
/// ```
pub type SimpleQueue<T> = queue::SimpleQueue<Native, Segments<T>>;

/// A queue of `N` places between one producer and one consumer, whose `try_` forms are wait-free; see [`Spsc`](queue::Spsc) in core.
///
/// ```
/// use selvedge::queue::Spsc;
///
/// let mut samples = Spsc::<f32, 64>::new();
/// let (mut producer, mut consumer) = samples.split();
/// std::thread::scope(|scope| {
///     scope.spawn(move || (0..100).for_each(|n| producer.put(n as f32).unwrap()));
///     assert_eq!(consumer.iter().sum::<f32>(), 4950.0);
/// });
/// ```
pub type Spsc<T, const N: usize> = queue::Spsc<Native, T, N>;

/// The end of a [`Spsc`] that puts.
pub type Producer<'a, T, const N: usize> = queue::Producer<'a, Native, T, N>;

/// The end of a [`Spsc`] that gets.
pub type Consumer<'a, T, const N: usize> = queue::Consumer<'a, Native, T, N>;
