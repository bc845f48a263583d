//! Row Q-17, after CPython's `FailingQueueTest`: a store of one's own that fails at a moment's notice. Whatever form the call had, nothing is put, taken or counted, and waiting works afterwards: twice on the same queue.

mod queue_support;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use queue_support::{a_moment, block_on, watched};
use selvedge::queue::{QueueOf, Store, TooManyTasksDone, TryGetError, TryPutError};

const SIZE: usize = 5;
const LONG: Duration = Duration::from_secs(1000);

#[derive(Default)]
struct State {
    items: VecDeque<&'static str>,
    unfinished: usize,
    closed: bool,
}

/// First in, first out, with room for five; the next put or get panics when it is told to, where it would have succeeded.
#[derive(Default)]
struct Failing {
    state: Mutex<State>,
    fail_next_put: AtomicBool,
    fail_next_get: AtomicBool,
}

struct Failure;

fn fail_if(told: &AtomicBool) {
    if told.swap(false, SeqCst) {
        // Not `panic!`, which would print.
        resume_unwind(Box::new(Failure));
    }
}

impl Failing {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Store for Failing {
    type Item = &'static str;

    fn try_put(&self, item: &'static str) -> Result<(), TryPutError<&'static str>> {
        let mut state = self.state();
        if state.closed {
            return Err(TryPutError::ShutDown(item));
        }
        if state.items.len() >= SIZE {
            return Err(TryPutError::Full(item));
        }
        fail_if(&self.fail_next_put);
        state.items.push_back(item);
        state.unfinished += 1;
        Ok(())
    }

    fn try_get(&self) -> Result<&'static str, TryGetError> {
        let mut state = self.state();
        if state.items.is_empty() {
            return Err(match state.closed {
                true => TryGetError::ShutDown,
                false => TryGetError::Empty,
            });
        }
        fail_if(&self.fail_next_get);
        Ok(state.items.pop_front().unwrap())
    }

    fn close(&self) {
        self.state().closed = true;
    }

    fn is_closed(&self) -> bool {
        self.state().closed
    }

    fn len(&self) -> usize {
        self.state().items.len()
    }

    fn capacity(&self) -> Option<usize> {
        Some(SIZE)
    }

    fn task_done(&self) -> Result<bool, TooManyTasksDone> {
        let mut state = self.state();
        state.unfinished = state.unfinished.checked_sub(1).ok_or(TooManyTasksDone)?;
        Ok(state.unfinished == 0)
    }

    fn unfinished(&self) -> usize {
        self.state().unfinished
    }
}

fn fails<R>(call: impl FnOnce() -> R) {
    let result = catch_unwind(AssertUnwindSafe(call));
    let payload = result.err().expect("it should have failed");
    assert!(payload.is::<Failure>());
}

/// Runs `trigger` a moment later than `call` begins.
fn beside<R: Send>(call: impl FnOnce() -> R + Send, trigger: impl FnOnce() + Send) -> R {
    thread::scope(|scope| {
        scope.spawn(|| {
            a_moment();
            trigger();
        });
        call()
    })
}

type Item = &'static str;

fn puts_fail(queue: &QueueOf<Failing>) {
    let fail = || queue.store().fail_next_put.store(true, SeqCst);
    let get = || {
        queue.get().unwrap();
    };
    for _ in 0..SIZE - 1 {
        queue.put("early").unwrap();
    }
    // Where there is room.
    let at_once: [&dyn Fn(); 4] = [
        &|| queue.try_put("oops").unwrap(),
        &|| queue.put("oops").unwrap(),
        &|| {
            queue
                .put_timeout("oops", Duration::from_millis(10))
                .unwrap();
        },
        &|| block_on(queue.put_async("oops")).unwrap(),
    ];
    for put in at_once {
        fail();
        fails(put);
        assert_eq!(
            (queue.len(), queue.unfinished_tasks()),
            (SIZE - 1, SIZE - 1)
        );
    }
    queue.put("last").unwrap();
    assert!(queue.is_full());
    // After a wait for room. The put fails, but the get succeeds: the room is put to use again.
    let waiting: [&(dyn Fn() + Sync); 3] = [
        &|| queue.put("full").unwrap(),
        &|| queue.put_timeout("full", LONG).unwrap(),
        &|| block_on(queue.put_async("full")).unwrap(),
    ];
    for put in waiting {
        fail();
        beside(|| fails(put), get);
        assert_eq!(queue.len(), SIZE - 1);
        queue.put("last").unwrap();
        assert!(queue.is_full());
    }
    // And waiting works.
    assert_eq!(beside(|| queue.put("full"), get), Ok(()));
    assert!(queue.is_full());
    assert_eq!(queue.drain().count(), SIZE);
    while queue.task_done().is_ok() {}
}

fn gets_fail(queue: &QueueOf<Failing>) {
    let fail = || queue.store().fail_next_get.store(true, SeqCst);
    let forms: [&(dyn Fn() -> Item + Sync); 3] = [
        &|| queue.get().unwrap(),
        &|| queue.get_timeout(LONG).unwrap(),
        &|| block_on(queue.get_async()).unwrap(),
    ];
    queue.put("first").unwrap();
    // Where there is something.
    for get in forms {
        fail();
        fails(get);
        assert_eq!((queue.len(), queue.unfinished_tasks()), (1, 1));
    }
    fail();
    fails(|| queue.try_get());
    assert_eq!(queue.get(), Ok("first"));
    assert!(queue.is_empty());
    // After a wait for an item. The put succeeds, but the get fails: the item is there.
    for get in forms {
        fail();
        beside(|| fails(get), || queue.put("late").unwrap());
        assert_eq!((queue.len(), queue.get()), (1, Ok("late")));
    }
    // And waiting works.
    assert_eq!(
        beside(|| queue.get(), || queue.put("later").unwrap()),
        Ok("later")
    );
    assert!(queue.is_empty());
    while queue.task_done().is_ok() {}
}

#[test]
fn a_failing_store() {
    watched(|| {
        let queue = QueueOf::with_store(Failing::default());
        for _ in 0..2 {
            puts_fail(&queue);
            gets_fail(&queue);
            assert!(queue.try_join().is_ok());
        }
        queue.shutdown(false);
        assert_eq!(queue.try_put("no"), Err(TryPutError::ShutDown("no")));
        assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
    });
}

/// A get that fails does not keep the item from another that waits.
#[test]
fn a_failure_passes_the_item_on() {
    watched(|| {
        for _ in 0..20 {
            let queue = QueueOf::with_store(Failing::default());
            thread::scope(|scope| {
                let getters = [(); 2]
                    .map(|()| scope.spawn(|| catch_unwind(AssertUnwindSafe(|| queue.get())).ok()));
                a_moment();
                queue.store().fail_next_get.store(true, SeqCst);
                queue.put("one").unwrap();
                queue.put("two").unwrap();
                let got: Vec<_> = getters.into_iter().map(|g| g.join().unwrap()).collect();
                assert_eq!(got.iter().filter(|got| got.is_none()).count(), 1);
                assert!(got.contains(&Some(Ok("one"))));
                assert_eq!(queue.len(), 1);
            });
        }
    });
}
