//! What looks like a deadlock and is none is not reported.

mod deadlock_support;
mod queue_support;
mod timer_support;

use std::sync::{Arc, Barrier, mpsc};

use deadlock_support::{found_now, listen, reports_of, start, until, until_it_waits};
use queue_support::block_on;
use selvedge::deadlock::{self, Certainty, Kind};
use selvedge::threading::{Condition, Condvar, Lock, Mutex, RLock, Thread};
use timer_support::{ms, watched};

fn assert_nothing(prefix: &str) {
    let reports = reports_of(prefix);
    assert!(reports.is_empty(), "{}", reports[0]);
}

/// Row T-56. If the release were not noticed, b would wait for c and, wrongly, for a, and a waits for b.
#[test]
fn a_lock_that_another_thread_released() {
    watched(|| {
        listen();
        let shared = Arc::new((Lock::new(), Mutex::new(())));
        let (taken, is_taken) = mpsc::channel();
        let (go, may_go) = mpsc::channel::<()>();
        let one = shared.clone();
        let a = start("released-a", move || {
            std::mem::forget(one.0.acquire());
            taken.send(()).unwrap();
            may_go.recv().unwrap();
            let _mutex = one.1.lock();
        });
        is_taken.recv().unwrap();
        let other = shared.clone();
        let (released, is_released) = mpsc::channel();
        let (go_b, may_b_go) = mpsc::channel::<()>();
        let b = start("released-b", move || {
            let _mutex = other.1.lock();
            other.0.release().unwrap();
            released.send(()).unwrap();
            may_b_go.recv().unwrap();
            let _lock = other.0.acquire();
        });
        is_released.recv().unwrap();
        let guard = shared.0.acquire();
        go.send(()).unwrap();
        let state = until_it_waits("released-a");
        assert!(state.held.is_empty(), "{state:#?}");
        go_b.send(()).unwrap();
        until_it_waits("released-b");
        let found = found_now("released-");
        assert!(found.is_empty(), "{found:#?}");
        drop(guard);
        a.join().unwrap();
        b.join().unwrap();
        assert_nothing("released-");
    });
}

/// A lock as a signal: the thread waits for its own lock, and another one releases it.
#[test]
fn a_lock_as_a_signal_is_only_possibly_a_deadlock() {
    watched(|| {
        listen();
        let lock = Arc::new(Lock::new());
        let own = lock.clone();
        let waiter = start("signal", move || {
            own.acquire().keep();
            own.acquire().keep();
        });
        until_it_waits("signal");
        let found = found_now("signal");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].certainty, Certainty::Possible);
        lock.release().unwrap();
        waiter.join().unwrap();
        assert_nothing("signal");

        // It left the lock behind.
        let left = until("signal", |state| state.over);
        assert!(left.held[0].kept);
        lock.release().unwrap();
        let threads = deadlock::snapshot().threads;
        assert!(threads.iter().all(|state| state.thread.name != "signal"));
    });
}

#[test]
fn reentrant_acquisitions() {
    watched(|| {
        listen();
        let shared = Arc::new((RLock::<()>::default(), Barrier::new(3)));
        let threads = [0, 1, 2].map(|n| {
            let shared = shared.clone();
            start(&format!("reentrant-{n}"), move || {
                shared.1.wait();
                for _ in 0..500 {
                    let _one = shared.0.acquire();
                    let _two = shared.0.try_acquire().unwrap();
                    let _three = shared.0.acquire_timeout(ms(0)).unwrap();
                    shared.0.acquire().keep();
                    assert_eq!(shared.0.level(), 4);
                    shared.0.release().unwrap();
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_nothing("reentrant-");
    });
}

#[test]
fn ping_pong_on_a_condition() {
    const TURNS: u32 = 1000;
    watched(|| {
        listen();
        let shared = Arc::new((
            Condition::new(Mutex::new(0)),
            [RLock::<()>::default(), RLock::default()],
        ));
        let players = [0, 1].map(|n| {
            let shared = shared.clone();
            start(&format!("ping-pong-{n}"), move || {
                // Something of one's own that is held all the time.
                let _own = shared.1[n as usize].acquire();
                let mut guard = shared.0.acquire();
                for turn in (0..TURNS).filter(|turn| turn % 2 == n) {
                    guard.wait_for(|guard| ***guard == turn);
                    **guard += 1;
                    guard.notify_all();
                }
            })
        });
        for player in players {
            player.join().unwrap();
        }
        assert_eq!(**shared.0.acquire(), TURNS);
        assert_nothing("ping-pong-");
    });
}

/// A circle with a time limit ends by itself; the wait without a limit after it is the deadlock.
#[test]
fn a_timed_acquisition() {
    watched(|| {
        listen();
        let shared = Arc::new((Mutex::new(()), Mutex::new(()), Barrier::new(2)));
        let one = shared.clone();
        let timed = start("timed-one", move || {
            let first = one.0.lock();
            one.2.wait();
            until_it_waits("timed-other");
            let second = one.1.lock_timeout(ms(20));
            assert!(second.is_err());
            assert_nothing("timed-");
            assert!(found_now("timed-").is_empty());
            assert!(one.1.try_lock().is_none(), "trying does not wait");
            assert_nothing("timed-");
            drop(first);
        });
        let other = start("timed-other", move || {
            let _second = shared.1.lock();
            shared.2.wait();
            let _first = shared.0.lock();
        });
        timed.join().unwrap();
        other.join().unwrap();
        assert_nothing("timed-");
    });
}

#[test]
fn what_tasks_hold_is_nobodys() {
    watched(|| {
        listen();
        let mutex = Arc::new(Mutex::new(7));
        let polls = start("task-polls", move || {
            let guard = block_on(mutex.lock_async());
            until("task-polls", |state| state.held[0].by_task);
            // The task goes on in another thread, and this one has other things to do.
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    until_it_waits("task-polls");
                    assert!(found_now("task-polls").is_empty());
                    drop(guard);
                });
                *mutex.lock()
            })
        });
        assert_eq!(polls.join().unwrap(), 7);
        assert_nothing("task-polls");
        let lock = RLock::<()>::default();
        drop(block_on(lock.acquire_async()));
        let me = selvedge::threading::get_ident();
        let threads = deadlock::snapshot().threads;
        assert!(threads.iter().all(|state| state.thread.ident != me));
    });
}

/// A guard may go to another thread, and the records follow as soon as something is done with it.
#[test]
fn a_guard_in_another_thread() {
    watched(|| {
        static MUTEX: Mutex<()> = Mutex::new(());
        static CONDVAR: Condvar = Condvar::new();
        let thread = start("moved-from", || MUTEX.lock());
        let mut guard = thread.join().unwrap();
        let state = until("moved-from", |state| state.over);
        assert_eq!(state.held[0].object.kind, Kind::Mutex);

        assert!(CONDVAR.wait_timeout(&mut guard, ms(1)).is_err());
        let me = selvedge::threading::get_ident();
        let threads = deadlock::snapshot().threads;
        assert!(
            threads
                .iter()
                .all(|state| state.thread.name != "moved-from")
        );
        let mine = threads.iter().find(|state| state.thread.ident == me);
        assert_eq!(mine.unwrap().held, state.held);

        std::thread::scope(|scope| scope.spawn(|| drop(guard)).join().unwrap());
        let threads = deadlock::snapshot().threads;
        assert!(threads.iter().all(|state| state.thread.ident != me));
    });
}

/// Locks are watched to the very end of a thread, and nothing of it is left then.
#[test]
fn destructors_of_thread_locals() {
    struct Late(&'static Mutex<u32>);
    impl Drop for Late {
        fn drop(&mut self) {
            let other = Lock::new();
            let _other = other.acquire();
            *self.0.lock() += 1;
        }
    }
    thread_local!(static LATE: std::cell::RefCell<Vec<Late>> = const { std::cell::RefCell::new(Vec::new()) });
    static ENDED: Mutex<u32> = Mutex::new(0);
    watched(|| {
        let threads: Vec<_> = (0..20)
            .map(|n| {
                // The order in which they are made decides the order in which they go.
                std::thread::spawn(move || {
                    let early = (n % 2 == 0).then(|| ENDED.lock());
                    LATE.with(|late| late.borrow_mut().push(Late(&ENDED)));
                    drop(early);
                    drop(ENDED.lock());
                    selvedge::threading::get_ident()
                })
            })
            .collect();
        let idents: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(*ENDED.lock(), 20);
        let threads = deadlock::snapshot().threads;
        assert!(
            threads
                .iter()
                .all(|state| !idents.contains(&state.thread.ident))
        );
    });
}

/// Eight threads that keep to the order, or do not wait for ever.
#[test]
fn heavy_use_in_order() {
    const LOCKS: usize = 6;
    struct Shared {
        locks: [Lock; LOCKS],
        mutexes: [Mutex<u64>; LOCKS],
        rlocks: [RLock; LOCKS],
    }
    impl Shared {
        /// Takes locks number `first` and onwards, calls itself for the next.
        fn nest(&self, first: usize, seed: &mut u64) {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let dice = (*seed >> 33) as usize;
            let next = first + 1 + dice % 2;
            if first >= LOCKS {
                // Against the order, with a limit.
                let _maybe = self.mutexes[dice % LOCKS].try_lock();
                let _maybe = self.rlocks[dice / 7 % LOCKS].acquire_timeout(ms(0));
                let _maybe = self.locks[dice / 11 % LOCKS].acquire_timeout(ms(1));
                return;
            }
            match dice % 3 {
                0 => {
                    let _lock = self.locks[first].acquire();
                    self.nest(next, seed);
                }
                1 => {
                    let mut mutex = self.mutexes[first].lock();
                    *mutex += 1;
                    self.nest(next, seed);
                }
                _ => {
                    let _rlock = self.rlocks[first].acquire();
                    let _again = self.rlocks[first].acquire();
                    self.nest(next, seed);
                }
            }
        }
    }
    watched(|| {
        listen();
        let shared = Arc::new(Shared {
            locks: Default::default(),
            mutexes: Default::default(),
            rlocks: Default::default(),
        });
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let shared = shared.clone();
                start(&format!("heavy-{n}"), move || {
                    let mut seed = n;
                    for _ in 0..300 {
                        shared.nest(0, &mut seed);
                    }
                })
            })
            .collect();
        while threads.iter().any(Thread::is_alive) {
            let found = found_now("heavy-");
            assert!(found.is_empty(), "{}", found[0]);
            std::thread::sleep(ms(1));
        }
        for thread in threads {
            thread.join().unwrap();
        }
        assert_nothing("heavy-");
    });
}
