//! Row X-11: shutting a queue down.

mod queue_support;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use queue_support::{a_moment, block_on, watched};
use selvedge::queue::{
    GetTimeoutError, PutError, PutTimeoutError, Queue, ShutDown, TooManyTasksDone, TryGetError,
    TryPutError,
};

/// What is in the queue can still be taken; nothing can be put.
#[test]
fn drains() {
    watched(|| {
        let queue = Queue::new(3);
        queue.put(1).unwrap();
        queue.put(2).unwrap();
        assert!(!queue.is_shut_down());
        queue.shutdown(false);
        assert!(queue.is_shut_down());
        assert_eq!(queue.put(9), Err(PutError(9)));
        assert_eq!(queue.try_put(9), Err(TryPutError::ShutDown(9)));
        assert_eq!(
            queue.put_timeout(9, Duration::ZERO),
            Err(PutTimeoutError::ShutDown(9))
        );
        assert_eq!(
            queue.put_deadline(9, Instant::now()),
            Err(PutTimeoutError::ShutDown(9))
        );
        assert_eq!(block_on(queue.put_async(9)), Err(PutError(9)));
        assert_eq!(queue.get(), Ok(1));
        assert_eq!(queue.try_get(), Ok(2));
        for _ in 0..3 {
            assert_eq!(queue.get(), Err(ShutDown));
            assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
            assert_eq!(
                queue.get_timeout(Duration::ZERO),
                Err(GetTimeoutError::ShutDown)
            );
            assert_eq!(
                queue.get_deadline(Instant::now()),
                Err(GetTimeoutError::ShutDown)
            );
            assert_eq!(block_on(queue.get_async()), Err(ShutDown));
        }
        // Items that were taken are still to be done.
        assert!(queue.try_join().is_err());
        queue.task_done().unwrap();
        queue.task_done().unwrap();
        queue.join();
    });
}

/// A full queue says "shut down", not "full".
#[test]
fn full_and_shut_down() {
    let queue = Queue::new(1);
    queue.put(1).unwrap();
    queue.shutdown(false);
    assert_eq!(queue.try_put(2), Err(TryPutError::ShutDown(2)));
}

/// At once: what is in the queue goes, and counts as done; what was taken does not.
#[test]
fn discards() {
    watched(|| {
        let queue = Queue::new(0);
        for n in 0..5 {
            queue.put(n).unwrap();
        }
        queue.get().unwrap();
        queue.shutdown(true);
        assert_eq!(queue.len(), 0);
        assert_eq!(queue.get(), Err(ShutDown));
        assert_eq!(queue.unfinished_tasks(), 1);
        thread::scope(|scope| {
            let joiner = scope.spawn(|| queue.join());
            a_moment();
            assert!(!joiner.is_finished());
            queue.task_done().unwrap();
        });
        assert_eq!(queue.task_done(), Err(TooManyTasksDone));
    });
}

/// Items reported as done before they were taken do not count below zero.
#[test]
fn discards_what_is_done() {
    let queue = Queue::new(0);
    queue.put(1).unwrap();
    queue.put(2).unwrap();
    queue.task_done().unwrap();
    queue.task_done().unwrap();
    queue.shutdown(true);
    assert_eq!(queue.unfinished_tasks(), 0);
}

/// First in good order, then at once.
#[test]
fn again_and_at_once() {
    let queue = Queue::new(0);
    queue.put(1).unwrap();
    queue.shutdown(false);
    queue.shutdown(true);
    queue.shutdown(false);
    assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
    assert!(queue.try_join().is_ok());
}

/// Everybody who waits is woken, in whatever form: getters, putters (with their items), joiners.
#[test]
fn wakes_everybody() {
    for immediate in [false, true] {
        watched(move || {
            let empty = Queue::<u32>::new(1);
            let full = Queue::new(1);
            full.put(0).unwrap();
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| assert_eq!(empty.get(), Err(ShutDown)));
                    scope.spawn(|| {
                        let result = empty.get_timeout(Duration::MAX);
                        assert_eq!(result, Err(GetTimeoutError::ShutDown));
                    });
                    scope.spawn(|| assert_eq!(block_on(empty.get_async()), Err(ShutDown)));
                    scope.spawn(|| assert_eq!(full.put(1), Err(PutError(1))));
                    scope.spawn(|| {
                        let result = full.put_timeout(2, Duration::MAX);
                        assert_eq!(result, Err(PutTimeoutError::ShutDown(2)));
                    });
                    scope.spawn(|| assert_eq!(block_on(full.put_async(3)), Err(PutError(3))));
                }
                a_moment();
                empty.shutdown(immediate);
                full.shutdown(immediate);
            });
            // The item that was in it: done if discarded.
            assert_eq!(full.try_join().is_ok(), immediate);
        });
    }
}

/// Row Q-18: an item's destructor may use the queue, as it is discarded, too.
#[test]
fn destructors_may_use_the_queue() {
    struct Noisy(Arc<Queue<Noisy>>, Arc<Mutex<Vec<usize>>>);
    impl Drop for Noisy {
        fn drop(&mut self) {
            let mut seen = self.1.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(self.0.len());
        }
    }
    watched(|| {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let queue = Arc::new(Queue::new(0));
        for _ in 0..3 {
            let item = Noisy(Arc::clone(&queue), Arc::clone(&seen));
            assert!(queue.put(item).is_ok());
        }
        drop(queue.get());
        queue.shutdown(true);
        assert_eq!(*seen.lock().unwrap(), [2, 0, 0]);
    });
}
