//! A queue in two halves: `channel`.

mod queue_support;

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use queue_support::{a_moment, block_on, poll_once, watched};
use selvedge::queue::{
    GetTimeoutError, PutError, PutTimeoutError, Receiver, Sender, ShutDown, TryGetError,
    TryPutError, channel,
};

/// The five forms of both sides, and the questions.
#[test]
fn has_the_forms_of_a_queue() {
    watched(|| {
        let (sender, receiver) = channel(2);
        assert_eq!(sender.as_queue().capacity(), Some(2));
        assert_eq!(receiver.try_get(), Err(TryGetError::Empty));
        let limit = Duration::from_millis(20);
        let begin = Instant::now();
        assert_eq!(receiver.get_timeout(limit), Err(GetTimeoutError::TimedOut));
        assert!(begin.elapsed() >= limit);
        let deadline = Instant::now() + limit;
        assert_eq!(
            receiver.get_deadline(deadline),
            Err(GetTimeoutError::TimedOut)
        );
        assert!(Instant::now() >= deadline);

        sender.put(1).unwrap();
        sender.try_put(2).unwrap();
        assert_eq!(sender.try_put(3), Err(TryPutError::Full(3)));
        assert_eq!(
            sender.put_timeout(3, Duration::ZERO),
            Err(PutTimeoutError::TimedOut(3))
        );
        assert_eq!(
            sender.put_deadline(3, Instant::now()),
            Err(PutTimeoutError::TimedOut(3))
        );
        assert_eq!(receiver.get(), Ok(1));
        assert_eq!(receiver.get_timeout(Duration::MAX), Ok(2));
        sender.put_timeout(3, Duration::MAX).unwrap();
        sender.put_deadline(4, Instant::now()).unwrap();
        assert_eq!(receiver.get_deadline(Instant::now()), Ok(3));
        assert_eq!(receiver.try_get(), Ok(4));
        block_on(async {
            sender.put_async(5).await.unwrap();
            assert_eq!(receiver.get_async().await, Ok(5));
        });
        for _ in 0..5 {
            receiver.task_done().unwrap();
        }
        sender.as_queue().join();
        assert!(receiver.task_done().is_err());
    });
}

/// After the last sender, and not before, receivers take what is left, and then hear that that was all.
#[test]
fn the_last_sender_closes() {
    watched(|| {
        let (sender, receiver) = channel(0);
        let other = sender.clone();
        sender.put('a').unwrap();
        drop(sender);
        assert!(!receiver.is_closed());
        other.put('b').unwrap();
        drop(other);
        assert!(receiver.is_closed());
        assert_eq!(receiver.get(), Ok('a'));
        assert_eq!(receiver.try_get(), Ok('b'));
        assert_eq!(receiver.get(), Err(ShutDown));
        assert_eq!(receiver.try_get(), Err(TryGetError::ShutDown));
        assert_eq!(
            receiver.get_timeout(Duration::ZERO),
            Err(GetTimeoutError::ShutDown)
        );
        assert_eq!(block_on(receiver.get_async()), Err(ShutDown));
    });
}

/// After the last receiver, and not before, senders get their items back, and what was in the channel is dropped.
#[test]
fn the_last_receiver_closes() {
    watched(|| {
        let token = Arc::new(());
        let (sender, receiver) = channel(3);
        let other = receiver.clone();
        sender.put(Arc::clone(&token)).unwrap();
        drop(receiver);
        assert!(!sender.is_closed());
        sender.put(Arc::clone(&token)).unwrap();
        assert_eq!(Arc::strong_count(&token), 3);
        drop(other);
        assert!(sender.is_closed());
        assert_eq!(Arc::strong_count(&token), 1);
        assert!(matches!(
            sender.put(Arc::clone(&token)),
            Err(PutError(back)) if Arc::ptr_eq(&back, &token)
        ));
        let again = sender.try_put(Arc::clone(&token));
        assert!(matches!(again, Err(TryPutError::ShutDown(_))));
        drop(again);
        let late = sender.put_timeout(Arc::clone(&token), Duration::MAX);
        assert!(matches!(late, Err(PutTimeoutError::ShutDown(_))));
        drop(late);
        assert!(block_on(sender.put_async(Arc::clone(&token))).is_err());
        assert_eq!(Arc::strong_count(&token), 1);
    });
}

/// Whoever waits on one side is woken when the last of the other side goes.
#[test]
fn closing_wakes() {
    watched(|| {
        let (sender, receiver) = channel::<u32>(1);
        let (full, drain) = channel(1);
        full.put(0).unwrap();
        thread::scope(|scope| {
            for _ in 0..2 {
                let receiver = receiver.clone();
                scope.spawn(move || assert_eq!(receiver.get(), Err(ShutDown)));
                let full = full.clone();
                scope.spawn(move || assert_eq!(full.put(1), Err(PutError(1))));
            }
            {
                let receiver = receiver.clone();
                scope.spawn(move || assert_eq!(block_on(receiver.get_async()), Err(ShutDown)));
                let full = full.clone();
                scope.spawn(move || assert_eq!(block_on(full.put_async(2)), Err(PutError(2))));
            }
            a_moment();
            drop(sender);
            drop(drain);
        });
    });
}

/// The iterators: until nobody sends any more, by reference and by value, and what is there now.
#[test]
fn iterates() {
    watched(|| {
        let (sender, receiver) = channel(2);
        let producer = thread::spawn(move || {
            for n in 0..100 {
                sender.put(n).unwrap();
            }
        });
        assert_eq!(receiver.iter().take(50).sum::<i32>(), (0..50).sum());
        let mut rest = Vec::new();
        for n in &receiver {
            rest.push(n);
        }
        assert_eq!(rest, (50..100).collect::<Vec<_>>());
        producer.join().unwrap();

        let (sender, receiver) = channel(0);
        sender.put(1).unwrap();
        sender.put(2).unwrap();
        assert_eq!(receiver.drain().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(receiver.drain().next(), None);
        sender.put(3).unwrap();
        let mut all = receiver.into_iter();
        assert_eq!(all.next(), Some(3));
        drop(all);
        assert!(sender.is_closed());
    });
}

/// A future that is dropped leaves the item to others, and does not keep the channel open.
#[test]
fn a_dropped_future_is_no_handle() {
    watched(|| {
        let (sender, receiver) = channel(1);
        {
            let mut get = pin!(receiver.get_async());
            assert_eq!(poll_once(get.as_mut()), Poll::Pending);
            sender.put(1).unwrap();
        }
        assert_eq!(receiver.get(), Ok(1));
        drop(sender);
        assert_eq!(receiver.get(), Err(ShutDown));
    });
}

/// Handles go to other threads, and can be shared, wherever items can be sent.
#[test]
fn handles_are_send_and_sync() {
    fn is<T: Send + Sync>() {}
    is::<Sender<std::cell::Cell<u8>>>();
    is::<Receiver<std::cell::Cell<u8>>>();
    let (sender, receiver) = channel::<u8>(3);
    assert!(format!("{sender:?} {receiver:?}").contains("Some(3)"));
}

/// Many of both, all coming and going: every item arrives once or comes back.
#[test]
fn loses_nothing() {
    const EACH: u32 = if cfg!(miri) { 20 } else { 3_000 };
    for capacity in [0, 1, 5] {
        watched(move || {
            let (sender, receiver) = channel(capacity);
            let senders: Vec<_> = (0..4_u32)
                .map(|me| {
                    let sender = sender.clone();
                    thread::spawn(move || {
                        for n in 0..EACH {
                            // A handle of its own, now and then.
                            if n % 7 == 0 {
                                sender.clone().put((me, n)).unwrap();
                            } else {
                                sender.put((me, n)).unwrap();
                            }
                        }
                    })
                })
                .collect();
            drop(sender);
            let receivers: Vec<_> = (0..3)
                .map(|_| {
                    let receiver = receiver.clone();
                    thread::spawn(move || receiver.into_iter().collect::<Vec<_>>())
                })
                .collect();
            drop(receiver);
            senders.into_iter().for_each(|s| s.join().unwrap());
            let all: Vec<_> = receivers
                .into_iter()
                .flat_map(|r| r.join().unwrap())
                .collect();
            assert_eq!(all.len(), 4 * EACH as usize);
            let different: BTreeSet<_> = all.into_iter().collect();
            assert_eq!(different.len(), 4 * EACH as usize);
        });
    }
}

/// The last receiver goes in the midst of it: senders stop, and no item stays behind.
#[test]
fn receivers_leave_in_the_middle() {
    const ROUNDS: u32 = if cfg!(miri) { 3 } else { 200 };
    watched(|| {
        let token = Arc::new(());
        for round in 0..ROUNDS {
            let (sender, receiver) = channel(round as usize % 4);
            thread::scope(|scope| {
                for _ in 0..3 {
                    let (sender, token) = (sender.clone(), Arc::clone(&token));
                    scope.spawn(move || (0..2_000).all(|_| sender.put(Arc::clone(&token)).is_ok()));
                }
                scope.spawn(move || receiver.iter().take(20).count());
            });
            drop(sender);
            assert_eq!(Arc::strong_count(&token), 1);
        }
    });
}
