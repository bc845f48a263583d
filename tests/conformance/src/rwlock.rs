//! [`RwLock`].

use core::pin::pin;

use selvedge_core::RwLock;

use crate::probe::Probe;
use crate::tools::{Count, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("rwlock",
        1 => smoke, 1 => limits, 1 => of_a_slice, 1 => writer_goes_first, 1 => writer_gives_up, 1 => downgrade,
        2 => readers_together, 2 => block, 2 => counts, 2 => no_starvation, 3 => mixed, 3 => stress,
    )
}

/// Several readers or one writer.
pub fn smoke<W: World>(_: &W) {
    let mut lock = RwLock::<W::Port, u32>::new(1);
    {
        let (one, two) = (lock.read(), lock.read());
        assert_eq!(*one + *two, 2);
        assert!(lock.try_write().is_none());
        assert!(lock.try_read().is_some());
    }
    {
        let mut writer = lock.write();
        *writer = 2;
        assert!(lock.try_read().is_none());
        assert!(lock.try_write().is_none());
    }
    *lock.get_mut() += 1;
    assert_eq!(lock.try_read().map(|data| *data), Some(3));
    assert_eq!(lock.into_inner(), 3);
}

/// What the snapshots say.
pub fn limits<W: World>(w: &W) {
    let lock = RwLock::<W::Port, ()>::default();
    assert!(!lock.is_locked() && !lock.is_write_locked());
    let reader = w.block_on(lock.read_async());
    assert!(lock.is_locked() && !lock.is_write_locked());
    drop(reader);
    let writer = w.block_on(lock.write_async());
    assert!(lock.is_locked() && lock.is_write_locked());
    drop(writer);
    assert!(!lock.is_locked() && !lock.is_write_locked());
}

/// Data without a size of their own.
pub fn of_a_slice<W: World>(_: &W) {
    let array = RwLock::<W::Port, [u32; 2]>::from([1, 2]);
    let slice: &RwLock<W::Port, [u32]> = &array;
    slice.write()[0] = 3;
    assert_eq!(slice.read()[..], [3, 2]);
}

/// A waiting writer keeps new readers out, and gets the lock before them.
pub fn writer_goes_first<W: World>(_: &W) {
    let lock = RwLock::<W::Port, ()>::default();
    let (w_probe, r_probe) = (Probe::new(), Probe::new());
    let reader = lock.read();
    let mut writes = pin!(Some(lock.write_async()));
    assert!(w_probe.poll(&mut writes).is_pending());
    assert!(lock.try_read().is_none());
    let mut reads = pin!(Some(lock.read_async()));
    assert!(r_probe.poll(&mut reads).is_pending());
    drop(reader);
    assert!(w_probe.woken());
    let core::task::Poll::Ready(writer) = w_probe.poll(&mut writes) else {
        panic!("the writer was woken and did not get it");
    };
    assert!(r_probe.poll(&mut reads).is_pending());
    drop(writer);
    assert!(r_probe.woken());
    assert!(r_probe.poll(&mut reads).is_ready());
    assert!(!lock.is_locked());
}

/// A writer that gives up lets the readers in again, before it was woken and after.
pub fn writer_gives_up<W: World>(_: &W) {
    for woken in [false, true] {
        let lock = RwLock::<W::Port, ()>::default();
        let (w_probe, r_probe) = (Probe::new(), Probe::new());
        let reader = lock.read();
        let mut writes = pin!(Some(lock.write_async()));
        assert!(w_probe.poll(&mut writes).is_pending());
        let mut reads = pin!(Some(lock.read_async()));
        assert!(r_probe.poll(&mut reads).is_pending());
        if woken {
            drop(reader);
            assert!(w_probe.woken());
            writes.set(None);
        } else {
            writes.set(None);
            assert!(lock.try_read().is_some());
            drop(reader);
        }
        assert!(r_probe.woken());
        assert!(r_probe.poll(&mut reads).is_ready());
        assert!(lock.try_write().is_some());
    }
}

/// From writing to reading, with nobody in between.
pub fn downgrade<W: World>(_: &W) {
    let lock = RwLock::<W::Port, u32>::new(0);
    let probe = Probe::new();
    let mut writer = lock.write();
    let mut reads = pin!(Some(lock.read_async()));
    assert!(probe.poll(&mut reads).is_pending());
    *writer = 1;
    let reader = writer.downgrade();
    assert!(probe.woken());
    assert!(probe.poll(&mut reads).is_ready());
    assert_eq!(*reader, 1);
    assert!(lock.try_write().is_none());
    drop(reader);
    assert!(lock.try_write().is_some());
}

/// All readers are inside at the same time.
pub fn readers_together<W: World>(w: &W) {
    let lock = RwLock::<W::Port, u32>::new(7);
    let n = crowd_size(w) as u32;
    let inside = Count::new();
    crowd(w, |i| {
        let data = if i % 2 == 0 {
            lock.read()
        } else {
            w.block_on(lock.read_async())
        };
        inside.up();
        until(w, || inside.get() == n);
        assert_eq!(*data, 7);
    });
    assert!(lock.try_write().is_some());
}

/// Nobody reads what is being written, and nobody writes what is being read.
pub fn block<W: World>(w: &W) {
    let lock = RwLock::<W::Port, u32>::new(0);
    let (phase, passed) = (Count::new(), Count::new());
    pair(
        w,
        || {
            let mut data = lock.write();
            phase.set(1);
            *data = 1;
            give_time(w);
            assert_eq!(passed.get(), 0);
            *data = 2;
            drop(data);
            until(w, || passed.get() == 1);
            phase.set(3);
            *lock.write() = 3;
            passed.up();
        },
        || {
            until(w, || phase.get() == 1);
            let data = lock.read();
            assert_eq!(*data, 2);
            passed.up();
            until(w, || phase.get() == 3);
            give_time(w);
            assert_eq!((*data, passed.get()), (2, 1));
        },
    );
    assert_eq!(lock.into_inner(), 3);
}

/// No write is lost, and no reader sees half of one.
pub fn counts<W: World>(w: &W) {
    let lock = RwLock::<W::Port, (u64, u64)>::new((0, 0));
    let rounds = w.rounds(5_000);
    let writes = Count::new();
    crowd(w, |i| {
        for round in 0..rounds {
            if (round as usize + i).is_multiple_of(8) {
                let mut data = lock.write();
                data.0 += 1;
                data.1 += 1;
                writes.up();
            } else {
                let data = lock.read();
                assert_eq!(data.0, data.1);
            }
        }
    });
    assert_eq!(lock.into_inner().0, u64::from(writes.get()));
}

/// A stream of overlapping readers does not keep a writer out for ever.
pub fn no_starvation<W: World>(w: &W) {
    let lock = RwLock::<W::Port, u32>::new(0);
    let written = Count::new();
    crowd(w, |i| {
        if i == 0 {
            for _ in 0..w.rounds(20) {
                *lock.write() += 1;
            }
            written.up();
        } else {
            while written.get() == 0 {
                let _data = lock.read();
                w.yield_now();
            }
        }
    });
    assert_eq!(lock.into_inner(), w.rounds(20));
}

/// Tasks and futures that read, write, downgrade and try.
pub fn mixed<W: World>(w: &W) {
    let lock = RwLock::<W::Port, (u32, u32)>::new((0, 0));
    let rounds = w.rounds(1_000);
    let writes = Count::new();
    crowd(w, |i| {
        for round in 0..rounds {
            match (round as usize + i) % 6 {
                0 => {
                    let mut data = lock.write();
                    data.0 += 1;
                    data.1 += 1;
                    writes.up();
                    let data = data.downgrade();
                    assert_eq!(data.0, data.1);
                }
                1 => w.block_on(async {
                    let mut data = lock.write_async().await;
                    data.0 += 1;
                    data.1 += 1;
                    writes.up();
                }),
                2 => {
                    if let Some(mut data) = lock.try_write() {
                        data.0 += 1;
                        data.1 += 1;
                        writes.up();
                    }
                }
                3 => w.block_on(async {
                    let data = lock.read_async().await;
                    assert_eq!(data.0, data.1);
                }),
                4 => {
                    if let Some(data) = lock.try_read() {
                        assert_eq!(data.0, data.1);
                    }
                }
                _ => {
                    let data = lock.read();
                    assert_eq!(data.0, data.1);
                }
            }
        }
    });
    assert!(!lock.is_locked());
    assert_eq!(lock.into_inner(), (writes.get(), writes.get()));
}

/// Sleeping holders of both kinds, and futures that give up.
pub fn stress<W: World>(w: &W) {
    let lock = RwLock::<W::Port, u32>::new(0);
    let rounds = w.rounds(200);
    let writes = Count::new();
    crowd(w, |i| {
        for round in 0..rounds {
            let probe = Probe::new();
            let at = round as usize + i;
            if at.is_multiple_of(2) {
                let mut gives_up = pin!(Some(lock.write_async()));
                let _ = probe.poll(&mut gives_up);
            } else {
                let mut gives_up = pin!(Some(lock.read_async()));
                let _ = probe.poll(&mut gives_up);
            }
            if at.is_multiple_of(3) {
                *lock.write() += 1;
                writes.up();
            } else {
                let _data = lock.read();
                if at.is_multiple_of(31) {
                    w.nap();
                }
            }
        }
    });
    assert!(!lock.is_locked());
    assert_eq!(lock.into_inner(), writes.get());
}
