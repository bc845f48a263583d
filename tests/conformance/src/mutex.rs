//! [`Mutex`].

use core::pin::pin;

use selvedge_core::Mutex;

use crate::probe::Probe;
use crate::tools::{Count, crowd, crowd_size, give_time, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("mutex",
        1 => smoke, 1 => limits, 1 => of_a_slice, 1 => fair,
        2 => try_elsewhere, 2 => block, 2 => counts, 2 => guard_travels, 3 => mixed, 3 => stress,
    )
}

/// The data come and go.
pub fn smoke<W: World>(_: &W) {
    let mut mutex = Mutex::<W::Port, u32>::new(1);
    *mutex.lock() += 1;
    assert_eq!(*mutex.lock(), 2);
    *mutex.get_mut() = 7;
    assert_eq!(mutex.try_lock().map(|data| *data), Some(7));
    assert_eq!(mutex.into_inner(), 7);
}

/// Held is held, however it was taken.
pub fn limits<W: World>(w: &W) {
    let mutex = Mutex::<W::Port, ()>::default();
    assert!(!mutex.is_locked());
    for i in 0..3 {
        let guard = match i {
            0 => mutex.lock(),
            1 => mutex.try_lock().expect("free"),
            _ => w.block_on(mutex.lock_async()),
        };
        assert!(mutex.is_locked());
        assert!(mutex.try_lock().is_none());
        assert!(core::ptr::eq(guard.mutex(), &mutex));
        drop(guard);
        assert!(!mutex.is_locked());
    }
}

/// Data without a size of their own.
pub fn of_a_slice<W: World>(_: &W) {
    let array = Mutex::<W::Port, [u32; 3]>::from([1, 2, 3]);
    let slice: &Mutex<W::Port, [u32]> = &array;
    slice.lock()[1] = 5;
    assert_eq!(slice.lock().len(), 3);
    assert_eq!(*array.lock(), [1, 5, 3]);
}

/// A fair unlock keeps the mutex for the waiter.
pub fn fair<W: World>(_: &W) {
    let mutex = Mutex::<W::Port, u32>::new(0);
    let guard = mutex.lock();
    let probe = Probe::new();
    let mut waiter = pin!(Some(mutex.lock_async()));
    assert!(probe.poll(&mut waiter).is_pending());
    guard.unlock_fair();
    assert!(probe.woken());
    assert!(mutex.try_lock().is_none());
    assert!(probe.poll(&mut waiter).is_ready());
    assert!(mutex.try_lock().is_some());
}

/// Another task is refused, and does not wait.
pub fn try_elsewhere<W: World>(w: &W) {
    let mutex = Mutex::<W::Port, u32>::new(0);
    let (held, tried) = (Count::new(), Count::new());
    pair(
        w,
        || {
            let mut data = mutex.lock();
            *data = 1;
            held.up();
            until(w, || tried.get() == 1);
        },
        || {
            until(w, || held.get() == 1);
            assert!(mutex.try_lock().is_none());
            tried.up();
            assert_eq!(*mutex.lock(), 1);
        },
    );
}

/// Nobody reaches the data while another has them.
pub fn block<W: World>(w: &W) {
    let mutex = Mutex::<W::Port, (u32, u32)>::new((0, 0));
    let n = crowd_size(w) as u32;
    let (came, held) = (Count::new(), Count::new());
    crowd(w, |i| {
        if i == 0 {
            let mut data = mutex.lock();
            held.up();
            until(w, || came.get() == n - 1);
            data.0 = 1;
            give_time(w);
            assert_eq!(*data, (1, 0));
            data.0 = 2;
        } else {
            until(w, || held.get() == 1);
            came.up();
            let mut data = mutex.lock();
            assert_eq!(data.0, 2);
            data.1 += 1;
        }
    });
    assert_eq!(*mutex.lock(), (2, n - 1));
}

/// No increment is lost.
pub fn counts<W: World>(w: &W) {
    let mutex = Mutex::<W::Port, u64>::new(0);
    let rounds = w.rounds(20_000);
    crowd(w, |_| {
        for _ in 0..rounds {
            *mutex.lock() += 1;
        }
    });
    assert_eq!(*mutex.lock(), u64::from(rounds) * crowd_size(w) as u64);
}

/// A guard may be dropped by another task than the one that took it.
pub fn guard_travels<W: World>(w: &W) {
    let mutex = Mutex::<W::Port, u32>::new(0);
    let post = Mutex::<W::Port, Option<_>>::new(None);
    for round in 0..w.rounds(100) {
        pair(
            w,
            || {
                let guard = mutex.lock();
                *post.lock() = Some(guard);
                *mutex.lock() += 1;
            },
            || {
                until(w, || {
                    let Some(mut guard) = post.lock().take() else {
                        return false;
                    };
                    *guard += 1;
                    true
                });
            },
        );
        assert_eq!(*mutex.lock(), 2 * (round + 1));
    }
}

/// Tasks and futures on one mutex.
pub fn mixed<W: World>(w: &W) {
    let mutex = Mutex::<W::Port, u32>::new(0);
    let rounds = w.rounds(2_000);
    crowd(w, |i| {
        for _ in 0..rounds {
            match i % 3 {
                0 => *mutex.lock() += 1,
                1 => w.block_on(async { *mutex.lock_async().await += 1 }),
                _ => {
                    let mut data = mutex.lock();
                    *data += 1;
                    data.unlock_fair();
                }
            }
        }
    });
    assert_eq!(*mutex.lock(), rounds * crowd_size(w) as u32);
}

/// Several mutexes taken in order, with sleeping holders.
pub fn stress<W: World>(w: &W) {
    let mutexes: [Mutex<W::Port, u32>; 3] = core::array::from_fn(|_| Mutex::new(0));
    let rounds = w.rounds(300);
    crowd(w, |i| {
        for round in 0..rounds {
            let mut first = mutexes[0].lock();
            let mut second = mutexes[1 + (round as usize + i) % 2].lock();
            *first += 1;
            *second += 1;
            if (round as usize + i).is_multiple_of(61) {
                w.nap();
            }
        }
    });
    let [all, one, two] = mutexes.map(Mutex::into_inner);
    assert_eq!(all, rounds * crowd_size(w) as u32);
    assert_eq!(one + two, all);
}
