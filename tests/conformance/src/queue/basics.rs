//! What queues of every kind do in one task: order, limits, tasks, shutting down, futures.

use core::pin::pin;
use core::task::Poll;

use selvedge_core::queue::{
    FifoQueue, LifoQueue, PriorityQueue, PutError, Queue, ShutDown, Store, TooManyTasksDone,
    TryGetError, TryPutError,
};

use super::Counted;
use super::each::each_queue;
use crate::futures::Thing;
use crate::probe::Probe;
use crate::tools::Count;
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("queue",
        1 => first_in_first_out, 1 => last_in_first_out, 1 => smallest_first, 1 => limits, 1 => round_and_round, 1 => tasks, 1 => items_are_given_back, 1 => iterators,
        1 => shutdown_drains, 1 => shutdown_discards, 1 => shutdown_again,
        1 => futures, 1 => join_as_future, 1 => woken_are_counted, 1 => shutdown_wakes_futures, 1 => dropped_gets, 1 => dropped_puts,
    )
}

fn put_all<W: World, S: Store<Item = u32>>(queue: &Queue<W::Port, S>, items: &[u32]) {
    for item in items {
        assert_eq!(queue.put(*item), Ok(()));
    }
}

fn get_all<W: World, S: Store<Item = u32>>(queue: &Queue<W::Port, S>, items: &[u32]) {
    for item in items {
        assert_eq!(queue.get(), Ok(*item));
    }
    assert_eq!(queue.try_get(), Err(TryGetError::Empty));
}

/// Row Q-01.
pub fn first_in_first_out<W: World>(_: &W) {
    let queue = FifoQueue::<W::Port, u32, 5>::new();
    for _ in 0..3 {
        put_all::<W, _>(&queue, &[3, 1, 2]);
        get_all::<W, _>(&queue, &[3, 1, 2]);
    }
}

/// Row Q-02.
pub fn last_in_first_out<W: World>(_: &W) {
    let queue = LifoQueue::<W::Port, u32, 5>::new();
    for _ in 0..3 {
        put_all::<W, _>(&queue, &[3, 1, 2]);
        get_all::<W, _>(&queue, &[2, 1, 3]);
    }
}

/// Row Q-03; and equal ones in the order of putting.
pub fn smallest_first<W: World>(_: &W) {
    /// Only the tens count.
    #[derive(Debug)]
    struct Tens(u32);
    impl PartialEq for Tens {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other).is_eq()
        }
    }
    impl Eq for Tens {}
    impl PartialOrd for Tens {
        fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Tens {
        fn cmp(&self, other: &Self) -> core::cmp::Ordering {
            (self.0 / 10).cmp(&(other.0 / 10))
        }
    }
    let queue = PriorityQueue::<W::Port, Tens, 12>::new();
    for _ in 0..3 {
        for n in [50, 31, 20, 32, 10, 21, 33, 11, 51, 12, 22] {
            assert_eq!(queue.put(Tens(n)), Ok(()));
        }
        for n in [10, 11, 12, 20, 21, 22, 31, 32, 33, 50, 51] {
            assert_eq!(queue.get().map(|item| item.0), Ok(n));
        }
        assert!(queue.is_empty());
    }
}

/// Empty, full, and the questions (rows ).
pub fn limits<W: World>(_: &W) {
    each_queue!(W, u32, 2, |queue| {
        for _ in 0..3 {
            assert_eq!((queue.len(), queue.capacity()), (0, Some(2)));
            assert!(queue.is_empty() && !queue.is_full() && !queue.is_shut_down());
            assert_eq!(queue.try_get(), Err(TryGetError::Empty));
            assert_eq!(queue.try_put(1), Ok(()));
            assert!(!queue.is_empty() && !queue.is_full());
            assert_eq!(queue.put(1), Ok(()));
            assert!(!queue.is_empty() && queue.is_full());
            assert_eq!(queue.try_put(3), Err(TryPutError::Full(3)));
            assert_eq!(queue.len(), 2);
            assert_eq!(queue.get(), Ok(1));
            assert_eq!(queue.try_get(), Ok(1));
        }
    });
}

/// Often enough for every place to be used again, with room for one and for more.
pub fn round_and_round<W: World>(_: &W) {
    each_queue!(W, u32, 1, |queue| {
        for n in 0..40 {
            assert_eq!(queue.try_put(n), Ok(()));
            assert_eq!(queue.try_put(n), Err(TryPutError::Full(n)));
            assert_eq!(queue.try_get(), Ok(n));
            assert_eq!(queue.try_get(), Err(TryGetError::Empty));
        }
    });
    each_queue!(W, u32, 3, |queue| {
        let (mut sum, mut items) = (0, 0);
        for n in 0..60 {
            // Fill levels go up and down.
            if n % 5 < 3 {
                if queue.try_put(n).is_ok() {
                    sum += n;
                    items += 1;
                }
            } else if let Ok(got) = queue.try_get() {
                sum -= got;
                items -= 1;
            }
            assert_eq!(queue.len(), items);
        }
        sum -= queue.drain().sum::<u32>();
        assert_eq!((sum, queue.len()), (0, 0));
    });
}

/// Rows.
pub fn tasks<W: World>(_: &W) {
    each_queue!(W, u32, 2, |queue| {
        queue.join();
        assert_eq!(queue.task_done(), Err(TooManyTasksDone));
        for _ in 0..3 {
            assert_eq!((queue.put(1), queue.put(1)), (Ok(()), Ok(())));
            assert_eq!(queue.get(), Ok(1));
            assert_eq!(queue.unfinished_tasks(), 2);
            assert_eq!(queue.task_done(), Ok(()));
            assert!(queue.try_join().is_err());
            assert_eq!(queue.task_done(), Ok(()));
            assert_eq!(queue.task_done(), Err(TooManyTasksDone));
            assert!(queue.try_join().is_ok());
            queue.join();
            queue.join();
            // Reported before it was taken: still there.
            assert_eq!((queue.get(), queue.unfinished_tasks()), (Ok(1), 0));
        }
    });
}

/// Items are whole: they come back from a full queue, go with a queue that is dropped, and leave nothing behind when they are taken (row Q-20).
pub fn items_are_given_back<W: World>(_: &W) {
    let living = Count::new();
    each_queue!(W, Counted<'_>, 2, |queue| {
        for number in 0..2 {
            assert!(queue.try_put(Counted::new(&living, number)).is_ok());
        }
        let refused = queue.try_put(Counted::new(&living, 2));
        assert_eq!(living.get(), 3);
        assert!(matches!(refused, Err(TryPutError::Full(item)) if item.number == 2));
        assert_eq!(living.get(), 2);
        drop(queue.get());
        assert_eq!(living.get(), 1);
    });
    // Each queue has been dropped with an item in it.
    assert_eq!(living.get(), 0);
}

/// `drain` takes what is there, `iter` what comes.
pub fn iterators<W: World>(_: &W) {
    each_queue!(W, u32, 3, |queue| {
        put_all::<W, _>(queue, &[1, 1]);
        assert_eq!(queue.drain().count(), 2);
        assert_eq!(queue.drain().next(), None);
        put_all::<W, _>(queue, &[5, 5, 5]);
        let mut items = queue.iter();
        assert_eq!(items.next(), Some(5));
        queue.shutdown(false);
        assert_eq!(items.next(), Some(5));
        let mut sum = 0;
        for item in queue {
            sum += item;
        }
        assert_eq!((sum, items.next()), (5, None));
    });
}

fn is_over<W: World, S: Store<Item = u32>>(w: &W, queue: &Queue<W::Port, S>) {
    assert_eq!(queue.put(9), Err(PutError(9)));
    assert_eq!(queue.try_put(9), Err(TryPutError::ShutDown(9)));
    assert_eq!(w.block_on(queue.put_async(9)), Err(PutError(9)));
    for _ in 0..2 {
        assert_eq!(queue.get(), Err(ShutDown));
        assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
        assert_eq!(w.block_on(queue.get_async()), Err(ShutDown));
    }
    assert!(queue.is_shut_down() && queue.is_empty());
}

/// Row X-11: what is there can still be taken, a full queue says that it is shut down, tasks count on.
pub fn shutdown_drains<W: World>(w: &W) {
    each_queue!(W, u32, 2, |queue| {
        put_all::<W, _>(queue, &[4, 4]);
        queue.shutdown(false);
        assert_eq!(queue.try_put(3), Err(TryPutError::ShutDown(3)));
        assert_eq!((queue.len(), queue.is_shut_down()), (2, true));
        assert_eq!((queue.get(), queue.try_get()), (Ok(4), Ok(4)));
        is_over(w, queue);
        assert!(queue.try_join().is_err());
        assert_eq!((queue.task_done(), queue.task_done()), (Ok(()), Ok(())));
        queue.join();
        assert_eq!(queue.task_done(), Err(TooManyTasksDone));
    });
}

/// Row X-11: what is there goes and counts as done, what was taken does not; never less than nothing.
pub fn shutdown_discards<W: World>(w: &W) {
    let living = Count::new();
    each_queue!(W, Counted<'_>, 3, |queue| {
        for number in 0..3 {
            assert!(queue.put(Counted::new(&living, number)).is_ok());
        }
        let taken = queue.get();
        queue.shutdown(true);
        assert_eq!(living.get(), 1);
        drop(taken);
        assert!(matches!(queue.get(), Err(ShutDown)));
        assert_eq!((queue.len(), queue.unfinished_tasks()), (0, 1));
        assert_eq!(queue.task_done(), Ok(()));
        queue.join();
        assert_eq!(queue.task_done(), Err(TooManyTasksDone));
    });
    each_queue!(W, u32, 3, |queue| {
        put_all::<W, _>(queue, &[1, 1, 1]);
        for _ in 0..2 {
            assert_eq!(queue.task_done(), Ok(()));
        }
        queue.shutdown(true);
        is_over(w, queue);
        assert_eq!(queue.unfinished_tasks(), 0);
    });
}

/// Row X-11: in good order first and then at once, and the other way round.
pub fn shutdown_again<W: World>(w: &W) {
    each_queue!(W, u32, 2, |queue| {
        put_all::<W, _>(queue, &[1, 1]);
        queue.shutdown(false);
        queue.shutdown(false);
        assert_eq!(queue.get(), Ok(1));
        queue.shutdown(true);
        is_over(w, queue);
        queue.shutdown(false);
        is_over(w, queue);
        assert_eq!(queue.unfinished_tasks(), 1);
    });
}

/// Gets and puts wait without a task, and are woken.
pub fn futures<W: World>(_: &W) {
    each_queue!(W, u32, 1, |queue| {
        for n in 0..3 {
            let (get_probe, put_probe) = (Probe::new(), Probe::new());
            let mut get = pin!(Some(queue.get_async()));
            assert_eq!(get_probe.poll(&mut get), Poll::Pending);
            assert_eq!(queue.try_put(n), Ok(()));
            assert!(get_probe.woken());
            assert_eq!(get_probe.poll(&mut get), Poll::Ready(Ok(n)));

            assert_eq!(queue.put(n), Ok(()));
            let mut put = pin!(Some(queue.put_async(n + 1)));
            assert_eq!(put_probe.poll(&mut put), Poll::Pending);
            assert_eq!(queue.try_get(), Ok(n));
            assert!(put_probe.woken());
            assert_eq!(put_probe.poll(&mut put), Poll::Ready(Ok(())));
            assert_eq!(queue.get(), Ok(n + 1));
        }
    });
}

/// A join waits without a task, and is woken by the last report, or by a shutdown that leaves nothing to do.
pub fn join_as_future<W: World>(_: &W) {
    each_queue!(W, u32, 2, |queue| {
        let probes: [Probe; 3] = core::array::from_fn(|_| Probe::new());
        let [first, second, third] = &probes;
        put_all::<W, _>(queue, &[1, 1]);
        let mut a = pin!(Some(queue.join_async()));
        let mut b = pin!(Some(queue.join_async()));
        assert!(first.poll(&mut a).is_pending());
        assert!(second.poll(&mut b).is_pending());
        assert_eq!(queue.task_done(), Ok(()));
        assert!(!first.woken() && first.poll(&mut a).is_pending());
        assert_eq!(queue.task_done(), Ok(()));
        assert!(first.woken() && second.woken());
        assert!(first.poll(&mut a).is_ready() && second.poll(&mut b).is_ready());
        assert_eq!(queue.drain().count(), 2);

        put_all::<W, _>(queue, &[1, 1]);
        let mut c = pin!(Some(queue.join_async()));
        assert!(third.poll(&mut c).is_pending());
        queue.shutdown(true);
        assert!(third.woken());
        assert!(third.poll(&mut c).is_ready());
    });
}

/// So many items wake so many getters; so much room so many putters; and nobody is passed over.
pub fn woken_are_counted<W: World>(_: &W) {
    each_queue!(W, u32, 3, |queue| {
        let probes: [Probe; 4] = core::array::from_fn(|_| Probe::new());
        {
            let mut a = pin!(Some(queue.get_async()));
            let mut b = pin!(Some(queue.get_async()));
            let mut c = pin!(Some(queue.get_async()));
            let mut d = pin!(Some(queue.get_async()));
            for (probe, get) in probes.iter().zip([&mut a, &mut b, &mut c, &mut d]) {
                assert!(probe.poll(get).is_pending());
            }
            put_all::<W, _>(queue, &[7, 7, 7]);
            assert!(probes.iter().filter(|probe| probe.woken()).count() >= 3);
            let mut got = 0;
            for (probe, get) in probes.iter().zip([&mut a, &mut b, &mut c, &mut d]) {
                if probe.woken() {
                    got += u32::from(probe.poll(get) == Poll::Ready(Ok(7)));
                }
            }
            assert_eq!(got, 3);
        }
        put_all::<W, _>(queue, &[7, 7, 7]);
        let probes: [Probe; 2] = core::array::from_fn(|_| Probe::new());
        let mut a = pin!(Some(queue.put_async(7)));
        let mut b = pin!(Some(queue.put_async(7)));
        assert!(probes[0].poll(&mut a).is_pending());
        assert!(probes[1].poll(&mut b).is_pending());
        assert_eq!((queue.get(), queue.get()), (Ok(7), Ok(7)));
        assert!(probes[0].woken() && probes[1].woken());
        assert_eq!(probes[0].poll(&mut a), Poll::Ready(Ok(())));
        assert_eq!(probes[1].poll(&mut b), Poll::Ready(Ok(())));
        assert_eq!(queue.len(), 3);
    });
}

/// Row X-11, for futures: all are woken, and putters get their items back.
pub fn shutdown_wakes_futures<W: World>(_: &W) {
    for immediate in [false, true] {
        each_queue!(W, u32, 1, |queue| {
            let probes: [Probe; 2] = core::array::from_fn(|_| Probe::new());
            let mut a = pin!(Some(queue.get_async()));
            let mut b = pin!(Some(queue.get_async()));
            assert!(probes[0].poll(&mut a).is_pending());
            assert!(probes[1].poll(&mut b).is_pending());
            queue.shutdown(immediate);
            assert!(probes[0].woken() && probes[1].woken());
            assert_eq!(probes[0].poll(&mut a), Poll::Ready(Err(ShutDown)));
            assert_eq!(probes[1].poll(&mut b), Poll::Ready(Err(ShutDown)));
        });
        each_queue!(W, u32, 1, |queue| {
            let probes: [Probe; 2] = core::array::from_fn(|_| Probe::new());
            assert_eq!(queue.put(0), Ok(()));
            let mut a = pin!(Some(queue.put_async(1)));
            let mut b = pin!(Some(queue.put_async(2)));
            assert!(probes[0].poll(&mut a).is_pending());
            assert!(probes[1].poll(&mut b).is_pending());
            queue.shutdown(immediate);
            assert!(probes[0].woken() && probes[1].woken());
            assert_eq!(probes[0].poll(&mut a), Poll::Ready(Err(PutError(1))));
            assert_eq!(probes[1].poll(&mut b), Poll::Ready(Err(PutError(2))));
            assert_eq!(queue.try_get().is_ok(), !immediate);
        });
    }
}

/// Gets that are dropped at each point of their lives lose neither the item nor another's wake-up.
pub fn dropped_gets<W: World>(_: &W) {
    each_queue!(W, u32, 1, |queue| {
        assert_eq!(queue.put(7), Ok(()));
        Thing {
            hold: || assert_eq!(queue.get(), Ok(7)),
            let_go: || assert_eq!(queue.put(7), Ok(())),
            future: || async {
                assert_eq!(queue.get_async().await, Ok(7));
                assert_eq!(queue.try_put(7), Ok(()));
            },
        }
        .check(|| queue.len() == 1);
    });
}

/// Puts that are dropped at each point of their lives lose neither the room nor another's wake-up.
pub fn dropped_puts<W: World>(_: &W) {
    each_queue!(W, u32, 1, |queue| {
        Thing {
            hold: || assert_eq!(queue.put(7), Ok(())),
            let_go: || assert_eq!(queue.get(), Ok(7)),
            future: || async {
                assert_eq!(queue.put_async(7).await, Ok(()));
                assert_eq!(queue.try_get(), Ok(7));
            },
        }
        .check(|| queue.is_empty());
    });
}
