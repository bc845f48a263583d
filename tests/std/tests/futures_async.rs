//! `block_on`, spawned futures, and meeting another runtime.

mod futures_map_support;

use std::future::{Future as _, poll_fn, ready};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use futures_map_support::{Census, a_moment, watched};
use selvedge::concurrent::futures::{Shutdown, TaskError, ThreadPoolExecutor, block_on};
use selvedge::queue::Queue;
use selvedge::threading::Event;

fn pool(workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(workers).unwrap()
}

/// Ready at the second poll; its waker was used before the first ended.
async fn yield_now() {
    let mut polled = false;
    poll_fn(|context| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn a_wake_before_the_sleep_is_not_lost() {
    watched(|| {
        block_on(async {
            for _ in 0..1000 {
                yield_now().await;
            }
        });
    });
}

#[test]
fn another_thread_wakes() {
    watched(|| {
        for round in 0..2000_u32 {
            let event = Arc::new(Event::new());
            let setter = Arc::clone(&event);
            let thread = thread::spawn(move || {
                if round.is_multiple_of(2) {
                    thread::yield_now();
                }
                setter.set();
            });
            block_on(event.wait_async());
            thread.join().unwrap();
        }
        let event = Arc::new(Event::new());
        let setter = Arc::clone(&event);
        let thread = thread::spawn(move || {
            a_moment();
            setter.set();
        });
        block_on(event.wait_async());
        thread.join().unwrap();
    });
}

/// An inner call neither takes the wake-up of the outer one nor gives it one that is lost.
#[test]
fn nested_calls() {
    watched(|| {
        for _ in 0..500 {
            let (outer, inner) = (Arc::new(Event::new()), Arc::new(Event::new()));
            let setters = (Arc::clone(&outer), Arc::clone(&inner));
            let thread = thread::spawn(move || {
                setters.0.set();
                setters.1.set();
            });
            block_on(async {
                let mut waits = pin!(outer.wait_async());
                let mut first = true;
                poll_fn(|context| {
                    let poll = waits.as_mut().poll(context);
                    if std::mem::replace(&mut first, false) {
                        // The outer wake-up may come while this call sleeps.
                        block_on(inner.wait_async());
                        block_on(async { block_on(ready(())) });
                    }
                    poll.map(|_| ())
                })
                .await;
            });
            thread.join().unwrap();
        }
    });
}

/// Wakers of a call that has ended do no harm to the next.
#[test]
fn late_wakers() {
    watched(|| {
        let wakers = Mutex::new(Vec::<Waker>::new());
        for _ in 0..100 {
            block_on(poll_fn(|context| {
                wakers.lock().unwrap().push(context.waker().clone());
                Poll::Ready(())
            }));
            for waker in &*wakers.lock().unwrap() {
                waker.wake_by_ref();
            }
            block_on(yield_now());
        }
    });
}

#[test]
fn a_panic_goes_to_the_caller_and_the_next_call_works() {
    watched(|| {
        let caught = std::panic::catch_unwind(|| block_on(async { panic!("inside") }));
        assert_eq!(caught.unwrap_err().downcast_ref(), Some(&"inside"));
        assert_eq!(block_on(async { 7 }), 7);
    });
}

#[test]
fn spawned_futures_run_to_their_end() {
    watched(|| {
        let pool = pool(2);
        let queue = Arc::new(Queue::new(4));
        let tasks: Vec<_> = (0..100)
            .map(|number: u64| {
                let queue = Arc::clone(&queue);
                pool.spawn_async(async move {
                    for _ in 0..10 {
                        yield_now().await;
                        queue.put_async(number).await.unwrap();
                    }
                    number
                })
                .unwrap()
            })
            .collect();
        let sum: u64 = (0..1000).map(|_| queue.get().unwrap()).sum();
        assert_eq!(sum, 10 * 4950);
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.result().unwrap(), number as u64);
        }
    });
}

/// A thousand wake-ups from elsewhere, at all moments: none is lost, and no two threads poll at once.
#[test]
fn woken_while_running() {
    watched(|| {
        let pool = pool(2);
        for _ in 0..20 {
            let left = Arc::new(AtomicUsize::new(50));
            let inside = Arc::new(AtomicUsize::new(0));
            let kept: Arc<Mutex<Option<Waker>>> = Arc::default();
            let (counter, watch, waker) =
                (Arc::clone(&left), Arc::clone(&inside), Arc::clone(&kept));
            let task = pool.spawn_async(poll_fn(move |context| {
                assert_eq!(watch.fetch_add(1, SeqCst), 0, "alone");
                *waker.lock().unwrap() = Some(context.waker().clone());
                let done = counter.load(SeqCst) == 0;
                assert_eq!(watch.fetch_sub(1, SeqCst), 1, "alone");
                if done { Poll::Ready(()) } else { Poll::Pending }
            }));
            let wakers: Vec<_> = (0..2)
                .map(|_| {
                    let (left, kept) = (Arc::clone(&left), Arc::clone(&kept));
                    thread::spawn(move || {
                        for _ in 0..25 {
                            left.fetch_sub(1, SeqCst);
                            if let Some(waker) = kept.lock().unwrap().clone() {
                                waker.wake();
                            }
                        }
                        // Whoever is last, its wake-up counts.
                        while kept.lock().unwrap().is_none() {
                            thread::yield_now();
                        }
                        kept.lock().unwrap().clone().unwrap().wake();
                    })
                })
                .collect();
            task.unwrap().result().unwrap();
            wakers.into_iter().for_each(|thread| thread.join().unwrap());
        }
    });
}

#[test]
fn dropping_the_handle_detaches() {
    watched(|| {
        let pool = pool(1);
        let done = Arc::new(Event::new());
        let setter = Arc::clone(&done);
        drop(pool.spawn_async(async move {
            yield_now().await;
            setter.set();
        }));
        done.wait();
    });
}

/// Also between polls, and then the future goes soon.
#[test]
fn cancelling() {
    watched(|| {
        let pool = pool(1);
        // Somebody could wake it, so it is not abandoned.
        let never = Arc::new(Event::new());
        let (census, polled) = (Census::default(), Arc::new(Event::new()));
        let (one, setter, waited) = (census.one(0), Arc::clone(&polled), Arc::clone(&never));
        let task = pool.spawn_async(async move {
            let _one = one;
            setter.set();
            waited.wait_async().await;
        });
        let task = task.unwrap();
        polled.wait();
        assert!(!task.done() && census.count() == 1);
        assert!(task.cancel());
        assert!(task.cancelled());
        census.expect(0);
        assert!(task.result().unwrap_err().is_cancelled());
        let one = census.one(1);
        let task = pool.spawn_async(async move {
            let _one = one;
            never.wait_async().await;
        });
        drop(task.unwrap().cancel_on_drop());
        census.expect(0);
    });
}

#[test]
fn panics_are_values() {
    watched(|| {
        let pool = pool(1);
        let task = pool.spawn_async(async {
            yield_now().await;
            panic!("in the middle");
        });
        let Err(TaskError::Panicked(panic)) = task.unwrap().result() else {
            panic!("it is one");
        };
        assert_eq!(panic.message(), "in the middle");
        assert_eq!(pool.spawn_async(async { 1 }).unwrap().result().unwrap(), 1);
    });
}

/// Nobody can wake it: it goes, and says so.
#[test]
fn abandoned() {
    watched(|| {
        let pool = pool(1);
        let census = Census::default();
        let one = census.one(0);
        let task = pool.spawn_async(async move {
            let _one = one;
            std::future::pending::<()>().await;
        });
        assert!(matches!(task.unwrap().result(), Err(TaskError::Broken(_))));
        census.expect(0);
    });
}

#[test]
fn after_a_shutdown() {
    watched(|| {
        let pool = pool(1);
        let event = Arc::new(Event::new());
        let (census, waited) = (Census::default(), Arc::clone(&event));
        let one = census.one(0);
        let task = pool.spawn_async(async move {
            let _one = one;
            waited.wait_async().await;
        });
        assert_eq!(pool.spawn(|| 1).unwrap().result().unwrap(), 1);
        pool.shutdown(Shutdown::new());
        let refused = pool.spawn_async(ready(5)).unwrap_err();
        assert_eq!(block_on(refused.into_inner()), 5);
        // Woken too late: it cannot be polled any more.
        event.set();
        assert!(task.unwrap().result().is_err());
        census.expect(0);
    });
}

/// Ours in tokio, and tokio's in ours.
#[test]
fn meeting_tokio() {
    watched(|| {
        let pool = Arc::new(pool(2));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            .build()
            .unwrap();
        let inner = Arc::clone(&pool);
        let sum = runtime.block_on(async move {
            let first = inner.spawn(|| 1).unwrap();
            let second = inner.spawn_async(async { 2 }).unwrap();
            let third = tokio::spawn(async move { inner.spawn(|| 3).unwrap().await.unwrap() });
            first.await.unwrap() + second.await.unwrap() + third.await.unwrap()
        });
        assert_eq!(sum, 6);
        let theirs = runtime.spawn(async {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            40
        });
        assert_eq!(block_on(theirs).unwrap(), 40);
        let theirs = runtime.spawn(async { 2 });
        let ours = pool.spawn_async(async move { theirs.await.unwrap() + 40 });
        assert_eq!(ours.unwrap().result().unwrap(), 42);
        let _entered = runtime.enter();
        let slept = block_on(async {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            1
        });
        assert_eq!(slept, 1);
    });
}
