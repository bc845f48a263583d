//! [`SimpleQueue`]: a put never waits (rows ).

use core::pin::pin;
use core::task::Poll;

use selvedge_core::port::Port;
use selvedge_core::queue::{Empty, FixedLifo, Full, SimpleFifo, SimpleQueue};

use super::Counted;
use crate::futures::Thing;
use crate::probe::Probe;
use crate::tools::{Count, Dice, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("simple queue",
        1 => smoke, 1 => other_order, 1 => items, 1 => futures, 1 => dropped_gets, 1 => from_destructors,
        2 => get_waits, 3 => exchange,
    )
}

/// In order, empty, full, and the questions.
pub fn smoke<W: World>(_: &W) {
    let queue = SimpleFifo::<W::Port, u32, 3>::new();
    for _ in 0..4 {
        assert!(queue.is_empty());
        assert_eq!(queue.try_get(), Err(Empty));
        assert_eq!((queue.put(1), queue.put(2)), (Ok(()), Ok(())));
        assert_eq!((queue.len(), queue.capacity()), (2, Some(3)));
        assert_eq!(queue.try_put(3), Ok(()));
        assert_eq!(queue.put(4), Err(Full(4)));
        assert_eq!((queue.get(), queue.try_get()), (1, Ok(2)));
        assert_eq!(queue.drain().collect_one(), Some(3));
    }
}

/// The only item of an iterator.
trait CollectOne: Iterator + Sized {
    fn collect_one(mut self) -> Option<Self::Item> {
        let one = self.next();
        self.next().is_none().then_some(one).flatten()
    }
}

impl<I: Iterator> CollectOne for I {}

/// It is made of any store.
pub fn other_order<W: World>(_: &W) {
    let queue = SimpleQueue::<W::Port, FixedLifo<W::Port, u32, 2>>::default();
    assert_eq!((queue.try_put(1), queue.try_put(2)), (Ok(()), Ok(())));
    assert_eq!(queue.try_put(3), Err(Full(3)));
    assert_eq!((queue.get(), queue.get()), (2, 1));
}

/// An item is the getter's as soon as it leaves, comes back if there is no room, and goes with the queue (row Q-20).
pub fn items<W: World>(_: &W) {
    let living = Count::new();
    let queue = SimpleFifo::<W::Port, Counted<'_>, 2>::new();
    for number in 0..10 {
        assert!(queue.put(Counted::new(&living, number)).is_ok());
        assert!(queue.put(Counted::new(&living, number)).is_ok());
        let Err(Full(back)) = queue.put(Counted::new(&living, number + 100)) else {
            panic!("there is no room")
        };
        assert_eq!((back.number, living.get()), (number + 100, 3));
        drop(back);
        drop(queue.get());
        assert_eq!(living.get(), 1);
        drop(queue.get());
        assert_eq!(living.get(), 0);
    }
    assert!(queue.put(Counted::new(&living, 0)).is_ok());
    drop(queue);
    assert_eq!(living.get(), 0);
}

/// A get waits without a task, and so many items wake so many.
pub fn futures<W: World>(_: &W) {
    let queue = SimpleFifo::<W::Port, u32, 2>::new();
    let probes: [Probe; 3] = core::array::from_fn(|_| Probe::new());
    let mut a = pin!(Some(queue.get_async()));
    let mut b = pin!(Some(queue.get_async()));
    let mut c = pin!(Some(queue.get_async()));
    for (probe, get) in probes.iter().zip([&mut a, &mut b, &mut c]) {
        assert!(probe.poll(get).is_pending());
    }
    assert_eq!((queue.put(1), queue.put(2)), (Ok(()), Ok(())));
    assert!(probes.iter().filter(|probe| probe.woken()).count() >= 2);
    let mut sum = 0;
    for (probe, get) in probes.iter().zip([&mut a, &mut b, &mut c]) {
        if probe.woken()
            && let Poll::Ready(got) = probe.poll(get)
        {
            sum += got;
        }
    }
    assert_eq!(sum, 3);
}

/// Gets that are dropped at each point of their lives lose neither the item nor another's wake-up.
pub fn dropped_gets<W: World>(_: &W) {
    let queue = SimpleFifo::<W::Port, u32, 1>::new();
    assert_eq!(queue.put(7), Ok(()));
    Thing {
        hold: || assert_eq!(queue.get(), 7),
        let_go: || assert_eq!(queue.put(7), Ok(())),
        future: || async {
            assert_eq!(queue.get_async().await, 7);
            assert_eq!(queue.put(7), Ok(()));
        },
    }
    .check(|| queue.len() == 1);
}

/// Row Q-18: destructors may put, also those of items that were in the very queue.
pub fn from_destructors<W: World>(_: &W) {
    struct Heir<'a, P: Port> {
        queue: &'a SimpleFifo<P, u32, 4>,
        number: u32,
    }
    impl<P: Port> Drop for Heir<'_, P> {
        fn drop(&mut self) {
            assert_eq!(self.queue.put(self.number), Ok(()));
        }
    }
    let log = SimpleFifo::<W::Port, u32, 4>::new();
    let items = SimpleFifo::<W::Port, Heir<'_, W::Port>, 2>::new();
    for number in 0..20 {
        let heir = Heir {
            queue: &log,
            number,
        };
        assert!(items.put(heir).is_ok());
        drop(items.get());
        assert_eq!(log.get(), number);
    }
}

/// A get returns after the put, not before.
pub fn get_waits<W: World>(w: &W) {
    let queue = SimpleFifo::<W::Port, u32, 1>::new();
    let (waits, put) = (Count::new(), Count::new());
    pair(
        w,
        || {
            waits.up();
            assert_eq!(queue.get(), 5);
            assert_eq!(put.get(), 1);
        },
        || {
            until(w, || waits.get() == 1);
            give_time(w);
            put.up();
            assert_eq!(queue.put(5), Ok(()));
        },
    );
}

/// Many to many, gets in all forms: nothing is lost or doubled (row Q-20).
pub fn exchange<W: World>(w: &W) {
    let each = w.rounds(2_000);
    let queue = SimpleFifo::<W::Port, u32, 4>::new();
    let producers = crowd_size(w) / 2;
    let (number, sum) = (Count::new(), Count::new());
    let must_put = |item| {
        // It never waits, so here the producer does.
        while queue.put(item).is_err() {
            w.yield_now();
        }
    };
    let finished = Count::new();
    crowd(w, |me| {
        if me < producers {
            for n in 1..=each {
                must_put(n);
            }
            if finished.up() + 1 == producers as u32 {
                // One for each consumer.
                for _ in producers..crowd_size(w) {
                    must_put(0);
                }
            }
            return;
        }
        let mut dice = Dice::new(me);
        loop {
            let item = match dice.roll(20) {
                0..10 => queue.get(),
                10..19 => w.block_on(queue.get_async()),
                _ => loop {
                    match queue.try_get() {
                        Ok(item) => break item,
                        Err(Empty) => w.nap(),
                    }
                },
            };
            if item == 0 {
                break;
            }
            number.up();
            sum.add(item % 1_000);
        }
    });
    let producers = producers as u32;
    assert_eq!(number.get(), producers * each);
    assert_eq!(
        sum.get(),
        producers * (1..=each).map(|n| n % 1_000).sum::<u32>()
    );
    assert!(queue.is_empty());
}
