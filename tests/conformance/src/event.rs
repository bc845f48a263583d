//! [`Event`].

use core::pin::pin;

use selvedge_core::Event;
use selvedge_core::error::WouldBlock;

use crate::probe::Probe;
use crate::tools::{Count, Dice, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("event",
        1 => smoke, 1 => set_and_clear, 1 => many_futures, 1 => counted_from_the_first_poll,
        2 => block, 2 => again, 2 => visible, 2 => ping_pong, 2 => cleared_at_once, 3 => mixed, 3 => stress,
    )
}

/// Up and down, twice each (rows T-88 to T-92).
pub fn smoke<W: World>(w: &W) {
    let event = Event::<W::Port>::new();
    assert!(!event.is_set());
    assert_eq!(event.try_wait(), Err(WouldBlock));
    event.clear();
    assert!(!event.is_set());
    for _ in 0..2 {
        event.set();
        assert!(event.is_set());
        event.wait();
        w.block_on(event.wait_async());
        assert_eq!(event.try_wait(), Ok(()));
    }
    for _ in 0..2 {
        event.clear();
        assert!(!event.is_set());
        assert_eq!(event.try_wait(), Err(WouldBlock));
    }
}

/// A set that is taken back at once ends every wait that had begun (row T-93), and none that had not.
pub fn set_and_clear<W: World>(_: &W) {
    let event = Event::<W::Port>::new();
    let (one, two) = (Probe::new(), Probe::new());
    let mut early = pin!(Some(event.wait_async()));
    let mut late = pin!(Some(event.wait_async()));
    assert!(one.poll(&mut early).is_pending());
    event.set();
    event.clear();
    assert!(!event.is_set());
    assert!(one.woken());
    assert!(two.poll(&mut late).is_pending());
    assert!(one.poll(&mut early).is_ready());
    assert!(!two.woken());
    assert!(two.poll(&mut late).is_pending());
    event.set();
    assert!(two.poll(&mut late).is_ready());
}

/// More waiters than any batch of wake-ups holds: one set wakes all.
pub fn many_futures<W: World>(_: &W) {
    let event = Event::<W::Port>::new();
    let probe = Probe::new();
    macro_rules! wait_for_it {
        ($($future:ident)*) => {
            $(let mut $future = pin!(Some(event.wait_async())); assert!(probe.poll(&mut $future).is_pending());)*
            event.set();
            event.clear();
            assert_eq!(probe.wakes(), 20);
            $(assert!(probe.poll(&mut $future).is_ready());)*
        };
    }
    wait_for_it!(a b c d e f g h i j k l m n o p q r s t);
}

/// A set before the first poll, taken back by then, was not for this wait.
pub fn counted_from_the_first_poll<W: World>(_: &W) {
    let event = Event::<W::Port>::new();
    let probe = Probe::new();
    let mut future = pin!(Some(event.wait_async()));
    event.set();
    event.clear();
    assert!(probe.poll(&mut future).is_pending());
    // Polled again for no reason: still waiting, and woken once in the end.
    assert!(probe.poll(&mut future).is_pending());
    event.set();
    event.set();
    assert_eq!(probe.wakes(), 1);
    assert!(probe.poll(&mut future).is_ready());
}

/// Nobody passes before the set; all pass after it.
pub fn block<W: World>(w: &W) {
    let event = Event::<W::Port>::new();
    let (came, passed) = (Count::new(), Count::new());
    let n = crowd_size(w) as u32;
    crowd(w, |i| {
        if i == 0 {
            until(w, || came.get() == n - 1);
            give_time(w);
            assert_eq!(passed.get(), 0);
            event.set();
        } else {
            came.up();
            event.wait();
            // Up it stays: the second wait returns at once.
            event.wait();
            passed.up();
        }
    });
    assert_eq!(passed.get(), n - 1);
    assert!(event.is_set());
}

/// The same once more after a clear.
pub fn again<W: World>(w: &W) {
    let event = Event::<W::Port>::new();
    let passed = Count::new();
    for round in 0..w.rounds(20) {
        pair(
            w,
            || {
                give_time_sometimes(w, round);
                event.set();
            },
            || {
                event.wait();
                passed.up();
            },
        );
        event.clear();
        assert!(!event.is_set());
        assert_eq!(passed.get(), round + 1);
    }
}

fn give_time_sometimes<W: World>(w: &W, round: u32) {
    if round.is_multiple_of(2) {
        w.nap();
    }
}

/// What was done before the set is seen by those whose wait it ended, and by those that look.
pub fn visible<W: World>(w: &W) {
    for _ in 0..w.rounds(300) {
        let (event, cell) = (Event::<W::Port>::new(), Count::new());
        pair(
            w,
            || {
                cell.up_unprotected();
                event.set();
            },
            || {
                if event.is_set() {
                    assert_eq!(cell.get(), 1);
                }
                event.wait();
                assert_eq!(cell.get(), 1);
            },
        );
    }
}

/// Two tasks take turns.
pub fn ping_pong<W: World>(w: &W) {
    let (ping, pong) = (Event::<W::Port>::new(), Event::<W::Port>::new());
    let rounds = w.rounds(5_000);
    pair(
        w,
        || {
            for _ in 0..rounds {
                ping.set();
                pong.wait();
                pong.clear();
            }
        },
        || {
            for _ in 0..rounds {
                ping.wait();
                ping.clear();
                pong.set();
            }
        },
    );
    assert!(!ping.is_set() && !pong.is_set());
}

/// Sets that are taken back at once: whoever waits at one of them passes, in whatever state its wait is.
pub fn cleared_at_once<W: World>(w: &W) {
    let event = Event::<W::Port>::new();
    let done = Count::new();
    let n = crowd_size(w) as u32;
    let rounds = w.rounds(300);
    crowd(w, |i| {
        if i == 0 {
            let mut dice = Dice::new(i);
            while done.get() < n - 1 {
                event.set();
                event.clear();
                if dice.roll(4) == 0 {
                    w.yield_now();
                }
            }
        } else {
            for _ in 0..rounds {
                event.wait();
            }
            done.up();
        }
    });
}

/// Tasks and futures wait for one set.
pub fn mixed<W: World>(w: &W) {
    for round in 0..w.rounds(50) {
        let event = Event::<W::Port>::new();
        let passed = Count::new();
        crowd(w, |i| {
            match i % 3 {
                0 => {
                    give_time_sometimes(w, round);
                    event.set();
                }
                1 => event.wait(),
                _ => w.block_on(event.wait_async()),
            }
            passed.up();
        });
        assert_eq!(passed.get(), crowd_size(w) as u32);
    }
}

/// A start signal for each round, and a finish by counting; with futures that give up in between.
pub fn stress<W: World>(w: &W) {
    let rounds = w.rounds(200);
    let n = crowd_size(w) as u32;
    let starts: [Event<W::Port>; 2] = [const { Event::new() }; 2];
    let finish = Event::<W::Port>::new();
    let arrived = Count::new();
    crowd(w, |i| {
        for round in 0..rounds {
            let (start, next) = (
                &starts[round as usize % 2],
                &starts[(round as usize + 1) % 2],
            );
            if i == 0 {
                next.clear();
                finish.clear();
                arrived.set(0);
                start.set();
                finish.wait();
            } else {
                let probe = Probe::new();
                let mut gives_up = pin!(Some(start.wait_async()));
                let _ = probe.poll(&mut gives_up);
                gives_up.set(None);
                if i % 2 == 0 {
                    start.wait();
                } else {
                    w.block_on(start.wait_async());
                }
                if arrived.up() == n - 2 {
                    finish.set();
                }
            }
        }
    });
    assert_eq!(arrived.get(), n - 1);
}
