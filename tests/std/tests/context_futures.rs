//! Contexts and futures (row C-17).

mod threading_support;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{self, Poll, Waker};

use selvedge::contextvars::{
    Context, ContextVar, Inherit, WithContext, carry, copy_context, spawn_with,
};
use selvedge::threading;
use threading_support::watchdog;

static V: ContextVar<u32> = ContextVar::new("v").with_default(0);
static TASK: ContextVar<u32> = ContextVar::new("task")
    .with_default(0)
    .inherited_by(Inherit::TASKS);

fn isolated<R>(test: impl FnOnce() -> R) -> R {
    Context::new().run(test).expect("a new context")
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut task::Context::from_waker(Waker::noop()))
}

/// Pending once.
async fn pause() {
    let mut paused = false;
    poll_fn(|_| {
        if std::mem::replace(&mut paused, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[test]
fn each_poll_is_inside() {
    isolated(|| {
        V.set(1);
        let mut future = pin!(copy_context().wrap(async {
            assert_eq!(V.get(), Ok(1));
            V.set(2);
            pause().await;
            assert_eq!(V.get(), Ok(2));
            let _guard = V.set_guard(3);
            pause().await;
            V.get()
        }));
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!((V.get(), future.context().get(&V)), (Ok(1), Some(2)));
        V.set(9);
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(poll(future.as_mut()), Poll::Ready(Ok(3)));
        assert_eq!(V.get(), Ok(9));
        // The guard was dropped inside.
        assert_eq!(future.context().get(&V), Some(2));
    });
}

#[test]
fn polled_by_several_threads() {
    let _watchdog = watchdog();
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    isolated(|| {
        V.set(1);
        let mut future = Box::pin(is_send(copy_context().wrap(async {
            let guard = V.set_guard(2);
            for _ in 0..4 {
                pause().await;
                assert_eq!(V.get(), Ok(2));
            }
            drop(guard);
            V.get()
        })));
        for _ in 0..4 {
            future = threading::spawn(move || {
                assert!(poll(future.as_mut()).is_pending());
                assert_eq!(V.get(), Ok(0));
                future
            })
            .join()
            .unwrap();
        }
        assert_eq!(poll(future.as_mut()), Poll::Ready(Ok(1)));
    });
}

#[test]
fn a_panic_leaves_the_context() {
    isolated(|| {
        V.set(1);
        let mut future = pin!(Context::new().wrap(async {
            V.set(5);
            panic!("in a poll")
        }));
        let panic = threading::catch_panic(|| poll::<WithContext<_>>(future.as_mut()).map(|()| ()));
        assert_eq!(panic.unwrap_err().message(), "in a poll");
        assert_eq!(V.get(), Ok(1));
        assert!(!future.context().is_entered());
    });
}

#[test]
fn dropped_inside() {
    static SEEN: AtomicU32 = AtomicU32::new(0);
    struct Looks;
    impl Drop for Looks {
        fn drop(&mut self) {
            SEEN.store(V.get().unwrap(), Ordering::SeqCst);
        }
    }
    isolated(|| {
        V.set(1);
        let mut future = Box::pin(copy_context().wrap(async {
            let _looks = Looks;
            V.set(2);
            pause().await;
        }));
        assert!(poll(future.as_mut()).is_pending());
        drop(future);
        assert_eq!((SEEN.load(Ordering::SeqCst), V.get()), (2, Ok(1)));
        // Also one that was never polled.
        let looks = Looks;
        drop(copy_context().wrap(async move { drop(looks) }));
        assert_eq!(SEEN.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn futures_inside_of_futures() {
    isolated(|| {
        V.set(1);
        let inner = copy_context().wrap(async {
            assert_eq!(V.get(), Ok(1));
            V.set(10);
            pause().await;
            V.get().unwrap()
        });
        let mut outer = pin!(copy_context().wrap(async {
            V.set(2);
            let inner = inner.await;
            (inner, V.get().unwrap())
        }));
        assert!(poll(outer.as_mut()).is_pending());
        assert_eq!(poll(outer.as_mut()), Poll::Ready((10, 2)));
    });
}

#[test]
fn tasks_take_along_what_the_variables_say() {
    isolated(|| {
        V.set(1);
        TASK.set(2);
        let future = carry(async { (V.get().unwrap(), TASK.get().unwrap()) });
        let spawned = spawn_with(Box::pin, async { TASK.get().unwrap() });
        TASK.set(3);
        assert_eq!(poll(pin!(future)), Poll::Ready((0, 2)));
        assert_eq!(poll(pin!(spawned)), Poll::Ready(2));
    });
}

#[test]
fn a_shared_value_lives_as_long_as_the_future() {
    isolated(|| {
        static S: ContextVar<Arc<u32>> = ContextVar::new("s");
        let value = Arc::new(7);
        let token = S.set(value.clone());
        let future = copy_context().wrap(async { S.with(|value| **value) });
        S.reset(token).unwrap();
        assert_eq!(Arc::strong_count(&value), 2);
        let mut future = Box::pin(future);
        assert_eq!(poll(future.as_mut()), Poll::Ready(Ok(7)));
        drop(future);
        assert_eq!(Arc::strong_count(&value), 1);
    });
}
