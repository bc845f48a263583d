//! One producer and one consumer in bad company: destructors that panic, futures and ends that are forgotten.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use selvedge::port::Parking;
use selvedge_core::queue::{ShutDown, Spsc, TryGetError, TryPutError};

/// Counts while it lives; number 13 panics when it goes.
struct Item(u32, Arc<AtomicU32>);

impl Item {
    fn new(number: u32, living: &Arc<AtomicU32>) -> Self {
        living.fetch_add(1, Relaxed);
        Self(number, Arc::clone(living))
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Relaxed);
        if self.0 == 13 && !std::thread::panicking() {
            // Not `panic!`, which would print.
            resume_unwind(Box::new("unlucky"));
        }
    }
}

fn panics(call: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(call)).is_err()
}

/// A consumer that goes in the middle of dropping items has gone; what it did not drop goes with the producer.
#[test]
fn a_destructor_panics_as_the_consumer_goes() {
    let living = Arc::new(AtomicU32::new(0));
    let queue = Spsc::<Parking, Item, 4>::new();
    let (mut producer, consumer) = queue.try_split().unwrap();
    for number in [1, 13, 2, 3] {
        assert!(producer.try_put(Item::new(number, &living)).is_ok());
    }
    assert!(panics(|| drop(consumer)));
    assert!(producer.is_disconnected());
    let put = producer.try_put(Item::new(4, &living));
    assert!(matches!(put, Err(TryPutError::ShutDown(_))));
    drop(put);
    assert_eq!(living.load(Relaxed), 2);
    drop(producer);
    assert_eq!(living.load(Relaxed), 0);
    assert!(queue.try_split().is_some());
}

/// The last end to go drops everything, and leaves a queue that can be split again.
#[test]
fn a_destructor_panics_as_the_last_end_goes() {
    let living = Arc::new(AtomicU32::new(0));
    let queue = Spsc::<Parking, Item, 4>::new();
    for _ in 0..3 {
        let (mut producer, mut consumer) = queue.try_split().unwrap();
        for number in [1, 13, 2] {
            assert!(producer.try_put(Item::new(number, &living)).is_ok());
        }
        drop(producer);
        assert!(consumer.try_get().is_ok_and(|item| item.0 == 1));
        assert!(panics(|| drop(consumer)));
        assert_eq!((living.load(Relaxed), queue.len()), (0, 0));
    }
    let mut queue = queue;
    {
        let (mut producer, consumer) = queue.split();
        for number in [1, 13, 2] {
            assert!(producer.try_put(Item::new(number, &living)).is_ok());
        }
        std::mem::forget((producer, consumer));
    }
    assert!(panics(|| drop(queue)));
    assert_eq!(living.load(Relaxed), 0);
}

struct Flag(AtomicU32);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// A future that was forgotten while it waited does not have the wake-up of one that came later.
#[test]
fn a_future_is_forgotten() {
    let queue = Box::leak(Box::new(Spsc::<Parking, u32, 1>::new()));
    let poll = |future: std::pin::Pin<&mut dyn Future<Output = Result<u32, ShutDown>>>| {
        let flag = Arc::new(Flag(AtomicU32::new(0)));
        let waker = Waker::from(Arc::clone(&flag));
        (future.poll(&mut Context::from_waker(&waker)), flag)
    };
    {
        let (producer, mut consumer) = queue.split();
        {
            let mut get = Box::pin(consumer.get_async());
            assert!(poll(get.as_mut()).0.is_pending());
            std::mem::forget(get);
        }
        std::mem::forget((producer, consumer));
    }
    let (mut producer, mut consumer) = queue.split();
    let mut get = Box::pin(consumer.get_async());
    let (pending, flag) = poll(get.as_mut());
    assert!(pending.is_pending());
    assert_eq!(producer.try_put(1), Ok(()));
    assert_eq!(flag.0.load(Relaxed), 1);
    assert_eq!(poll(get.as_mut()).0, Poll::Ready(Ok(1)));
}

/// A forgotten end is there for ever: the other one waits for it, or is refused, but is told nothing wrong.
#[test]
fn an_end_is_forgotten() {
    let mut queue = Spsc::<Parking, u32, 1>::new();
    {
        let (mut producer, consumer) = queue.try_split().unwrap();
        std::mem::forget(consumer);
        assert_eq!(producer.try_put(1), Ok(()));
        assert_eq!(producer.try_put(2), Err(TryPutError::Full(2)));
        assert!(!producer.is_disconnected());
    }
    assert!(queue.try_split().is_none());
    let (producer, mut consumer) = queue.split();
    assert_eq!(consumer.try_get(), Ok(1));
    assert_eq!(consumer.try_get(), Err(TryGetError::Empty));
    drop(producer);
    assert_eq!(consumer.try_get(), Err(TryGetError::ShutDown));
}
