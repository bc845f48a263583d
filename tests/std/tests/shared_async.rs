//! `multiprocessing::synchronize` and `queues` from tasks: the `_async` forms.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use selvedge::concurrent::futures::block_on;
use selvedge::multiprocessing::connection::{Receiver, Sender, one_way};
use selvedge::multiprocessing::queues::{GetError, PutError, Queue};
use selvedge::multiprocessing::synchronize::{
    Barrier, BrokenBarrier, Condition, Event, Lock, Semaphore, WaitError,
};
use selvedge::multiprocessing::{Process, spawn};
use subprocess_support::{alone, eventually, ms, poll_once};

const LONG: Duration = Duration::from_secs(100);

/// How often it was called.
#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Calls {
    fn poll<F: Future>(self: &Arc<Self>, future: Pin<&mut F>) -> Poll<F::Output> {
        let waker = Waker::from(self.clone());
        future.poll(&mut Context::from_waker(&waker))
    }

    fn wait(&self) {
        eventually(|| self.0.swap(0, Ordering::SeqCst) > 0);
    }
}

fn hold((lock, ready, go): (Lock, Sender, Receiver)) {
    let _guard = lock.acquire().unwrap();
    ready.send(&()).unwrap();
    go.recv::<()>().unwrap();
}

/// A child that holds the lock until it is told to let go.
fn holder(lock: &Lock) -> (Process, Sender) {
    let (ready, sender) = one_way().unwrap();
    let (receiver, go) = one_way().unwrap();
    let child = spawn(hold, (lock.clone(), sender, receiver)).unwrap();
    ready.recv::<()>().unwrap();
    (child, go)
}

/// The lock of another process, released by it, or by its death.
#[test]
fn locks() {
    let _alone = alone();
    let lock = Lock::new().unwrap();
    drop(block_on(lock.acquire_async()).unwrap());
    for round in 0..10 {
        let (child, go) = holder(&lock);
        let calls = Arc::<Calls>::default();
        let mut future = pin!(lock.acquire_async());
        assert!(calls.poll(future.as_mut()).is_pending());
        if round % 2 == 0 {
            thread::sleep(ms(5));
        }
        if round % 3 == 0 {
            child.kill().unwrap();
            assert!(block_on(future).is_err());
            assert!(child.join().is_err());
        } else {
            go.send(&()).unwrap();
            drop(block_on(future).unwrap());
            child.join().unwrap();
        }
        assert!(!lock.is_locked());
    }
}

/// One that was called and is dropped passes it on: to a thread, and to another task.
#[test]
fn dropped_locks() {
    let _alone = alone();
    let lock = Lock::new().unwrap();
    for round in 0..20 {
        let guard = lock.acquire().unwrap();
        let calls = Arc::<Calls>::default();
        let other_calls = Arc::<Calls>::default();
        let mut never = Box::pin(lock.acquire_async());
        assert!(calls.poll(never.as_mut()).is_pending());
        let mut unpolled = Box::pin(lock.acquire_async());
        assert!(calls.poll(unpolled.as_mut()).is_pending());
        let mut other = Box::pin(lock.acquire_async());
        assert!(other_calls.poll(other.as_mut()).is_pending());
        thread::scope(|scope| {
            let thread = scope.spawn(|| drop(lock.acquire().unwrap()));
            if round % 2 == 0 {
                thread::sleep(ms(2));
            }
            drop(never);
            drop(guard);
            if round % 4 < 2 {
                calls.wait();
            }
            drop(unpolled);
            // Neither waits for the other.
            thread.join().unwrap();
        });
        drop(block_on(other).unwrap());
    }
}

/// More than one thread can wait for: none is forgotten.
#[test]
fn many() {
    const MANY: usize = 200;
    let _alone = alone();
    let semaphore = Semaphore::new(0).unwrap();
    let event = Event::new().unwrap();
    let calls = Arc::<Calls>::default();
    let mut acquires: Vec<_> = (0..MANY)
        .map(|_| Box::pin(semaphore.acquire_async()))
        .collect();
    let mut waits: Vec<_> = (0..MANY).map(|_| Box::pin(event.wait_async())).collect();
    for future in &mut acquires {
        assert!(calls.poll(future.as_mut()).is_pending());
    }
    for future in &mut waits {
        assert!(calls.poll(future.as_mut()).is_pending());
    }
    let child = spawn(
        |(semaphore, event): (Semaphore, Event)| {
            for _ in 0..MANY / 2 {
                semaphore.release(2).unwrap();
            }
            event.set();
        },
        (semaphore.clone(), event.clone()),
    )
    .unwrap();
    let mut permits = Vec::new();
    let mut set = 0;
    while permits.len() < MANY || set < MANY {
        calls.wait();
        acquires.retain_mut(|future| match calls.poll(future.as_mut()) {
            Poll::Ready(permit) => {
                permits.push(permit);
                false
            }
            Poll::Pending => true,
        });
        waits.retain_mut(|future| match calls.poll(future.as_mut()) {
            Poll::Ready(()) => {
                set += 1;
                false
            }
            Poll::Pending => true,
        });
    }
    child.join().unwrap();
    assert_eq!(semaphore.value(), 0);
    drop(permits);
    assert_eq!(semaphore.value() as usize, MANY);
}

/// Permits of the dead come to tasks; and dropped tasks take none along.
#[test]
fn semaphores() {
    let _alone = alone();
    let semaphore = Semaphore::new(1).unwrap();
    for _ in 0..5 {
        let (ready, sender) = one_way().unwrap();
        let take = |(semaphore, ready): (Semaphore, Sender)| {
            semaphore.acquire().keep();
            ready.send(&()).unwrap();
            thread::sleep(LONG);
        };
        let child = spawn(take, (semaphore.clone(), sender)).unwrap();
        ready.recv::<()>().unwrap();
        let mut dropped = Box::pin(semaphore.acquire_async());
        assert!(poll_once(dropped.as_mut()).is_pending());
        let mut future = Box::pin(semaphore.acquire_async());
        assert!(poll_once(future.as_mut()).is_pending());
        drop(dropped);
        child.kill().unwrap();
        drop(block_on(future));
        assert!(child.join().is_err());
        assert_eq!(semaphore.value(), 1);
    }
}

/// An event that is set and cleared at once frees who waits.
#[test]
fn events() {
    let _alone = alone();
    let event = Event::new().unwrap();
    for round in 0..20 {
        let calls = Arc::<Calls>::default();
        let mut future = pin!(event.wait_async());
        assert!(calls.poll(future.as_mut()).is_pending());
        if round % 2 == 0 {
            thread::sleep(ms(1));
        }
        event.set();
        event.clear();
        calls.wait();
        assert!(calls.poll(future.as_mut()).is_ready());
        assert!(poll_once(pin!(event.wait_async())).is_pending());
    }
}

/// Notifications: exactly so many; one that is dropped with its own passes it on.
#[test]
fn conditions() {
    let _alone = alone();
    let condition = Condition::new().unwrap();
    for round in 0..20 {
        let calls = Arc::<Calls>::default();
        let later = Arc::<Calls>::default();
        let guard = condition.acquire().unwrap();
        let mut first = Box::pin(condition.wait_async(guard));
        assert!(calls.poll(first.as_mut()).is_pending());
        let guard = condition.acquire().unwrap();
        let mut second = Box::pin(condition.wait_async(guard));
        assert!(later.poll(second.as_mut()).is_pending());
        if round % 2 == 0 {
            thread::sleep(ms(1));
        }
        let guard = condition.acquire().unwrap();
        assert!(condition.notify_one(&guard));
        if round % 3 == 0 {
            // It asks for the lock, which is held.
            calls.wait();
            assert!(calls.poll(first.as_mut()).is_pending());
        }
        drop(guard);
        drop(first);
        drop(block_on(second).unwrap());
        let guard = condition.acquire().unwrap();
        assert!(!condition.notify_one(&guard), "nobody is left");
        let mut third = Box::pin(condition.wait_async(guard));
        assert!(poll_once(third.as_mut()).is_pending());
    }
}

/// A task that waits for a condition, notified by another process.
#[test]
fn conditions_across() {
    let _alone = alone();
    let condition = Condition::new().unwrap();
    let child = spawn(
        |condition: Condition| {
            let mut notified = 0;
            while notified < 3 {
                let guard = condition.acquire().unwrap();
                notified += condition.notify(&guard, 3 - notified);
            }
        },
        condition.clone(),
    )
    .unwrap();
    for _ in 0..3 {
        let guard = condition.acquire().unwrap();
        match block_on(condition.wait_async(guard)) {
            Ok(guard) => drop(guard),
            Err(WaitError::OwnerDied(_)) => panic!("nobody has died"),
            Err(error) => panic!("{error}"),
        }
    }
    child.join().unwrap();
}

/// Barriers: threads of another process and tasks; a task that is dropped has not come.
#[test]
fn barriers() {
    let _alone = alone();
    let barrier = Barrier::new(3).unwrap();
    let calls = Arc::<Calls>::default();
    let mut gone = Box::pin(barrier.wait_async());
    assert!(calls.poll(gone.as_mut()).is_pending());
    assert_eq!(barrier.waiting(), 1);
    drop(gone);
    assert_eq!(barrier.waiting(), 0);
    let meet = |barrier: Barrier| (0..50).all(|_| block_on(barrier.wait_async()).is_ok());
    let child = spawn(meet, barrier.clone()).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| assert!((0..50).all(|_| barrier.wait().is_ok())));
        for _ in 0..50 {
            block_on(barrier.wait_async()).unwrap();
        }
    });
    assert!(child.join().unwrap());
    // That child is gone, so the barrier breaks, and can be used again.
    assert_eq!(block_on(barrier.wait_async()), Err(BrokenBarrier));
    barrier.reset();
    let mut future = pin!(barrier.wait_async());
    assert!(calls.poll(future.as_mut()).is_pending());
    barrier.abort();
    assert_eq!(block_on(future), Err(BrokenBarrier));
}

/// Queues: both sides wait without blocking, and dropped ones neither take nor put.
#[test]
fn queues() {
    let _alone = alone();
    let queue = Queue::<u32>::new(1).unwrap();
    let back = Queue::<u32>::new(1).unwrap();
    let child = spawn(
        |(queue, back): (Queue<u32>, Queue<u32>)| {
            block_on(async {
                loop {
                    match queue.get_async().await {
                        Ok(n) => back.put_async(n).await.unwrap(),
                        Err(GetError::Closed) => return,
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        },
        (queue.clone(), back.clone()),
    )
    .unwrap();
    for n in 0..500 {
        let mut get = Box::pin(back.get_async());
        assert!(poll_once(get.as_mut()).is_pending());
        block_on(queue.put_async(n)).unwrap();
        if n % 5 == 0 {
            drop(get);
            assert_eq!(back.get().unwrap(), n);
        } else {
            assert_eq!(block_on(get).unwrap(), n);
        }
    }
    queue.close();
    child.join().unwrap();
    back.put(1).unwrap();
    let mut dropped = Box::pin(back.put_async(2));
    assert!(poll_once(dropped.as_mut()).is_pending());
    let mut put = Box::pin(back.put_async(3));
    assert!(poll_once(put.as_mut()).is_pending());
    drop(dropped);
    assert_eq!(block_on(back.get_async()).unwrap(), 1);
    block_on(put).unwrap();
    assert_eq!(back.get().unwrap(), 3);
    let mut get = pin!(back.get_async());
    assert!(poll_once(get.as_mut()).is_pending());
    back.close();
    assert!(matches!(block_on(get), Err(GetError::Closed)));
    assert!(matches!(
        block_on(back.put_async(4)),
        Err(PutError::Closed(4))
    ));
}
