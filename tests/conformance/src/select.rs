//! [`Select`].

use core::pin::pin;

use selvedge_core::Event;
use selvedge_core::error::WouldBlock;
use selvedge_core::queue::{FifoQueue, PutError, ShutDown, SimpleFifo};
use selvedge_core::select::Select;

use crate::probe::Probe;
use crate::tools::{Count, Dice, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("select",
        1 => smoke, 1 => in_order, 1 => each_has_a_turn, 1 => begins_when_it_is_called, 1 => futures, 1 => told_by_several,
        1 => queues, 1 => nothing_to_put, 1 => shut_down, 1 => passed_on, 1 => one_of_each,
        2 => block, 2 => either, 2 => cleared_at_once, 2 => items_from_both, 2 => both_ends, 3 => mixed, 3 => stress, 3 => exactly_once,
    )
}

type Events<W, const N: usize> = [Event<<W as World>::Port>; N];

fn events<W: World, const N: usize>() -> Events<W, N> {
    [const { Event::new() }; N]
}

/// Takes the flag of one that is up down, and says which.
fn first_of<W: World>(events: &Events<W, 3>) -> usize {
    let [one, two, three] = events;
    let which = Select::new()
        .event(one, || 0)
        .event(two, || 1)
        .event(three, || 2)
        .wait();
    events[which].clear();
    which
}

/// All forms, with one that is up, and with none.
pub fn smoke<W: World>(w: &W) {
    let events = events::<W, 2>();
    let [one, two] = &events;
    let select = || Select::new().event(one, || 1).event(two, || 2);
    assert_eq!(select().try_wait(), Err(WouldBlock));
    for (event, which) in events.iter().zip(1..) {
        event.set();
        assert_eq!(select().try_wait(), Ok(which));
        assert_eq!(select().wait(), which);
        assert_eq!(w.block_on(select().wait_async()), which);
        event.clear();
        assert_eq!(select().try_wait(), Err(WouldBlock));
    }
    // The closures of the others are dropped, and not called.
    two.set();
    let mut text = Some("two");
    let taken = Select::new()
        .event(one, || None)
        .event(two, || text.take())
        .wait();
    assert_eq!(taken, Some("two"));
    // Without any arm there is nothing to wait for.
    assert_eq!(Select::<W::Port, ()>::new().try_wait(), Err(WouldBlock));
}

/// The first that was added, if several are possible.
pub fn in_order<W: World>(w: &W) {
    let events = events::<W, 3>();
    let [one, two, three] = &events;
    two.set();
    three.set();
    for _ in 0..20 {
        let select = || {
            Select::new()
                .event(one, || 1)
                .event(two, || 2)
                .event(three, || 3)
                .in_order()
        };
        assert_eq!(select().try_wait(), Ok(2));
        assert_eq!(select().wait(), 2);
        assert_eq!(w.block_on(select().wait_async()), 2);
    }
}

/// One that is always possible does not starve the others.
pub fn each_has_a_turn<W: World>(w: &W) {
    let events = events::<W, 3>();
    let [one, two, three] = &events;
    for event in &events {
        event.set();
    }
    let select = || {
        Select::new()
            .event(one, || 0)
            .event(two, || 1)
            .event(three, || 2)
    };
    let mut counts = [[0_u32; 3]; 3];
    while counts.as_flattened().contains(&0) {
        counts[0][select().wait()] += 1;
        counts[1][select().try_wait().expect("all are up")] += 1;
        counts[2][w.block_on(select().wait_async())] += 1;
    }
}

/// A set that was taken back before the form was called was not for this wait.
pub fn begins_when_it_is_called<W: World>(_: &W) {
    let event = Event::<W::Port>::new();
    let probe = Probe::new();
    let select = Select::new().event(&event, || ());
    let mut future = pin!(Some(Select::new().event(&event, || ()).wait_async()));
    event.set();
    event.clear();
    assert_eq!(select.try_wait(), Err(WouldBlock));
    assert!(probe.poll(&mut future).is_pending());
    event.set();
    event.clear();
    assert!(probe.woken());
    assert!(probe.poll(&mut future).is_ready());
}

/// Polled, woken, polled again for no reason, with another waker, and dropped at each point.
pub fn futures<W: World>(_: &W) {
    let events = events::<W, 2>();
    let [one, two] = &events;
    let select = || Select::new().event(one, || 1).event(two, || 2).wait_async();
    for polls in 0..3 {
        for is_set in [false, true] {
            let probe = Probe::new();
            let mut future = pin!(Some(select()));
            for _ in 0..polls {
                assert!(probe.poll(&mut future).is_pending());
            }
            if is_set {
                two.set();
            }
            assert_eq!(probe.wakes(), u32::from(is_set && polls > 0));
            future.set(None);
            two.clear();
        }
    }
    let (first, second) = (Probe::new(), Probe::new());
    let mut future = pin!(Some(select()));
    assert!(first.poll(&mut future).is_pending());
    assert!(second.poll(&mut future).is_pending());
    two.set();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert!(second.poll(&mut future).is_ready());
    // It has left the line of the other.
    one.set();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
}

/// Told by all, a future does one thing.
pub fn told_by_several<W: World>(_: &W) {
    let events = events::<W, 3>();
    let [one, two, three] = &events;
    let probe = Probe::new();
    let called = Count::new();
    let select = Select::new()
        .event(one, || called.up())
        .event(two, || called.up())
        .event(three, || called.up());
    let mut future = pin!(Some(select.wait_async()));
    assert!(probe.poll(&mut future).is_pending());
    for event in &events {
        event.set();
    }
    assert!(probe.woken());
    assert!(probe.poll(&mut future).is_ready());
    assert_eq!(called.get(), 1);
    future.set(None);
    assert_eq!(called.get(), 1);
}

/// Nobody passes before the set, whichever it is.
pub fn block<W: World>(w: &W) {
    for which in 0..3 {
        let events = events::<W, 3>();
        let (came, passed) = (Count::new(), Count::new());
        let n = crowd_size(w) as u32;
        crowd(w, |i| {
            if i == 0 {
                until(w, || came.get() == n - 1);
                give_time(w);
                assert_eq!(passed.get(), 0);
                events[which].set();
            } else {
                let [one, two, three] = &events;
                came.up();
                let told = Select::new()
                    .event(one, || 0)
                    .event(two, || 1)
                    .event(three, || 2)
                    .wait();
                assert_eq!(told, which);
                passed.up();
            }
        });
        assert_eq!(passed.get(), n - 1);
    }
}

/// One sets any of three, the other says which it was, and both go on.
pub fn either<W: World>(w: &W) {
    let events = events::<W, 3>();
    let [never, back] = [const { Event::<W::Port>::new() }; 2];
    let sum = Count::new();
    let rounds = w.rounds(2_000);
    pair(
        w,
        || {
            let mut dice = Dice::new(1);
            for _ in 0..rounds {
                let which = dice.roll(3);
                sum.add(which);
                events[which as usize].set();
                Select::new()
                    .event(&back, || ())
                    .event(&never, || ())
                    .wait();
                back.clear();
            }
        },
        || {
            let mut dice = Dice::new(1);
            for _ in 0..rounds {
                assert_eq!(first_of::<W>(&events), dice.roll(3) as usize);
                back.set();
            }
        },
    );
    assert!(!never.is_set() && sum.get() > 0);
}

/// Sets that are taken back at once: whoever waits at one of them passes.
pub fn cleared_at_once<W: World>(w: &W) {
    let events = events::<W, 2>();
    let [one, two] = &events;
    let done = Count::new();
    let n = crowd_size(w) as u32;
    let rounds = w.rounds(300);
    crowd(w, |i| {
        if i == 0 {
            let mut dice = Dice::new(i);
            while done.get() < n - 1 {
                let event = &events[dice.roll(2) as usize];
                event.set();
                event.clear();
                if dice.roll(4) == 0 {
                    w.yield_now();
                }
            }
        } else {
            for _ in 0..rounds {
                let select = Select::new().event(one, || ()).event(two, || ());
                if i % 2 == 0 {
                    select.wait();
                } else {
                    w.block_on(select.wait_async());
                }
            }
            done.up();
        }
    });
}

/// Selects of both kinds beside plain waits, with one set for all.
pub fn mixed<W: World>(w: &W) {
    for round in 0..w.rounds(50) {
        let events = events::<W, 2>();
        let [one, two] = &events;
        let passed = Count::new();
        crowd(w, |i| {
            let select = Select::new().event(one, || ()).event(two, || ());
            match i % 4 {
                0 => {
                    if round % 2 == 0 {
                        w.nap();
                    }
                    two.set();
                }
                1 => select.wait(),
                2 => w.block_on(select.wait_async()),
                _ => two.wait(),
            }
            passed.up();
        });
        assert_eq!(passed.get(), crowd_size(w) as u32);
    }
}

/// One hands out work by events, one for each of the others; each of those waits for its own and for the end.
pub fn stress<W: World>(w: &W) {
    let n = crowd_size(w);
    let rounds = w.rounds(300);
    let work: [Event<W::Port>; 8] = [const { Event::new() }; 8];
    let (answer, end) = (Event::<W::Port>::new(), Event::<W::Port>::new());
    let done = Count::new();
    crowd(w, |i| {
        if i == 0 {
            let mut dice = Dice::new(i);
            for round in 0..rounds {
                work[1 + dice.roll(n as u32 - 1) as usize].set();
                let goes_on = Select::new()
                    .event(&answer, || true)
                    .event(&end, || false)
                    .wait();
                assert!(goes_on && done.get() == round + 1);
                answer.clear();
            }
            end.set();
        } else {
            loop {
                let select = Select::new().event(&work[i], || true).event(&end, || false);
                let goes_on = if i % 2 == 0 {
                    select.wait()
                } else {
                    w.block_on(select.wait_async())
                };
                if !goes_on {
                    break;
                }
                // Futures that give up in between.
                let probe = Probe::new();
                let mut gives_up = pin!(Some(
                    Select::new()
                        .event(&end, || ())
                        .event(&answer, || ())
                        .wait_async()
                ));
                let _ = probe.poll(&mut gives_up);
                gives_up.set(None);
                work[i].clear();
                done.up();
                answer.set();
            }
        }
    });
    assert_eq!(done.get(), rounds);
}

type Fifo<W, const N: usize> = FifoQueue<<W as World>::Port, usize, N>;

/// All forms, taking from what has something and putting where there is room; the others stay as they are.
pub fn queues<W: World>(w: &W) {
    let (from, other) = (Fifo::<W, 2>::new(), Fifo::<W, 2>::new());
    let full = Fifo::<W, 1>::new();
    full.put(9).unwrap();
    let mut item = Some(8);
    macro_rules! select {
        () => {
            Select::new()
                .put(&full, &mut item, |put| put.map(|()| 0).ok())
                .get(&from, Result::ok)
        };
    }
    assert_eq!(select!().try_wait(), Err(WouldBlock));
    for item in 1..=2 {
        from.put(item).unwrap();
    }
    assert_eq!(select!().wait(), Some(1));
    assert_eq!(w.block_on(select!().wait_async()), Some(2));
    assert_eq!(full.get(), Ok(9));
    assert_eq!(select!().try_wait(), Ok(Some(0)));
    assert_eq!((item, full.get()), (None, Ok(8)));
    assert_eq!((from.unfinished_tasks(), full.unfinished_tasks()), (2, 2));

    // A queue without shutdown gives the item itself, and several are told apart.
    let simple = SimpleFifo::<W::Port, usize, 2>::new();
    simple.try_put(3).unwrap();
    let got = Select::new()
        .get(&simple, |item| item)
        .get_any([&from, &other], |which, _| which)
        .wait();
    assert_eq!(got, 3);
    other.put(4).unwrap();
    let got = Select::new()
        .get(&simple, |item| (9, Ok(item)))
        .get_any([&from, &other], |which, got| (which, got))
        .wait();
    assert_eq!(got, (1, Ok(4)));
}

/// An arm without an item is as good as absent: it puts nothing, and takes no notification from others.
pub fn nothing_to_put<W: World>(w: &W) {
    let (queue, other) = (Fifo::<W, 1>::new(), Event::<W::Port>::new());
    let mut none = None;
    let select = Select::new().put(&queue, &mut none, |_| ());
    assert_eq!(select.try_wait(), Err(WouldBlock));
    queue.put(1).unwrap();
    let (probe, behind) = (Probe::new(), Probe::new());
    let select = Select::new()
        .put(&queue, &mut none, |_| 0)
        .event(&other, || 1);
    let mut waits = pin!(Some(select.wait_async()));
    assert!(probe.poll(&mut waits).is_pending());
    let mut puts = pin!(Some(queue.put_async(2)));
    assert!(behind.poll(&mut puts).is_pending());
    assert_eq!(queue.get(), Ok(1));
    assert_eq!((probe.wakes(), behind.wakes()), (0, 1));
    assert!(behind.poll(&mut puts).is_ready());
    other.set();
    assert_eq!(
        w.block_on(waits.as_mut().as_pin_mut().expect("it is there")),
        1
    );
}

/// A queue that is shut down is an outcome like others; an item that could not be put comes back.
pub fn shut_down<W: World>(w: &W) {
    let (one, two) = (Fifo::<W, 1>::new(), Fifo::<W, 1>::new());
    one.put(1).unwrap();
    let probe = Probe::new();
    let mut item = Some(5);
    let select = Select::new()
        .put(&one, &mut item, |put| put)
        .get(&two, |got| got.map(drop).map_err(|_| PutError(0)));
    let mut future = pin!(Some(select.wait_async()));
    assert!(probe.poll(&mut future).is_pending());
    one.shutdown(false);
    assert!(probe.woken());
    let outcome = probe.poll(&mut future);
    assert!(matches!(outcome, core::task::Poll::Ready(Err(PutError(5)))));
    two.shutdown(true);
    let got = Select::new().get(&two, |got| got).wait();
    assert_eq!(got, Err(ShutDown));
    assert_eq!(Select::new().get(&one, |got| got).wait(), Ok(1));
    assert_eq!(
        w.block_on(Select::new().get(&one, |got| got).wait_async()),
        Err(ShutDown)
    );
}

/// Told of an item and given up, or told of two and taken one: the next in the line is told.
pub fn passed_on<W: World>(_: &W) {
    let (one, two) = (Fifo::<W, 1>::new(), Fifo::<W, 1>::new());
    for acts in [false, true] {
        let (first, second) = (Probe::new(), Probe::new());
        let select = Select::new()
            .get_any([&one, &two], |which, got| (which, got))
            .in_order();
        let mut told = pin!(Some(select.wait_async()));
        assert!(first.poll(&mut told).is_pending());
        let mut next = pin!(Some(two.get_async()));
        assert!(second.poll(&mut next).is_pending());
        two.put(2).unwrap();
        one.put(1).unwrap();
        assert!(first.woken());
        if acts {
            let got = first.poll(&mut told);
            assert_eq!(got, core::task::Poll::Ready((0, Ok(1))));
        } else {
            told.set(None);
            assert_eq!(one.try_get(), Ok(1));
        }
        assert!(second.woken());
        assert_eq!(second.poll(&mut next), core::task::Poll::Ready(Ok(2)));
    }
}

/// Told of what somebody else has taken then, it waits again, and is told again.
pub fn one_of_each<W: World>(_: &W) {
    let (one, two) = (Fifo::<W, 1>::new(), Fifo::<W, 1>::new());
    let probe = Probe::new();
    let select = Select::new().get_any([&one, &two], |which, got| (which, got));
    let mut future = pin!(Some(select.wait_async()));
    assert!(probe.poll(&mut future).is_pending());
    for round in 1..4 {
        let queue = [&one, &two][round % 2];
        queue.put(round).unwrap();
        assert_eq!(probe.wakes() as usize, round);
        assert_eq!(queue.try_get(), Ok(round));
        assert!(probe.poll(&mut future).is_pending());
    }
    two.put(7).unwrap();
    assert_eq!(probe.poll(&mut future), core::task::Poll::Ready((1, Ok(7))));
}

/// Items that come into two queues come out of a select, all, and in order for each.
pub fn items_from_both<W: World>(w: &W) {
    let queues = [const { FifoQueue::<W::Port, usize, 3>::new() }; 2];
    let [one, two] = &queues;
    let rounds = w.rounds(3_000) as usize;
    pair(
        w,
        || {
            let mut dice = Dice::new(3);
            let mut next = [0; 2];
            for _ in 0..rounds {
                let which = dice.roll(2) as usize;
                queues[which].put(next[which]).unwrap();
                next[which] += 1;
            }
        },
        || {
            let mut next = [0; 2];
            for round in 0..rounds {
                let select = Select::new().get_any([one, two], |which, got| (which, got));
                let (which, got) = if round % 3 == 0 {
                    w.block_on(select.wait_async())
                } else {
                    select.wait()
                };
                assert_eq!(got, Ok(next[which]));
                next[which] += 1;
            }
        },
    );
    assert!(one.is_empty() && two.is_empty());
}

/// Two tasks that each put and take what there is to put and take, through two queues that are soon full: neither waits for the other for ever.
pub fn both_ends<W: World>(w: &W) {
    let queues = [const { FifoQueue::<W::Port, usize, 1>::new() }; 2];
    let rounds = w.rounds(2_000) as usize;
    let side = |to: &FifoQueue<W::Port, usize, 1>, from: &FifoQueue<W::Port, usize, 1>| {
        let (mut put, mut got) = (0, 0);
        while put < rounds || got < rounds {
            let mut item = (put < rounds).then_some(put);
            let outcome = Select::new()
                .put(to, &mut item, |put| put.map(|()| None))
                .get(from, |got| Ok(got.ok()))
                .wait();
            match outcome {
                Ok(None) => put += 1,
                Ok(Some(item)) => {
                    assert_eq!(item, got);
                    got += 1;
                }
                Err(PutError(_)) => panic!("nobody shuts it down"),
            }
        }
    };
    let [one, two] = &queues;
    pair(w, || side(one, two), || side(two, one));
    assert!(one.is_empty() && two.is_empty());
}

/// Some put into three queues; others take by selects, by plain gets, by futures that give up: each item comes once.
pub fn exactly_once<W: World>(w: &W) {
    let queues = [const { FifoQueue::<W::Port, usize, 2>::new() }; 3];
    let [one, two, three] = &queues;
    let stop = Event::<W::Port>::new();
    let (sum, left) = (Count::new(), Count::new());
    let n = crowd_size(w);
    let putters = n.div_ceil(2);
    let rounds = w.rounds(1_000);
    left.set(putters as u32);
    crowd(w, |i| {
        let mut dice = Dice::new(i);
        if i < putters {
            for _ in 0..rounds {
                let mut items = [Some(1), Some(2), Some(3)];
                let [a, b, c] = &mut items;
                Select::new()
                    .put(one, a, Result::unwrap)
                    .put(two, b, Result::unwrap)
                    .put(three, c, Result::unwrap)
                    .wait();
                let item = items.iter().position(Option::is_none);
                sum.add(item.expect("one was put") as u32 + 1);
            }
            left.down();
            if left.get() == 0 {
                stop.set();
            }
            return;
        }
        loop {
            let select = Select::new()
                .get_any([one, two, three], |which, got| Some((which, got)))
                .event(&stop, || None)
                .in_order();
            let got = if dice.roll(2) == 0 {
                select.wait()
            } else {
                let probe = Probe::new();
                let mut future = pin!(Some(select.wait_async()));
                match probe.poll(&mut future) {
                    core::task::Poll::Ready(got) => got,
                    core::task::Poll::Pending if dice.roll(2) == 0 => continue,
                    core::task::Poll::Pending => {
                        w.block_on(future.as_mut().as_pin_mut().expect("it is there"))
                    }
                }
            };
            let Some((which, got)) = got else {
                break;
            };
            assert_eq!(got, Ok(which + 1));
            // Counted down from both sides.
            (0..=which).for_each(|_| sum.down());
        }
    });
    for queue in &queues {
        while let Ok(item) = queue.try_get() {
            (0..item).for_each(|_| sum.down());
        }
    }
    assert_eq!(sum.get(), 0);
}
