//! [`Spsc`]: one producer, one consumer.

use core::pin::pin;
use core::task::Poll;

use selvedge_core::queue::{
    Consumer, Producer, PutError, ShutDown, Spsc, TryGetError, TryPutError,
};

use super::{Counted, hand_over};
use crate::probe::Probe;
use crate::tools::{Count, Dice, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("spsc",
        1 => smoke, 1 => any_size, 1 => splits, 1 => ends, 1 => get_as_future, 1 => put_as_future, 1 => closing_wakes_futures,
        2 => get_waits, 2 => put_waits, 2 => leaving_wakes, 2 => stream, 2 => stream_of_one, 2 => mixed, 2 => futures_given_up, 2 => left_in_the_middle,
    )
}

/// In order, full, empty, questions.
pub fn smoke<W: World>(_: &W) {
    let mut queue = Spsc::<W::Port, u32, 3>::new();
    assert_eq!(
        (queue.capacity(), queue.len(), queue.is_empty()),
        (3, 0, true)
    );
    let (mut producer, mut consumer) = queue.split();
    assert_eq!(consumer.try_get(), Err(TryGetError::Empty));
    for n in 1..=3 {
        assert_eq!(producer.try_put(n), Ok(()));
    }
    assert_eq!(producer.try_put(4), Err(TryPutError::Full(4)));
    assert_eq!(consumer.try_get(), Ok(1));
    assert_eq!(producer.put(4), Ok(()));
    assert_eq!(consumer.get(), Ok(2));
    assert_eq!(consumer.drain().fold(0, |sum, n| sum * 10 + n), 34);
    assert_eq!(consumer.try_get(), Err(TryGetError::Empty));
    assert!(!producer.is_disconnected() && !consumer.is_disconnected());
}

fn in_order<W: World, const N: usize>() {
    let queue = Spsc::<W::Port, u32, N>::new();
    let (mut producer, mut consumer) = queue.try_split().expect("once");
    let (mut put, mut got) = (0, 0);
    // Every fill level at every place of the ring, several times around.
    for fill in (1..=N).cycle().take(6 * N) {
        while put - got < fill as u32 {
            assert_eq!(queue.len() as u32, put - got);
            assert_eq!(producer.try_put(put), Ok(()));
            put += 1;
        }
        if fill == N {
            assert_eq!(producer.try_put(put), Err(TryPutError::Full(put)));
        }
        for _ in 0..fill.div_ceil(2) {
            assert_eq!(consumer.try_get(), Ok(got));
            got += 1;
        }
    }
}

/// Sizes that are powers of two, and others.
pub fn any_size<W: World>(_: &W) {
    in_order::<W, 1>();
    in_order::<W, 2>();
    in_order::<W, 3>();
    in_order::<W, 7>();
    in_order::<W, 8>();
}

/// There is one of each end, and another only after both are gone; a forgotten one is there for ever, but not for an exclusive reference.
pub fn splits<W: World>(_: &W) {
    let living = Count::new();
    let mut queue = Spsc::<W::Port, Counted<'_>, 2>::new();
    for round in 0..4 {
        let (mut producer, consumer) = queue.try_split().expect("both are gone");
        assert!(queue.try_split().is_none());
        assert!(producer.try_put(Counted::new(&living, 0)).is_ok());
        if round % 2 == 0 {
            drop(producer);
            assert!(queue.try_split().is_none());
            drop(consumer);
        } else {
            drop(consumer);
            assert!(queue.try_split().is_none());
            drop(producer);
        }
        assert_eq!(living.get(), 0);
    }
    {
        let (mut producer, consumer) = queue.split();
        assert!(producer.try_put(Counted::new(&living, 7)).is_ok());
        core::mem::forget((producer, consumer));
    }
    assert!(queue.try_split().is_none());
    {
        let (_producer, mut consumer) = queue.split();
        assert_eq!(consumer.try_get().ok().map(|item| item.number), Some(7));
    }
    let (mut producer, consumer) = queue.try_split().expect("both are gone");
    assert!(producer.try_put(Counted::new(&living, 8)).is_ok());
    core::mem::forget((producer, consumer));
    drop(queue);
    assert_eq!(living.get(), 0);
}

/// Each end hears that the other is gone: the consumer after the last item, the producer at once; and no item stays behind.
pub fn ends<W: World>(_: &W) {
    let living = Count::new();
    let item = |number| Counted::new(&living, number);
    let queue = Spsc::<W::Port, Counted<'_>, 4>::new();

    let (mut producer, mut consumer) = queue.try_split().expect("once");
    assert!(producer.put(item(1)).is_ok());
    assert!(producer.put(item(2)).is_ok());
    drop(producer);
    assert!(consumer.is_disconnected());
    assert_eq!(consumer.get().map(|item| item.number), Ok(1));
    assert_eq!(consumer.try_get().map(|item| item.number), Ok(2));
    assert!(matches!(consumer.try_get(), Err(TryGetError::ShutDown)));
    assert!(matches!(consumer.get(), Err(ShutDown)));
    assert_eq!(consumer.iter().count(), 0);
    drop(consumer);

    let (mut producer, consumer) = queue.try_split().expect("both are gone");
    for number in 0..3 {
        assert!(producer.try_put(item(number)).is_ok());
    }
    assert_eq!(living.get(), 3);
    drop(consumer);
    assert_eq!(living.get(), 0);
    assert!(producer.is_disconnected());
    assert!(
        matches!(producer.try_put(item(4)), Err(TryPutError::ShutDown(back)) if back.number == 4)
    );
    assert!(matches!(producer.put(item(5)), Err(PutError(back)) if back.number == 5));
    drop(producer);
    assert_eq!((living.get(), queue.len()), (0, 0));
}

/// A get waits without a task, is woken by a put, and takes nothing when it is dropped.
pub fn get_as_future<W: World>(_: &W) {
    let mut queue = Spsc::<W::Port, u32, 2>::new();
    let (mut producer, mut consumer) = queue.split();
    for number in 0..3 {
        let probe = Probe::new();
        {
            let mut get = pin!(Some(consumer.get_async()));
            assert_eq!(probe.poll(&mut get), Poll::Pending);
            assert!(!probe.woken());
            assert_eq!(producer.try_put(number), Ok(()));
            assert!(probe.woken());
            if number < 2 {
                assert_eq!(probe.poll(&mut get), Poll::Ready(Ok(number)));
            }
        }
    }
    // The last one was dropped after it had been woken.
    let probe = Probe::new();
    let mut get = pin!(Some(consumer.get_async()));
    assert_eq!(probe.poll(&mut get), Poll::Ready(Ok(2)));
}

/// A put waits without a task, is woken by a get, and puts nothing when it is dropped.
pub fn put_as_future<W: World>(_: &W) {
    let living = Count::new();
    let item = |number| Counted::new(&living, number);
    let mut queue = Spsc::<W::Port, Counted<'_>, 1>::new();
    let (mut producer, mut consumer) = queue.split();
    assert!(producer.try_put(item(0)).is_ok());
    {
        let probe = Probe::new();
        let mut put = pin!(Some(producer.put_async(item(1))));
        assert!(probe.poll(&mut put).is_pending());
        assert_eq!(living.get(), 2);
        put.set(None);
        assert_eq!(living.get(), 1);
    }
    let probe = Probe::new();
    {
        let mut put = pin!(Some(producer.put_async(item(2))));
        assert!(probe.poll(&mut put).is_pending());
        assert_eq!(consumer.try_get().map(|item| item.number), Ok(0));
        assert!(probe.woken());
        assert!(matches!(probe.poll(&mut put), Poll::Ready(Ok(()))));
    }
    assert_eq!(consumer.try_get().map(|item| item.number), Ok(2));
    assert!(consumer.try_get().is_err());
    assert_eq!(living.get(), 0);
}

/// An end that goes wakes the future of the other.
pub fn closing_wakes_futures<W: World>(_: &W) {
    let queue = Spsc::<W::Port, u32, 1>::new();
    let (producer, mut consumer) = queue.try_split().expect("once");
    {
        let probe = Probe::new();
        let mut get = pin!(Some(consumer.get_async()));
        assert!(probe.poll(&mut get).is_pending());
        drop(producer);
        assert!(probe.woken());
        assert_eq!(probe.poll(&mut get), Poll::Ready(Err(ShutDown)));
    }
    drop(consumer);

    let (mut producer, consumer) = queue.try_split().expect("both are gone");
    assert_eq!(producer.try_put(1), Ok(()));
    let probe = Probe::new();
    let mut put = pin!(Some(producer.put_async(2)));
    assert!(probe.poll(&mut put).is_pending());
    drop(consumer);
    assert!(probe.woken());
    assert_eq!(probe.poll(&mut put), Poll::Ready(Err(PutError(2))));
}

/// What the two ends do: one call each, by its task.
fn between<W: World, const N: usize>(
    w: &W,
    produce: impl Fn(Producer<'_, W::Port, u32, N>) + Sync,
    consume: impl Fn(Consumer<'_, W::Port, u32, N>) + Sync,
) {
    let queue = Spsc::<W::Port, u32, N>::new();
    let (producer, consumer) = queue.try_split().expect("once");
    let (producer, consumer) = (hand_over::<W, _>(producer), hand_over::<W, _>(consumer));
    pair(
        w,
        || {
            let producer = producer.lock().take();
            produce(producer.expect("one task each"));
        },
        || {
            let consumer = consumer.lock().take();
            consume(consumer.expect("one task each"));
        },
    );
}

/// A get returns after the put, not before.
pub fn get_waits<W: World>(w: &W) {
    let (waits, put) = (Count::new(), Count::new());
    between::<W, 2>(
        w,
        |mut producer| {
            until(w, || waits.get() == 1);
            give_time(w);
            put.up();
            assert_eq!(producer.put(9), Ok(()));
        },
        |mut consumer| {
            waits.up();
            assert_eq!(consumer.get(), Ok(9));
            assert_eq!(put.get(), 1);
        },
    );
}

/// A put into a full queue returns after the get, not before.
pub fn put_waits<W: World>(w: &W) {
    let (waits, got) = (Count::new(), Count::new());
    between::<W, 1>(
        w,
        |mut producer| {
            assert_eq!(producer.put(1), Ok(()));
            waits.up();
            assert_eq!(producer.put(2), Ok(()));
            assert_eq!(got.get(), 1);
        },
        |mut consumer| {
            until(w, || waits.get() == 1);
            give_time(w);
            got.up();
            assert_eq!(consumer.get(), Ok(1));
            assert_eq!(consumer.get(), Ok(2));
        },
    );
}

/// A task that waits for the other end is woken when that goes.
pub fn leaving_wakes<W: World>(w: &W) {
    let waits = Count::new();
    between::<W, 1>(
        w,
        |producer| {
            until(w, || waits.get() == 1);
            give_time(w);
            drop(producer);
        },
        |mut consumer| {
            waits.up();
            assert_eq!(consumer.get(), Err(ShutDown));
        },
    );
    between::<W, 1>(
        w,
        |mut producer| {
            assert_eq!(producer.put(1), Ok(()));
            waits.up();
            assert_eq!(producer.put(2), Err(PutError(2)));
        },
        |consumer| {
            until(w, || waits.get() == 2);
            give_time(w);
            drop(consumer);
        },
    );
}

fn stream_through<W: World, const N: usize>(w: &W, items: u32) {
    // Written without any ordering before each put, read after each get: the queue must order them.
    let cell = Count::new();
    between::<W, N>(
        w,
        |mut producer| {
            for n in 0..items {
                cell.up_unprotected();
                assert_eq!(producer.put(n), Ok(()));
            }
        },
        |mut consumer| {
            for n in 0..items {
                assert_eq!(consumer.get(), Ok(n));
                assert!(cell.get() > n);
            }
            assert_eq!(consumer.get(), Err(ShutDown));
        },
    );
}

/// Many items in order, with blocking calls.
pub fn stream<W: World>(w: &W) {
    stream_through::<W, 8>(w, w.rounds(20_000));
    stream_through::<W, 3>(w, w.rounds(5_000));
}

/// The same with room for one: each item waits for the one before.
pub fn stream_of_one<W: World>(w: &W) {
    stream_through::<W, 1>(w, w.rounds(3_000));
}

/// Each call in another form, at both ends.
pub fn mixed<W: World>(w: &W) {
    let items = w.rounds(10_000);
    between::<W, 2>(
        w,
        |mut producer| {
            let mut dice = Dice::new(1);
            for n in 0..items {
                match dice.roll(20) {
                    0..10 => assert_eq!(producer.put(n), Ok(())),
                    10..19 => assert_eq!(w.block_on(producer.put_async(n)), Ok(())),
                    _ => until(w, || producer.try_put(n).is_ok()),
                }
            }
        },
        |mut consumer| {
            let mut dice = Dice::new(2);
            for n in 0..items {
                match dice.roll(20) {
                    0..10 => assert_eq!(consumer.get(), Ok(n)),
                    10..19 => assert_eq!(w.block_on(consumer.get_async()), Ok(n)),
                    _ => until(w, || match consumer.try_get() {
                        Ok(got) => {
                            assert_eq!(got, n);
                            true
                        }
                        Err(error) => {
                            assert_eq!(error, TryGetError::Empty);
                            false
                        }
                    }),
                }
            }
        },
    );
}

/// Futures that are dropped after one poll lose nothing, at either end.
pub fn futures_given_up<W: World>(w: &W) {
    let items = w.rounds(5_000);
    between::<W, 2>(
        w,
        |mut producer| {
            let mut n = 0;
            while n < items {
                let probe = Probe::new();
                let mut put = pin!(Some(producer.put_async(n)));
                match probe.poll(&mut put) {
                    Poll::Ready(put) => {
                        assert_eq!(put, Ok(()));
                        n += 1;
                    }
                    Poll::Pending => w.yield_now(),
                }
            }
        },
        |mut consumer| {
            let mut n = 0;
            while n < items {
                let probe = Probe::new();
                let mut get = pin!(Some(consumer.get_async()));
                match probe.poll(&mut get) {
                    Poll::Ready(got) => {
                        assert_eq!(got, Ok(n));
                        n += 1;
                    }
                    Poll::Pending => w.yield_now(),
                }
            }
        },
    );
}

/// Either end goes at any time, both at once among them: no item stays behind, and the queue can be split again.
pub fn left_in_the_middle<W: World>(w: &W) {
    let living = Count::new();
    let queue = Spsc::<W::Port, Counted<'_>, 3>::new();
    for round in 0..w.rounds(300) {
        let (producer, consumer) = queue.try_split().expect("both are gone");
        let (producer, consumer) = (hand_over::<W, _>(producer), hand_over::<W, _>(consumer));
        pair(
            w,
            || {
                let producer = producer.lock().take();
                let mut producer = producer.expect("one task each");
                for number in 0..round % 8 {
                    if producer.put(Counted::new(&living, number)).is_err() {
                        break;
                    }
                }
            },
            || {
                let consumer = consumer.lock().take();
                let mut consumer = consumer.expect("one task each");
                for number in 0..round % 5 {
                    let Ok(item) = consumer.get() else { break };
                    assert_eq!(item.number, number);
                }
            },
        );
        assert_eq!(living.get(), 0);
    }
}
