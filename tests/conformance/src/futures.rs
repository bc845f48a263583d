//! What all futures of this crate promise: dropped at any point they lose nothing, and they wake whoever polled last.

use core::future::Future;
use core::pin::pin;

use selvedge_core::{Condvar, Event, Lock, Mutex, RwLock, Semaphore};

use crate::probe::Probe;
use crate::tools::{Count, Dice, crowd, crowd_size, pair, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("futures",
        1 => lock, 1 => mutex, 1 => write, 1 => semaphore, 1 => condition, 1 => condition_and_lock, 1 => last_waker,
        2 => dropped_for_a_task, 3 => dropped_anywhere,
    )
}

/// Something that one can have at a time. A future of it drops what it got at once.
pub(crate) struct Thing<H, L, F> {
    /// Takes it.
    pub(crate) hold: H,
    /// Gives it back.
    pub(crate) let_go: L,
    /// Takes it, and gives it back at once.
    pub(crate) future: F,
}

impl<H: Fn(), L: Fn(), F: Fn() -> A, A: Future> Thing<H, L, F> {
    /// Drops futures at each point of their lives, with somebody behind them in the queue.
    pub(crate) fn check(&self, is_free: impl Fn() -> bool) {
        let (a_probe, b_probe) = (Probe::new(), Probe::new());
        let (mut a, mut b) = (pin!(None), pin!(None));

        // Never polled.
        a.set(Some((self.future)()));
        a.set(None);
        assert!(is_free());

        // Ready at once.
        a.set(Some((self.future)()));
        assert!(a_probe.poll(&mut a).is_ready());
        assert!(is_free());

        // Waiting, before anything happened.
        (self.hold)();
        a.set(Some((self.future)()));
        b.set(Some((self.future)()));
        assert!(a_probe.poll(&mut a).is_pending());
        assert!(b_probe.poll(&mut b).is_pending());
        a.set(None);
        (self.let_go)();
        assert!(b_probe.woken());
        assert!(b_probe.poll(&mut b).is_ready());
        assert!(is_free());

        // Told, and not yet looked.
        let (a_probe, b_probe) = (Probe::new(), Probe::new());
        (self.hold)();
        a.set(Some((self.future)()));
        b.set(Some((self.future)()));
        assert!(a_probe.poll(&mut a).is_pending());
        assert!(b_probe.poll(&mut b).is_pending());
        (self.let_go)();
        assert!(a_probe.woken() || b_probe.woken());
        if a_probe.woken() {
            a.set(None);
            assert!(b_probe.woken(), "what it was told is passed on");
            assert!(b_probe.poll(&mut b).is_ready());
        } else {
            b.set(None);
            assert!(a_probe.woken(), "what it was told is passed on");
            assert!(a_probe.poll(&mut a).is_ready());
        }
        assert!(is_free());

        // Told, passed over by one that came by, and gone.
        (self.hold)();
        a.set(Some((self.future)()));
        assert!(a_probe.poll(&mut a).is_pending());
        (self.let_go)();
        (self.hold)();
        assert!(a_probe.poll(&mut a).is_pending());
        a.set(None);
        (self.let_go)();
        assert!(is_free());

        // Polled for no reason, then told, and nobody behind.
        (self.hold)();
        a.set(Some((self.future)()));
        for _ in 0..3 {
            assert!(a_probe.poll(&mut a).is_pending());
        }
        (self.let_go)();
        a.set(None);
        assert!(is_free());
    }
}

/// [`Lock`].
pub fn lock<W: World>(_: &W) {
    let lock = Lock::<W::Port>::new();
    Thing {
        hold: || lock.acquire().keep(),
        let_go: || assert_eq!(lock.release(), Ok(())),
        future: || lock.acquire_async(),
    }
    .check(|| lock.try_acquire().is_some());
}

/// [`Mutex`].
pub fn mutex<W: World>(_: &W) {
    let mutex = Mutex::<W::Port, ()>::default();
    let held = core::cell::RefCell::new(None);
    Thing {
        hold: || *held.borrow_mut() = Some(mutex.lock()),
        let_go: || *held.borrow_mut() = None,
        future: || mutex.lock_async(),
    }
    .check(|| mutex.try_lock().is_some());
}

/// [`RwLock`], writing.
pub fn write<W: World>(_: &W) {
    let lock = RwLock::<W::Port, ()>::default();
    let held = core::cell::RefCell::new(None);
    Thing {
        hold: || *held.borrow_mut() = Some(lock.write()),
        let_go: || *held.borrow_mut() = None,
        future: || lock.write_async(),
    }
    .check(|| lock.try_write().is_some());
}

/// [`Semaphore`].
pub fn semaphore<W: World>(_: &W) {
    let semaphore = Semaphore::<W::Port>::new(1);
    Thing {
        hold: || semaphore.acquire().keep(),
        let_go: || semaphore.release(1),
        future: || semaphore.acquire_async(),
    }
    .check(|| semaphore.value() == 1);
}

/// A notification of one that gives up goes to the next.
pub fn condition<W: World>(_: &W) {
    let (mutex, condvar) = (Mutex::<W::Port, ()>::default(), Condvar::<W::Port>::new());
    let (a_probe, b_probe) = (Probe::new(), Probe::new());
    let (mut a, mut b) = (pin!(None), pin!(None));

    // Never polled: the guard goes with it.
    a.set(Some(condvar.wait_async(mutex.lock())));
    assert!(mutex.is_locked());
    a.set(None);
    assert!(!mutex.is_locked());
    assert_eq!(condvar.waiting(), 0);

    // Waiting: gone without a trace.
    a.set(Some(condvar.wait_async(mutex.lock())));
    assert!(a_probe.poll(&mut a).is_pending());
    assert_eq!(condvar.waiting(), 1);
    a.set(None);
    assert_eq!(condvar.waiting(), 0);
    assert!(!mutex.is_locked());
    assert!(!condvar.notify_one());

    // Told, and gone: the next is told.
    a.set(Some(condvar.wait_async(mutex.lock())));
    assert!(a_probe.poll(&mut a).is_pending());
    b.set(Some(condvar.wait_async(mutex.lock())));
    assert!(b_probe.poll(&mut b).is_pending());
    assert!(condvar.notify_one());
    assert!(a_probe.woken() && !b_probe.woken());
    a.set(None);
    assert!(b_probe.woken());
    assert!(b_probe.poll(&mut b).is_ready());
    assert!(!mutex.is_locked());
    assert_eq!(condvar.waiting(), 0);
}

/// Told, and given up while it waits for the lock: the next is told, and the lock goes on.
pub fn condition_and_lock<W: World>(_: &W) {
    for woken_by_the_lock in [false, true] {
        let (mutex, condvar) = (Mutex::<W::Port, ()>::default(), Condvar::<W::Port>::new());
        let (a_probe, b_probe, c_probe) = (Probe::new(), Probe::new(), Probe::new());
        let mut a = pin!(Some(condvar.wait_async(mutex.lock())));
        assert!(a_probe.poll(&mut a).is_pending());
        let mut b = pin!(Some(condvar.wait_async(mutex.lock())));
        assert!(b_probe.poll(&mut b).is_pending());
        let guard = mutex.lock();
        assert!(condvar.notify_one());
        assert!(a_probe.poll(&mut a).is_pending(), "the lock is held");
        let mut c = pin!(Some(mutex.lock_async()));
        assert!(c_probe.poll(&mut c).is_pending());
        if woken_by_the_lock {
            drop(guard);
            a.set(None);
        } else {
            a.set(None);
            drop(guard);
        }
        assert!(b_probe.woken());
        assert!(c_probe.woken());
        assert!(c_probe.poll(&mut c).is_ready());
        assert!(b_probe.poll(&mut b).is_ready());
        assert!(!mutex.is_locked());
    }
}

/// The waker of the last poll is the one that counts.
pub fn last_waker<W: World>(_: &W) {
    let event = Event::<W::Port>::new();
    let lock = Lock::<W::Port>::new();
    lock.acquire().keep();
    let (old, new) = (Probe::new(), Probe::new());
    let mut waits = pin!(Some(event.wait_async()));
    let mut acquires = pin!(Some(lock.acquire_async()));
    assert!(old.poll(&mut waits).is_pending());
    assert!(old.poll(&mut acquires).is_pending());
    assert!(new.poll(&mut waits).is_pending());
    assert!(new.poll(&mut acquires).is_pending());
    event.set();
    assert_eq!(lock.release(), Ok(()));
    assert_eq!((old.wakes(), new.wakes()), (0, 2));
    assert!(new.poll(&mut waits).is_ready());
    assert!(new.poll(&mut acquires).is_ready());
}

/// A future that was told and gives up hands on to a task that sleeps.
pub fn dropped_for_a_task<W: World>(w: &W) {
    let lock = Lock::<W::Port>::new();
    let semaphore = Semaphore::<W::Port>::new(0);
    for _ in 0..w.rounds(100) {
        lock.acquire().keep();
        let passed = Count::new();
        pair(
            w,
            || {
                drop(lock.acquire());
                semaphore.acquire().keep();
                passed.up();
            },
            || {
                let probe = Probe::new();
                let mut acquires = pin!(Some(lock.acquire_async()));
                let mut waits = pin!(Some(semaphore.acquire_async()));
                assert!(probe.poll(&mut acquires).is_pending());
                assert!(probe.poll(&mut waits).is_pending());
                w.nap();
                assert_eq!(lock.release(), Ok(()));
                acquires.set(None);
                semaphore.release(1);
                waits.set(None);
                until(w, || passed.get() == 1);
            },
        );
        assert!(!lock.locked());
        assert_eq!(semaphore.value(), 0);
    }
}

/// Futures of every kind, dropped after a random number of polls, among tasks that block: everything is free in the end.
pub fn dropped_anywhere<W: World>(w: &W) {
    let mutex = Mutex::<W::Port, u32>::new(0);
    let semaphore = Semaphore::<W::Port>::new(1);
    let shared = RwLock::<W::Port, u32>::new(0);
    let added = Count::new();
    let rounds = w.rounds(500);
    crowd(w, |i| {
        let mut dice = Dice::new(i);
        for _ in 0..rounds {
            if i % 2 == 0 {
                *mutex.lock() += 1;
                drop(semaphore.acquire());
                *shared.write() += 1;
                added.up();
                continue;
            }
            let probe = Probe::new();
            let mut all = pin!(Some(async {
                let mut one = mutex.lock_async().await;
                let _permit = semaphore.acquire_async().await;
                let mut other = shared.write_async().await;
                drop(shared.try_read());
                *one += 1;
                *other += 1;
                added.up();
            }));
            for _ in 0..=dice.roll(4) {
                if probe.poll(&mut all).is_ready() {
                    break;
                }
                w.yield_now();
            }
            all.set(None);
        }
    });
    assert!(crowd_size(w) > 1);
    assert_eq!(mutex.into_inner(), added.get());
    assert_eq!(shared.into_inner(), added.get());
    assert_eq!(semaphore.value(), 1);
}
