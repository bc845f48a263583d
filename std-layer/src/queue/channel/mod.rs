//! A queue in two halves that close it when they go.

mod iter;
mod receiver;
mod sender;

use std::sync::Arc;

pub use iter::{Drain, IntoIter, Iter};
pub use receiver::Receiver;
pub use sender::Sender;

use super::Queue;

/// A queue for at most `capacity` items at a time (0 for as many as memory holds), as two handles: who has a [`Sender`] can put, who has a [`Receiver`] can get.
///
/// Both can be cloned and sent to other threads and tasks. When the last sender is dropped, the receivers get what is left and then [`ShutDown`](super::ShutDown): nobody has to say "that was all".
/// When the last receiver is dropped, what is left is dropped, and senders get their items back: nobody works for nothing.
///
/// # Choosing
///
/// A [`Queue`] behind a reference, in a `static` or in an `Arc` is one pointer less, and closed by [`shutdown`](Queue::shutdown) alone. Use it where the ends do not belong to anybody.
///
/// # Panics
///
/// If `capacity` is more than the queue can hold; see [`Queue::new`].
///
/// # Examples
///
/// ```
/// use selvedge::queue::channel;
///
/// let (sender, receiver) = channel(4);
/// std::thread::scope(|scope| {
///     for worker in 0..3 {
///         let sender = sender.clone();
///         scope.spawn(move || {
///             for n in 0..10 {
///                 sender.put(worker * 10 + n).unwrap();
///             }
///         });
///     }
///     drop(sender); // the workers have theirs
///     assert_eq!(receiver.iter().sum::<i32>(), (0..30).sum());
/// });
/// ```
///
/// The other way round, a worker ends because nobody listens any more:
///
/// ```
/// use selvedge::queue::channel;
///
/// let (sender, receiver) = channel(1);
/// let worker = std::thread::spawn(move || (0..).find(|n| sender.put(*n).is_err()));
/// assert_eq!(receiver.get(), Ok(0));
/// drop(receiver);
/// assert!(worker.join().unwrap().is_some());
/// ```
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let queue = Arc::new(Queue::new(capacity));
    (
        Sender::new(Arc::clone(&queue), Last::new(&queue, false)),
        Receiver::new(Arc::clone(&queue), Last::new(&queue, true)),
    )
}

/// What all handles of one side share: goes with the last of them, and shuts the queue down.
struct Last<T> {
    queue: Arc<Queue<T>>,
    immediate: bool,
}

impl<T> Last<T> {
    fn new(queue: &Arc<Queue<T>>, immediate: bool) -> Arc<Self> {
        Arc::new(Self {
            queue: Arc::clone(queue),
            immediate,
        })
    }
}

impl<T> Drop for Last<T> {
    fn drop(&mut self) {
        self.queue.shutdown(self.immediate);
    }
}
