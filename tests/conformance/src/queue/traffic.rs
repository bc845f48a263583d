//! Queues of every kind between tasks: who waits is woken, and no item is lost, doubled or left behind.

use core::pin::pin;
use core::task::Poll;

use selvedge_core::queue::{FifoQueue, PutError, Queue, ShutDown, Store, TryGetError, TryPutError};

use super::Counted;
use super::each::each_queue;
use crate::probe::Probe;
use crate::tools::{Count, Dice, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("queue traffic",
        2 => get_waits, 2 => put_waits, 2 => join_waits, 3 => shutdown_wakes, 2 => hands_over, 2 => ping_pong,
        3 => fifo_order, 3 => exchange, 3 => forms, 3 => futures_given_up, 3 => workers, 3 => shutdown_in_the_middle,
    )
}

/// A get returns after the put, not before (row Q-10).
pub fn get_waits<W: World>(w: &W) {
    each_queue!(W, u32, 2, |queue| {
        let (waits, put) = (Count::new(), Count::new());
        pair(
            w,
            || {
                waits.up();
                assert_eq!(queue.get(), Ok(5));
                assert_eq!(put.get(), 1);
            },
            || {
                until(w, || waits.get() == 1);
                give_time(w);
                put.up();
                assert_eq!(queue.put(5), Ok(()));
            },
        );
    });
}

/// A put into a full queue returns after the get, not before (row Q-08).
pub fn put_waits<W: World>(w: &W) {
    each_queue!(W, u32, 1, |queue| {
        let (waits, got) = (Count::new(), Count::new());
        assert_eq!(queue.put(1), Ok(()));
        pair(
            w,
            || {
                waits.up();
                assert_eq!(queue.put(2), Ok(()));
                assert_eq!(got.get(), 1);
            },
            || {
                until(w, || waits.get() == 1);
                give_time(w);
                got.up();
                assert_eq!(queue.get(), Ok(1));
            },
        );
        assert_eq!(queue.get(), Ok(2));
    });
}

/// A join returns after the last report, not before (row Q-14).
pub fn join_waits<W: World>(w: &W) {
    each_queue!(W, u32, 2, |queue| {
        let (waits, done) = (Count::new(), Count::new());
        assert_eq!((queue.put(1), queue.put(1)), (Ok(()), Ok(())));
        pair(
            w,
            || {
                waits.up();
                queue.join();
                assert_eq!(done.get(), 2);
            },
            || {
                until(w, || waits.get() == 1);
                for _ in 0..2 {
                    give_time(w);
                    assert_eq!(queue.get(), Ok(1));
                    done.up();
                    assert_eq!(queue.task_done(), Ok(()));
                }
            },
        );
    });
}

/// Whoever waits is woken by a shutdown, tasks and futures, getters and putters (row X-11).
pub fn shutdown_wakes<W: World>(w: &W) {
    let others = crowd_size(w) as u32 - 1;
    for immediate in [false, true] {
        each_queue!(W, u32, 1, |queue| {
            let came = Count::new();
            crowd(w, |i| {
                if i == 0 {
                    until(w, || came.get() == others);
                    give_time(w);
                    queue.shutdown(immediate);
                    return;
                }
                came.up();
                let got = match i % 2 {
                    0 => queue.get(),
                    _ => w.block_on(queue.get_async()),
                };
                assert_eq!(got, Err(ShutDown));
            });
        });
        each_queue!(W, u32, 1, |queue| {
            let came = Count::new();
            assert_eq!(queue.put(0), Ok(()));
            crowd(w, |i| {
                if i == 0 {
                    until(w, || came.get() == others);
                    give_time(w);
                    queue.shutdown(immediate);
                    return;
                }
                came.up();
                let put = match i % 2 {
                    0 => queue.put(1),
                    _ => w.block_on(queue.put_async(1)),
                };
                assert_eq!(put, Err(PutError(1)));
            });
            assert_eq!(queue.try_join().is_ok(), immediate);
        });
    }
}

/// What was done before a put is seen after the get; what was done before the report is seen after the join.
pub fn hands_over<W: World>(w: &W) {
    let rounds = w.rounds(1_000);
    each_queue!(W, u32, 1, |queue| {
        let cell = Count::new();
        pair(
            w,
            || {
                for round in 0..rounds {
                    cell.up_unprotected();
                    assert_eq!(queue.put(round), Ok(()));
                    queue.join();
                    assert_eq!(cell.get(), 2 * (round + 1));
                }
            },
            || {
                for round in 0..rounds {
                    assert_eq!(queue.get(), Ok(round));
                    assert_eq!(cell.get(), 2 * round + 1);
                    cell.up_unprotected();
                    assert_eq!(queue.task_done(), Ok(()));
                }
            },
        );
    });
}

/// Back and forth through two queues.
pub fn ping_pong<W: World>(w: &W) {
    let rounds = w.rounds(1_000);
    each_queue!(W, u32, 1, |there| {
        let back = FifoQueue::<W::Port, u32, 1>::new();
        pair(
            w,
            || {
                for round in 0..rounds {
                    assert_eq!(there.put(round), Ok(()));
                    assert_eq!(back.get(), Ok(round));
                }
            },
            || {
                for round in 0..rounds {
                    assert_eq!(there.get(), Ok(round));
                    assert_eq!(back.put(round), Ok(()));
                }
            },
        );
    });
}

const PRODUCERS: usize = 4;

/// An item that knows where it comes from.
fn item(producer: usize, number: u32) -> u32 {
    number * PRODUCERS as u32 + producer as u32
}

/// Half of a crowd produces so many items each, the other half consumes until the queue is shut down.
fn trade<W: World>(
    w: &W,
    produce: impl Fn(usize) + Sync,
    consume: impl Fn(usize) + Sync,
    shut_down: impl Fn() + Sync,
) -> u32 {
    let producers = (crowd_size(w) / 2).min(PRODUCERS);
    let finished = Count::new();
    crowd(w, |i| {
        if i >= producers {
            return consume(i);
        }
        produce(i);
        if finished.up() + 1 == producers as u32 {
            shut_down();
        }
    });
    producers as u32
}

/// Each producer's items come in its order to each consumer, and all come (rows ).
pub fn fifo_order<W: World>(w: &W) {
    fn check<W: World, const N: usize>(w: &W) {
        let each = w.rounds(2_000);
        let queue = FifoQueue::<W::Port, u32, N>::new();
        let (sum, number) = (Count::new(), Count::new());
        let producers = trade(
            w,
            |me| {
                for n in 0..each {
                    assert_eq!(queue.put(item(me, n)), Ok(()));
                }
            },
            |_| {
                let mut next = [0; PRODUCERS];
                for item in &queue {
                    let next = &mut next[item as usize % PRODUCERS];
                    assert!(item >= *next, "out of order");
                    *next = item + 1;
                    number.up();
                    sum.add(item % 1_000);
                }
            },
            || queue.shutdown(false),
        );
        assert_eq!(number.get(), producers * each);
        let expected = (0..producers as usize)
            .flat_map(|me| (0..each).map(move |n| item(me, n) % 1_000))
            .sum();
        assert_eq!(sum.get(), expected);
    }
    check::<W, 1>(w);
    check::<W, 3>(w);
    check::<W, 16>(w);
}

/// Books for items that may come in any order.
#[derive(Default)]
struct Books {
    number: Count,
    sum: Count,
}

impl Books {
    fn add(&self, item: u32) {
        self.number.up();
        self.sum.add(item % 1_000);
    }

    fn balance(&self, producers: u32, each: u32) {
        assert_eq!(self.number.get(), producers * each);
        let expected = (0..producers as usize)
            .flat_map(|me| (0..each).map(move |n| item(me, n) % 1_000))
            .sum();
        assert_eq!(self.sum.get(), expected);
    }
}

/// Many to many, with blocking calls.
pub fn exchange<W: World>(w: &W) {
    let each = w.rounds(2_000);
    each_queue!(W, u32, 2, |queue| {
        let books = Books::default();
        let producers = trade(
            w,
            |me| {
                for n in 0..each {
                    assert_eq!(queue.put(item(me, n)), Ok(()));
                }
            },
            |_| queue.iter().for_each(|item| books.add(item)),
            || queue.shutdown(false),
        );
        books.balance(producers, each);
    });
}

fn put_somehow<W: World, S: Store<Item = u32>>(
    w: &W,
    queue: &Queue<W::Port, S>,
    form: u32,
    item: u32,
) {
    match form {
        0..10 => assert_eq!(queue.put(item), Ok(())),
        10..19 => assert_eq!(w.block_on(queue.put_async(item)), Ok(())),
        _ => {
            while let Err(error) = queue.try_put(item) {
                assert_eq!(error, TryPutError::Full(item));
                w.nap();
            }
        }
    }
}

fn get_somehow<W: World, S: Store<Item = u32>>(
    w: &W,
    queue: &Queue<W::Port, S>,
    form: u32,
) -> Result<u32, ShutDown> {
    match form {
        0..10 => queue.get(),
        10..19 => w.block_on(queue.get_async()),
        _ => loop {
            match queue.try_get() {
                Ok(item) => break Ok(item),
                Err(TryGetError::Empty) => w.nap(),
                Err(TryGetError::ShutDown) => break Err(ShutDown),
            }
        },
    }
}

/// The same, each call in another form.
pub fn forms<W: World>(w: &W) {
    let each = w.rounds(1_000);
    each_queue!(W, u32, 2, |queue| {
        let books = Books::default();
        let producers = trade(
            w,
            |me| {
                let mut dice = Dice::new(me);
                for n in 0..each {
                    put_somehow(w, queue, dice.roll(20), item(me, n));
                }
            },
            |me| {
                let mut dice = Dice::new(me);
                while let Ok(item) = get_somehow(w, queue, dice.roll(20)) {
                    books.add(item);
                }
            },
            || queue.shutdown(false),
        );
        books.balance(producers, each);
    });
}

/// Futures that are dropped after one poll, at both ends, beside tasks that wait: nothing is lost, and no task is forgotten.
pub fn futures_given_up<W: World>(w: &W) {
    let each = w.rounds(1_000);
    each_queue!(W, u32, 1, |queue| {
        let books = Books::default();
        let producers = trade(
            w,
            |me| {
                let mut dice = Dice::new(me);
                for n in 0..each {
                    let item = item(me, n);
                    while dice.roll(2) == 0 {
                        let probe = Probe::new();
                        let mut put = pin!(Some(queue.put_async(item)));
                        match probe.poll(&mut put) {
                            Poll::Ready(put) => {
                                assert_eq!(put, Ok(()));
                                // Taken back from the books, because it is put once more below.
                                books.number.down();
                                books.sum.add(0_u32.wrapping_sub(item % 1_000));
                            }
                            Poll::Pending => w.yield_now(),
                        }
                    }
                    assert_eq!(queue.put(item), Ok(()));
                }
            },
            |me| {
                let mut dice = Dice::new(me);
                loop {
                    let item = if dice.roll(2) == 0 {
                        let probe = Probe::new();
                        let mut get = pin!(Some(queue.get_async()));
                        match probe.poll(&mut get) {
                            Poll::Ready(got) => got,
                            Poll::Pending => {
                                w.yield_now();
                                continue;
                            }
                        }
                    } else {
                        queue.get()
                    };
                    let Ok(item) = item else { break };
                    books.add(item);
                }
            },
            || queue.shutdown(false),
        );
        books.balance(producers, each);
    });
}

/// Workers report what they have done; the one that hands out work joins, again and again (row Q-14).
pub fn workers<W: World>(w: &W) {
    let rounds = w.rounds(50);
    each_queue!(W, u32, 4, |queue| {
        let done = Count::new();
        crowd(w, |i| {
            if i > 0 {
                for item in queue.iter() {
                    done.add(item);
                    assert_eq!(queue.task_done(), Ok(()));
                }
                return;
            }
            for round in 1..=rounds {
                for _ in 0..20 {
                    assert_eq!(queue.put(1), Ok(()));
                }
                queue.join();
                assert_eq!(done.get(), 20 * round);
                assert_eq!(queue.unfinished_tasks(), 0);
            }
            queue.shutdown(false);
        });
    });
}

/// A shutdown at any time: each item that was put is got or dropped, putters get the others back, tasks are counted right, and everybody comes home (row X-11).
pub fn shutdown_in_the_middle<W: World>(w: &W) {
    let living = Count::new();
    for immediate in [false, true] {
        for round in 0..w.rounds(40) {
            each_queue!(W, Counted<'_>, 2, |queue| {
                let (put, got) = (Count::new(), Count::new());
                crowd(w, |i| {
                    if i == 0 {
                        until(w, || put.get() >= round % 20);
                        queue.shutdown(immediate);
                    } else if i % 2 == 0 {
                        while queue.get().is_ok() {
                            got.up();
                        }
                    } else {
                        for number in 0.. {
                            if let Err(PutError(back)) = queue.put(Counted::new(&living, number)) {
                                assert_eq!(back.number, number);
                                break;
                            }
                            put.up();
                        }
                    }
                });
                assert_eq!((living.get(), queue.len()), (0, 0));
                assert_eq!(queue.unfinished_tasks(), got.get() as usize);
                if immediate {
                    assert!(got.get() <= put.get());
                } else {
                    assert_eq!(got.get(), put.get());
                }
                for _ in 0..got.get() {
                    assert_eq!(queue.task_done(), Ok(()));
                }
                queue.join();
            });
        }
    }
}
