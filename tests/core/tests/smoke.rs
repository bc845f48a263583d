//! First light: every primitive under contention on both hosted ports.
use selvedge::port::{Futex, Parking};
use selvedge_core::port::*;
use selvedge_core::*;
use std::sync::Arc;
use std::time::Duration;

fn lock<P: TimedPort>() {
    let m = Arc::new(Mutex::<P, u64>::new(0));
    let ts: Vec<_> = (0..8)
        .map(|_| {
            let m = m.clone();
            std::thread::spawn(move || {
                for _ in 0..100_000 {
                    *m.lock() += 1;
                }
            })
        })
        .collect();
    for t in ts {
        t.join().unwrap();
    }
    assert_eq!(*m.lock(), 800_000);
    let g = m.lock();
    assert!(m.lock_timeout(Duration::from_millis(20)).is_err());
    drop(g);
    assert!(m.lock_timeout(Duration::ZERO).is_ok());
}
fn sem<P: TimedPort>() {
    let m = Arc::new(Semaphore::<P>::new(2));
    let inside = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let ts: Vec<_> = (0..8)
        .map(|_| {
            let m = m.clone();
            let i = inside.clone();
            std::thread::spawn(move || {
                for _ in 0..50_000 {
                    let _p = m.acquire();
                    let n = i.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    assert!(n < 2);
                    i.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                }
            })
        })
        .collect();
    for t in ts {
        t.join().unwrap();
    }
    assert_eq!(m.value(), 2);
}
fn cond<P: TimedPort>() {
    let m = Arc::new((
        Mutex::<P, u32>::new(0),
        Condvar::<P>::new(),
        Condvar::<P>::new(),
    ));
    let n = 20_000;
    let m2 = m.clone();
    let t = std::thread::spawn(move || {
        for _ in 0..n {
            let mut g = m2.0.lock();
            m2.1.wait_for(&mut g, |g| **g == 1);
            *g = 0;
            m2.2.notify_one();
        }
    });
    for _ in 0..n {
        let mut g = m.0.lock();
        *g = 1;
        m.1.notify_one();
        m.2.wait_for(&mut g, |g| **g == 0);
    }
    t.join().unwrap();
    // many
    let ts: Vec<_> = (0..16)
        .map(|_| {
            let m = m.clone();
            std::thread::spawn(move || {
                let mut g = m.0.lock();
                m.1.wait(&mut g);
                *g += 1;
            })
        })
        .collect();
    while m.1.waiting() < 16 {
        std::thread::yield_now();
    }
    {
        let _g = m.0.lock();
        assert_eq!(m.1.notify(5), 5);
    }
    while *m.0.lock() < 5 {
        std::thread::yield_now();
    }
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(*m.0.lock(), 5);
    assert_eq!(m.1.notify_all(), 11);
    for t in ts {
        t.join().unwrap();
    }
    assert_eq!(*m.0.lock(), 16);
    let mut g = m.0.lock();
    assert!(m.1.wait_timeout(&mut g, Duration::from_millis(20)).is_err());
    assert_eq!(m.1.waiting(), 0);
}
fn rw<P: TimedPort>() {
    let m = Arc::new(RwLock::<P, (u64, u64)>::new((0, 0)));
    let ts: Vec<_> = (0..8)
        .map(|k| {
            let m = m.clone();
            std::thread::spawn(move || {
                for i in 0..50_000 {
                    if (i + k) % 8 == 0 {
                        let mut g = m.write();
                        g.0 += 1;
                        g.1 += 1;
                    } else {
                        let g = m.read();
                        assert_eq!(g.0, g.1);
                    }
                }
            })
        })
        .collect();
    for t in ts {
        t.join().unwrap();
    }
    assert_eq!(m.read().0, 50_000);
}
fn barrier<P: TimedPort>() {
    let n = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let n2 = n.clone();
    let m = Arc::new(Barrier::<P, _>::with_action(4, move || {
        n2.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }));
    let ts: Vec<_> = (0..4)
        .map(|_| {
            let m = m.clone();
            let n = n.clone();
            std::thread::spawn(move || {
                for i in 0..5_000 {
                    assert_eq!(n.load(std::sync::atomic::Ordering::SeqCst), i);
                    m.wait().unwrap();
                    m.wait().unwrap();
                    assert_eq!(n.load(std::sync::atomic::Ordering::SeqCst), i + 2);
                    m.wait().unwrap();
                    if i > 0 {}
                    break;
                }
            })
        })
        .collect();
    for t in ts {
        t.join().unwrap();
    }
    let b = Arc::new(Barrier::<P>::new(4));
    let ts: Vec<_> = (0..4)
        .map(|_| {
            let b = b.clone();
            std::thread::spawn(move || {
                let mut s = 0;
                for _ in 0..10_000 {
                    s += b.wait().unwrap();
                }
                s
            })
        })
        .collect();
    let s: u32 = ts.into_iter().map(|t| t.join().unwrap()).sum();
    assert_eq!(s, 60_000);
}
fn event<P: TimedPort>() {
    let a = Arc::new((Event::<P>::new(), Event::<P>::new()));
    let b = a.clone();
    let t = std::thread::spawn(move || {
        for _ in 0..20_000 {
            b.0.wait();
            b.0.clear();
            b.1.set();
        }
    });
    for _ in 0..20_000 {
        a.0.set();
        a.1.wait();
        a.1.clear();
    }
    t.join().unwrap();
    assert!(a.0.wait_timeout(Duration::from_millis(10)).is_err());
}
fn rlock<P: TimedPort + Identity>() {
    let m = Arc::new(RLock::<P, std::cell::Cell<u64>>::new(std::cell::Cell::new(
        0,
    )));
    let ts: Vec<_> = (0..4)
        .map(|_| {
            let m = m.clone();
            std::thread::spawn(move || {
                for _ in 0..50_000 {
                    let g = m.acquire();
                    let h = m.acquire();
                    h.set(g.get() + 1);
                }
            })
        })
        .collect();
    for t in ts {
        t.join().unwrap();
    }
    assert_eq!(m.acquire().get(), 200_000);
}
macro_rules! on { ($($f:ident),*) => { $( mod $f { #[test] fn futex() { super::$f::<super::Futex>() } #[test] fn parking() { super::$f::<super::Parking>() } } )* } }
on!(lock, sem, cond, rw, barrier, event, rlock);
