//! Queues with time limits (rows ).

use core::cell::RefCell;
use core::time::Duration;

use selvedge_core::Semaphore;
use selvedge_core::error::TimedOut;
use selvedge_core::port::TimedPort;
use selvedge_core::queue::{
    GetTimeoutError, PutTimeoutError, Queue, ShutDown, SimpleFifo, Spsc, Store,
};

use super::{Instant, LONG, is_at_once, later, now, runs_out};
use crate::queue::each::each_queue;
use crate::queue::hand_over;
use crate::tools::{Count, Dice, crowd, crowd_size, pair};
use crate::{Ladder, World};

pub(super) fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("timed queue",
        1 => get, 1 => put, 1 => join, 1 => simple, 1 => spsc, 1 => shut_down,
        2 => in_time, 2 => spsc_in_time, 3 => items_are_kept, 3 => stress,
    )
}

/// A get runs out while there is nothing, and takes what is there at once.
fn get<W: World<Port: TimedPort>>(w: &W) {
    each_queue!(W, u32, 8, |queue| {
        runs_out(
            w,
            GetTimeoutError::TimedOut,
            |d| queue.get_timeout(d),
            |t| queue.get_deadline(t),
        );
        for _ in 0..6 {
            assert_eq!(queue.put(3), Ok(()));
        }
        is_at_once::<W, _, _>(|d| queue.get_timeout(d), |t| queue.get_deadline(t));
        assert!(queue.is_empty());
    });
}

/// A put runs out while there is no room, gives the item back, and puts at once where there is some.
fn put<W: World<Port: TimedPort>>(w: &W) {
    each_queue!(W, u32, 6, |queue| {
        is_at_once::<W, _, _>(|d| queue.put_timeout(1, d), |t| queue.put_deadline(1, t));
        assert!(queue.is_full());
        runs_out(
            w,
            PutTimeoutError::TimedOut(9),
            |d| queue.put_timeout(9, d),
            |t| queue.put_deadline(9, t),
        );
        assert_eq!(queue.drain().sum::<u32>(), 6);
    });
}

/// A join runs out while something is left to do, and is at once when there is nothing.
fn join<W: World<Port: TimedPort>>(w: &W) {
    each_queue!(W, u32, 1, |queue| {
        is_at_once::<W, _, _>(|d| queue.join_timeout(d), |t| queue.join_deadline(t));
        assert_eq!(queue.put(1), Ok(()));
        runs_out(
            w,
            TimedOut,
            |d| queue.join_timeout(d),
            |t| queue.join_deadline(t),
        );
        assert_eq!(queue.task_done(), Ok(()));
        is_at_once::<W, _, _>(|d| queue.join_timeout(d), |t| queue.join_deadline(t));
    });
}

/// The get of a simple queue.
fn simple<W: World<Port: TimedPort>>(w: &W) {
    let queue = SimpleFifo::<W::Port, u32, 6>::new();
    runs_out(
        w,
        TimedOut,
        |d| queue.get_timeout(d),
        |t| queue.get_deadline(t),
    );
    for _ in 0..6 {
        assert_eq!(queue.put(3), Ok(()));
    }
    is_at_once::<W, _, _>(|d| queue.get_timeout(d), |t| queue.get_deadline(t));
}

/// Both ends of a queue for one producer and one consumer.
fn spsc<W: World<Port: TimedPort>>(w: &W) {
    let queue = Spsc::<W::Port, u32, 6>::new();
    let (producer, consumer) = queue.try_split().expect("once");
    let (producer, consumer) = (RefCell::new(producer), RefCell::new(consumer));
    let get_timeout = |d: Duration| consumer.borrow_mut().get_timeout(d);
    let get_deadline = |t: Instant<W>| consumer.borrow_mut().get_deadline(t);
    let put_timeout = |d: Duration| producer.borrow_mut().put_timeout(9, d);
    let put_deadline = |t: Instant<W>| producer.borrow_mut().put_deadline(9, t);
    runs_out(w, GetTimeoutError::TimedOut, get_timeout, get_deadline);
    is_at_once::<W, _, _>(put_timeout, put_deadline);
    runs_out(w, PutTimeoutError::TimedOut(9), put_timeout, put_deadline);
    is_at_once::<W, _, _>(get_timeout, get_deadline);
    assert!(queue.is_empty());
}

/// Row X-11: that a queue is shut down comes before that time is up.
fn shut_down<W: World<Port: TimedPort>>(_: &W) {
    for immediate in [false, true] {
        each_queue!(W, u32, 1, |queue| {
            assert_eq!(queue.put(1), Ok(()));
            queue.shutdown(immediate);
            let past = now::<W>();
            for span in [Duration::ZERO, LONG, Duration::MAX] {
                let put = queue.put_timeout(2, span);
                assert_eq!(put, Err(PutTimeoutError::ShutDown(2)));
            }
            let put = queue.put_deadline(2, past);
            assert_eq!(put, Err(PutTimeoutError::ShutDown(2)));
            assert_eq!(queue.get().is_ok(), !immediate);
            for span in [Duration::ZERO, LONG, Duration::MAX] {
                assert_eq!(queue.get_timeout(span), Err(GetTimeoutError::ShutDown));
            }
            assert_eq!(queue.get_deadline(past), Err(GetTimeoutError::ShutDown));
        });
    }
}

/// What comes ends the wait: an item, room, the last report, a shutdown.
fn in_time<W: World<Port: TimedPort>>(w: &W) {
    each_queue!(W, u32, 1, |queue| {
        for span in [LONG, Duration::MAX] {
            pair(
                w,
                || {
                    w.nap();
                    assert_eq!(queue.put(1), Ok(()));
                    assert_eq!(queue.put_timeout(2, span), Ok(()));
                    assert_eq!(queue.put_deadline(3, later::<W>(LONG)), Ok(()));
                    assert_eq!(queue.join_timeout(span), Ok(()));
                },
                || {
                    assert_eq!(queue.get_timeout(span), Ok(1));
                    assert_eq!(queue.get_deadline(later::<W>(LONG)), Ok(2));
                    w.nap();
                    assert_eq!(queue.get_timeout(span), Ok(3));
                    for _ in 0..3 {
                        w.nap();
                        assert_eq!(queue.task_done(), Ok(()));
                    }
                },
            );
        }
        pair(
            w,
            || {
                w.nap();
                queue.shutdown(false);
            },
            || assert_eq!(queue.get_timeout(LONG), Err(GetTimeoutError::ShutDown)),
        );
    });
}

/// The same for one producer and one consumer.
fn spsc_in_time<W: World<Port: TimedPort>>(w: &W) {
    let queue = Spsc::<W::Port, u32, 1>::new();
    let (producer, consumer) = queue.try_split().expect("once");
    let (producer, consumer) = (hand_over::<W, _>(producer), hand_over::<W, _>(consumer));
    pair(
        w,
        || {
            let producer = producer.lock().take();
            let mut producer = producer.expect("one task each");
            w.nap();
            assert_eq!(producer.put(1), Ok(()));
            assert_eq!(producer.put_timeout(2, LONG), Ok(()));
            assert_eq!(producer.put_timeout(3, Duration::MAX), Ok(()));
            assert_eq!(producer.put_deadline(4, later::<W>(LONG)), Ok(()));
            w.nap();
        },
        || {
            let consumer = consumer.lock().take();
            let mut consumer = consumer.expect("one task each");
            assert_eq!(consumer.get_timeout(LONG), Ok(1));
            w.nap();
            assert_eq!(consumer.get_timeout(Duration::MAX), Ok(2));
            assert_eq!(consumer.get_deadline(later::<W>(LONG)), Ok(3));
            assert_eq!(consumer.get(), Ok(4));
            assert_eq!(consumer.get_timeout(LONG), Err(GetTimeoutError::ShutDown));
        },
    );
}

/// Items that are put just as gets run out are not lost: taken or there.
fn items_are_kept<W: World<Port: TimedPort>>(w: &W) {
    let n = crowd_size(w) as u32;
    each_queue!(W, u32, 8, |queue| {
        for _ in 0..w.rounds(8) {
            let taken = Count::new();
            crowd(w, |i| {
                if i == 0 {
                    // About when the others run out.
                    let never = Semaphore::<W::Port>::new(0);
                    assert!(never.acquire_timeout(w.moment()).is_err());
                    for _ in 1..n {
                        assert_eq!(queue.put(1), Ok(()));
                    }
                } else if queue.get_timeout(w.moment()).is_ok() {
                    taken.up();
                }
            });
            assert_eq!(taken.get() + queue.drain().sum::<u32>(), n - 1);
        }
    });
}

fn put_briefly<W: World<Port: TimedPort>, S: Store<Item = u32>>(
    queue: &Queue<W::Port, S>,
    dice: &mut Dice,
    item: u32,
) -> bool {
    let span = Duration::from_micros(u64::from(dice.roll(100)));
    match queue.put_timeout(item, span) {
        Ok(()) => true,
        Err(back) => {
            assert_eq!(back, PutTimeoutError::TimedOut(item));
            false
        }
    }
}

/// Short limits among tasks that wait for ever, at both ends: nothing is lost or doubled.
fn stress<W: World<Port: TimedPort>>(w: &W) {
    let each = w.rounds(500);
    let producers = crowd_size(w) / 2;
    each_queue!(W, u32, 2, |queue| {
        let (finished, number, sum) = (Count::new(), Count::new(), Count::new());
        crowd(w, |me| {
            let mut dice = Dice::new(me);
            if me < producers {
                for item in 0..each {
                    match dice.roll(3) {
                        0 => assert_eq!(queue.put(item), Ok(())),
                        1 => assert_eq!(w.block_on(queue.put_async(item)), Ok(())),
                        _ => while !put_briefly::<W, _>(queue, &mut dice, item) {},
                    }
                }
                if finished.up() + 1 == producers as u32 {
                    queue.shutdown(false);
                }
                return;
            }
            loop {
                let got = match dice.roll(3) {
                    0 => queue.get(),
                    1 => w.block_on(queue.get_async()),
                    _ => {
                        let span = Duration::from_micros(u64::from(dice.roll(100)));
                        match queue.get_timeout(span) {
                            Ok(item) => Ok(item),
                            Err(GetTimeoutError::TimedOut) => continue,
                            Err(GetTimeoutError::ShutDown) => Err(ShutDown),
                        }
                    }
                };
                let Ok(item) = got else { break };
                number.up();
                sum.add(item);
            }
        });
        let producers = producers as u32;
        assert_eq!(number.get(), producers * each);
        assert_eq!(sum.get(), producers * (0..each).sum::<u32>());
    });
}
