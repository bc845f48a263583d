//! Signals: a handler that returns does not shorten a wait (row T-60).
//!
//! # Safety
//!
//! Installs a handler that does nothing, and sends its signal to a thread that lives until it is joined.
#![cfg(unix)]
#![allow(unsafe_code, reason = "sigaction and pthread_kill")]

use std::os::unix::thread::JoinHandleExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::port::{Native, Parking};
use selvedge_conformance::host::Watchdog;
use selvedge_core::error::{BarrierError, TimedOut};
use selvedge_core::port::TimedPort;
use selvedge_core::{Barrier, Condvar, Event, Lock, Mutex, Semaphore};

const SIGNALS: u32 = 40;
const SPAN: Duration = Duration::from_millis(500);

/// A handler that does nothing, without `SA_RESTART`, so that sleeps are interrupted.
fn install() {
    extern "C" fn nothing(_: libc::c_int) {}
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: a zeroed `sigaction` is a valid one, and the handler is safe in any context.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = nothing as *const () as libc::sighandler_t;
            assert_eq!(
                libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()),
                0
            );
        }
    });
}

/// Bombards a thread that waits for half a second; it must not return early.
fn storm(wait: impl FnOnce() + Send + 'static) {
    let _watchdog = Watchdog::new("a storm of signals");
    install();
    let done = Arc::new(AtomicBool::new(false));
    let waiter = thread::spawn({
        let done = done.clone();
        move || {
            let start = Instant::now();
            wait();
            done.store(true, Ordering::SeqCst);
            start.elapsed()
        }
    });
    let mut sent = 0;
    while sent < SIGNALS || !done.load(Ordering::SeqCst) {
        // SAFETY: the thread has not been joined, so its number is its own.
        let error = unsafe { libc::pthread_kill(waiter.as_pthread_t(), libc::SIGUSR1) };
        assert!(error == 0 || done.load(Ordering::SeqCst));
        sent += 1;
        thread::sleep(SPAN / (SIGNALS + 10));
    }
    assert!(sent >= SIGNALS);
    assert!(waiter.join().unwrap() >= SPAN, "a signal ended the wait");
}

fn timed<P: TimedPort>() {
    storm(|| {
        let lock = Lock::<P>::new();
        let _held = lock.acquire();
        assert!(lock.acquire_timeout(SPAN).is_err());
    });
    storm(|| assert_eq!(Event::<P>::new().wait_timeout(SPAN), Err(TimedOut)));
    storm(|| assert!(Semaphore::<P>::new(0).acquire_timeout(SPAN).is_err()));
    storm(|| {
        let (mutex, condvar) = (Mutex::<P, ()>::default(), Condvar::<P>::new());
        assert_eq!(condvar.wait_timeout(&mut mutex.lock(), SPAN), Err(TimedOut));
    });
    storm(|| {
        let barrier = Barrier::<P>::new(2);
        assert_eq!(barrier.wait_timeout(SPAN), Err(BarrierError::TimedOut));
    });
}

/// A wait without a limit goes on until its reason comes.
fn untimed<P: TimedPort>() {
    storm(|| {
        let event = Arc::new(Event::<P>::new());
        // Begins after the storm has looked at the clock.
        let setter = thread::spawn({
            let event = event.clone();
            move || {
                thread::sleep(SPAN);
                event.set();
            }
        });
        event.wait();
        assert!(event.is_set());
        setter.join().unwrap();
    });
}

#[test]
fn native() {
    timed::<Native>();
    untimed::<Native>();
}

#[test]
fn parking() {
    timed::<Parking>();
    untimed::<Parking>();
}
