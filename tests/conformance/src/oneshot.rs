//! [`Oneshot`].

use core::pin::pin;
use core::task::Poll;

use selvedge_core::error::WouldBlock;
use selvedge_core::future::{FutureState, Oneshot, SetError, TakeError, TryTakeError};

use crate::probe::Probe;
use crate::tools::{Count, Dice, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("oneshot",
        1 => smoke, 1 => cancel, 1 => start, 1 => drops, 1 => futures,
        2 => block, 2 => visible, 2 => again, 3 => many_take, 3 => many_set, 3 => mixed, 3 => stress,
    )
}

/// Set, taken, made new, twice (rows F-35, F-37, F-38, F-43).
pub fn smoke<W: World>(w: &W) {
    let oneshot = Oneshot::<W::Port, u32>::new();
    for value in 0..2 {
        assert_eq!(oneshot.state(), FutureState::Pending);
        assert_eq!(oneshot.try_take(), Err(TryTakeError::Empty));
        assert_eq!(oneshot.try_wait(), Err(WouldBlock));
        assert!(!oneshot.renew(), "it is new");
        assert_eq!(oneshot.set(value), Ok(()));
        assert_eq!(oneshot.set(9), Err(SetError::AlreadySet(9)));
        assert!(!oneshot.cancel() && !oneshot.renew());
        oneshot.wait();
        w.block_on(oneshot.wait_async());
        assert_eq!(oneshot.try_wait(), Ok(()));
        assert_eq!(oneshot.state(), FutureState::Finished);
        let taken = if value == 0 {
            oneshot.take()
        } else {
            w.block_on(oneshot.take_async())
        };
        assert_eq!(taken, Ok(value));
        assert_eq!(oneshot.take(), Err(TakeError::Taken));
        assert_eq!(oneshot.try_take(), Err(TryTakeError::Taken));
        assert_eq!(oneshot.set(9), Err(SetError::AlreadySet(9)));
        assert_eq!(oneshot.state(), FutureState::Taken);
        assert!(oneshot.renew());
    }
}

/// Row F-36.
pub fn cancel<W: World>(w: &W) {
    let oneshot = Oneshot::<W::Port, u32>::new();
    assert!(oneshot.cancel() && oneshot.cancel());
    assert!(oneshot.is_done());
    assert_eq!(oneshot.set(1), Err(SetError::Cancelled(1)));
    assert_eq!(oneshot.take(), Err(TakeError::Cancelled));
    assert_eq!(w.block_on(oneshot.take_async()), Err(TakeError::Cancelled));
    assert_eq!(oneshot.start(), Ok(false));
    assert!(oneshot.start().is_err() && oneshot.cancel());
    assert_eq!(oneshot.state(), FutureState::Cancelled);
    assert!(oneshot.renew());
    assert_eq!(oneshot.set(1), Ok(()));
}

/// Row F-42.
pub fn start<W: World>(_: &W) {
    let oneshot = Oneshot::<W::Port, u32>::new();
    assert_eq!(oneshot.start(), Ok(true));
    assert_eq!(oneshot.state(), FutureState::Running);
    assert!(oneshot.start().is_err());
    assert!(!oneshot.cancel() && !oneshot.is_done());
    assert_eq!(oneshot.set(1), Ok(()));
    assert_eq!(oneshot.into_inner(), Some(1));
}

struct Counted<'a>(&'a Count);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.up();
    }
}

/// The value is dropped exactly once, wherever it is.
pub fn drops<W: World>(_: &W) {
    let count = Count::new();
    drop(Oneshot::<W::Port, Counted<'_>>::new());
    let oneshot = Oneshot::<W::Port, _>::new();
    assert!(oneshot.set(Counted(&count)).is_ok());
    drop(oneshot.set(Counted(&count)));
    assert_eq!(count.get(), 1);
    drop(oneshot);
    assert_eq!(count.get(), 2);
    let oneshot = Oneshot::<W::Port, _>::new();
    assert!(oneshot.set(Counted(&count)).is_ok());
    drop(oneshot.take());
    assert_eq!(count.get(), 3);
    drop(oneshot);
    assert_eq!(count.get(), 3);
}

/// Futures that wait, are woken, and are dropped; one of them takes.
pub fn futures<W: World>(_: &W) {
    let oneshot = Oneshot::<W::Port, u32>::new();
    let (one, two) = (Probe::new(), Probe::new());
    let mut dropped = pin!(Some(oneshot.take_async()));
    let mut takes = pin!(Some(oneshot.take_async()));
    let mut waits = pin!(Some(oneshot.wait_async()));
    assert!(one.poll(&mut dropped).is_pending());
    assert!(two.poll(&mut takes).is_pending());
    assert!(two.poll(&mut takes).is_pending());
    assert!(one.poll(&mut waits).is_pending());
    oneshot.set(7).expect("it is new");
    assert_eq!((one.wakes(), two.wakes()), (2, 1));
    // Woken, and not interested any more: the value stays.
    dropped.set(None);
    assert_eq!(two.poll(&mut takes), Poll::Ready(Ok(7)));
    assert!(one.poll(&mut waits).is_ready());
}

/// Nobody passes before the value; all pass after it.
pub fn block<W: World>(w: &W) {
    let oneshot = Oneshot::<W::Port, u32>::new();
    let came = Count::new();
    pair(
        w,
        || {
            until(w, || came.get() == 1);
            give_time(w);
            assert_eq!(came.get(), 1);
            oneshot.set(5).expect("it is new");
        },
        || {
            came.up();
            assert_eq!(oneshot.take(), Ok(5));
            came.up();
        },
    );
    assert_eq!(came.get(), 2);
}

/// What was done before the value was set is seen by the one who takes it.
pub fn visible<W: World>(w: &W) {
    for _ in 0..w.rounds(300) {
        let oneshot = Oneshot::<W::Port, [u32; 4]>::new();
        let cell = Count::new();
        pair(
            w,
            || {
                cell.up_unprotected();
                assert!(oneshot.set([1, 2, 3, 4]).is_ok());
            },
            || {
                assert_eq!(oneshot.take(), Ok([1, 2, 3, 4]));
                assert_eq!(cell.get(), 1);
            },
        );
    }
}

/// One sends many values through one place, one after the other.
pub fn again<W: World>(w: &W) {
    let oneshot = Oneshot::<W::Port, u32>::new();
    let rounds = w.rounds(2_000);
    pair(
        w,
        || {
            for value in 0..rounds {
                until_set(w, &oneshot, value);
            }
        },
        || {
            for value in 0..rounds {
                assert_eq!(oneshot.take(), Ok(value));
                assert!(oneshot.renew());
            }
        },
    );
}

fn until_set<W: World>(w: &W, oneshot: &Oneshot<W::Port, u32>, value: u32) {
    while oneshot.set(value).is_err() {
        w.yield_now();
    }
}

/// Of many that take, one gets it.
pub fn many_take<W: World>(w: &W) {
    for _ in 0..w.rounds(100) {
        let oneshot = Oneshot::<W::Port, u32>::new();
        let (taken, missed) = (Count::new(), Count::new());
        crowd(w, |i| {
            if i == 0 {
                oneshot.set(3).expect("it is new");
                return;
            }
            match oneshot.take() {
                Ok(value) => taken.add(value),
                Err(TakeError::Taken) => missed.add(1),
                Err(TakeError::Cancelled) => panic!("nobody cancels"),
            }
        });
        assert_eq!((taken.get(), missed.get()), (3, crowd_size(w) as u32 - 2));
    }
}

/// Of many that set, or cancel, one wins.
pub fn many_set<W: World>(w: &W) {
    for round in 0..w.rounds(100) as usize {
        let oneshot = Oneshot::<W::Port, u32>::new();
        let won = Count::new();
        crowd(w, |i| {
            let wins = if i == round % 4 {
                oneshot.cancel()
            } else {
                oneshot.set(i as u32).is_ok()
            };
            if wins {
                won.add(1 + i as u32);
            }
        });
        match oneshot.try_take() {
            Ok(value) => assert_eq!(won.get(), value + 1),
            Err(TryTakeError::Cancelled) => assert_eq!(won.get() as usize, round % 4 + 1),
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Tasks and futures wait for one value.
pub fn mixed<W: World>(w: &W) {
    for round in 0..w.rounds(50) {
        let oneshot = Oneshot::<W::Port, u32>::new();
        let passed = Count::new();
        crowd(w, |i| {
            match i % 3 {
                0 if i == 0 => {
                    if round % 2 == 0 {
                        w.nap();
                    }
                    oneshot.set(1).expect("it is new");
                }
                1 => oneshot.wait(),
                _ => w.block_on(oneshot.wait_async()),
            }
            passed.up();
        });
        assert_eq!(passed.get(), crowd_size(w) as u32);
        assert_eq!(oneshot.take(), Ok(1));
    }
}

/// Values, cancellations, takers and futures that give up, at random, through one place: what was set is what was taken.
pub fn stress<W: World>(w: &W) {
    let oneshot = Oneshot::<W::Port, u32>::new();
    let (put, got, left) = (Count::new(), Count::new(), Count::new());
    let rounds = w.rounds(500);
    crowd(w, |i| {
        let mut dice = Dice::new(i);
        left.up();
        for _ in 0..rounds {
            match dice.roll(5) {
                0 | 1 => {
                    let value = dice.roll(100);
                    if oneshot.set(value).is_ok() {
                        put.add(value);
                    }
                }
                2 => {
                    let probe = Probe::new();
                    let mut take = pin!(Some(oneshot.take_async()));
                    if let Poll::Ready(Ok(value)) = probe.poll(&mut take) {
                        got.add(value);
                    }
                }
                3 => got.add(oneshot.try_take().unwrap_or(0)),
                _ => {
                    oneshot.renew();
                }
            }
        }
        left.down();
    });
    assert_eq!(left.get(), 0);
    let rest = oneshot.into_inner().unwrap_or(0);
    assert_eq!(put.get(), got.get() + rest);
}
