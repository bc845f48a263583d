//! [`RwLock`] with time limits.

use core::time::Duration;

use selvedge_core::RwLock;
use selvedge_core::error::TimedOut;
use selvedge_core::port::TimedPort;

use super::{LONG, is_at_once, later, runs_out};
use crate::tools::{Count, Dice, crowd, crowd_size, pair, until};
use crate::{Ladder, World};

pub(super) fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("timed rwlock", 1 => smoke, 2 => in_time, 3 => writer_gives_up, 3 => stress)
}

/// Runs out while the other kind has it, and takes what is free at once.
fn smoke<W: World<Port: TimedPort>>(w: &W) {
    let lock = RwLock::<W::Port, u32>::new(0);
    is_at_once::<W, _, _>(|d| lock.read_timeout(d), |t| lock.read_deadline(t));
    is_at_once::<W, _, _>(|d| lock.write_timeout(d), |t| lock.write_deadline(t));
    let reader = lock.read();
    is_at_once::<W, _, _>(|d| lock.read_timeout(d), |t| lock.read_deadline(t));
    runs_out(
        w,
        TimedOut,
        |d| lock.write_timeout(d),
        |t| lock.write_deadline(t),
    );
    assert!(lock.try_read().is_some(), "no writer waits any more");
    drop(reader);
    let writer = lock.write();
    runs_out(
        w,
        TimedOut,
        |d| lock.read_timeout(d),
        |t| lock.read_deadline(t),
    );
    runs_out(
        w,
        TimedOut,
        |d| lock.write_timeout(d),
        |t| lock.write_deadline(t),
    );
    drop(writer);
    assert!(lock.try_write().is_some());
}

/// The other kind's release ends the wait.
fn in_time<W: World<Port: TimedPort>>(w: &W) {
    for span in [LONG, Duration::MAX] {
        let lock = RwLock::<W::Port, u32>::new(0);
        let phase = Count::new();
        pair(
            w,
            || {
                let mut data = lock.write();
                phase.set(1);
                w.nap();
                *data = 1;
                drop(data);
                let data = lock.read();
                let before = *data;
                until(w, || phase.get() == 2);
                w.nap();
                assert_eq!(*data, before);
            },
            || {
                until(w, || phase.get() == 1);
                assert_eq!(*lock.read_timeout(span).expect("released"), 1);
                phase.set(2);
                *lock.write_timeout(span).expect("released") = 2;
                assert!(lock.write_deadline(later::<W>(LONG)).is_ok());
            },
        );
        assert_eq!(lock.into_inner(), 2);
    }
}

/// A writer that runs out lets in the readers that it kept out, while the first reader goes on.
fn writer_gives_up<W: World<Port: TimedPort>>(w: &W) {
    let lock = RwLock::<W::Port, u32>::new(0);
    let n = crowd_size(w) as u32;
    let (phase, inside) = (Count::new(), Count::new());
    crowd(w, |i| match i {
        0 => {
            let _data = lock.read();
            phase.set(1);
            until(w, || inside.get() == n - 2 && phase.get() == 2);
        }
        1 => {
            until(w, || phase.get() == 1);
            assert!(lock.write_timeout(w.moment()).is_err());
            phase.set(2);
        }
        _ => {
            until(w, || phase.get() != 0);
            // Perhaps kept out for a while by the writer, and let in while the first reader is still there.
            let _data = lock.read();
            inside.up();
        }
    });
    assert!(lock.try_write().is_some());
}

/// Short limits of both kinds: no write is lost, and nobody is forgotten.
fn stress<W: World<Port: TimedPort>>(w: &W) {
    let lock = RwLock::<W::Port, (u32, u32)>::new((0, 0));
    let writes = Count::new();
    let rounds = w.rounds(1_000);
    crowd(w, |i| {
        let mut dice = Dice::new(i);
        for _ in 0..rounds {
            let span = Duration::from_micros(u64::from(dice.roll(100)));
            match dice.roll(8) {
                0 => {
                    let mut data = lock.write();
                    data.0 += 1;
                    data.1 += 1;
                    writes.up();
                }
                1 | 2 => {
                    if let Ok(mut data) = lock.write_timeout(span) {
                        data.0 += 1;
                        data.1 += 1;
                        writes.up();
                        if dice.roll(50) == 0 {
                            w.nap();
                        }
                    }
                }
                3 => {
                    let data = lock.read();
                    assert_eq!(data.0, data.1);
                }
                4 => w.block_on(async {
                    let data = lock.read_async().await;
                    assert_eq!(data.0, data.1);
                }),
                _ => {
                    if let Ok(data) = lock.read_timeout(span) {
                        assert_eq!(data.0, data.1);
                        if dice.roll(50) == 0 {
                            w.nap();
                        }
                    }
                }
            }
        }
    });
    assert!(!lock.is_locked());
    assert_eq!(lock.into_inner(), (writes.get(), writes.get()));
}
